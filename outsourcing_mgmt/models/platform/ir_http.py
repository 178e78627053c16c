"""From which database a page is read: a standby, or the primary after a write of one.

A standby may lag. Whoever just filed or sealed something would not find it there.
"""

import time

from odoo import models
from odoo.http import request

PRIMARY_SECONDS = 10
"""How long the pages of whoever wrote are read from the primary."""
WROTE_AT = "outsourcing_wrote_at"


def reads_only(_controller, _rule, _args):
    """Whether a page may be read from the standby; for ``readonly`` of a route."""
    return time.time() - request.session.get(WROTE_AT, 0) > PRIMARY_SECONDS


class IrHttp(models.AbstractModel):
    """Notes which browser writes: its next pages are read from the primary."""

    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        is_form = rule.endpoint.routing["type"] == "http"
        if is_form and request.httprequest.method == "POST":
            # Not of machines, which come without a session each time.
            if not request.session.is_new:
                request.session[WROTE_AT] = time.time()
