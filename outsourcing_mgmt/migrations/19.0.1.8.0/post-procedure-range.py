"""Keep what the ranges of shared procedures mean.

Until now the number of a procedure for all companies was compared in the currency of
each. Where they have one currency it becomes that of the range, so it stays when
companies come and go. Where they have several nobody can tell which was meant: it is
left empty, which is the currency of the first company, and the log names the
procedures.
"""

import logging

from odoo import SUPERUSER_ID, api
from odoo.fields import Domain

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    has_range = Domain("amount_min", ">", 0) | Domain("amount_max", ">", 0)
    procedures = env["outsourcing.procedure"].with_context(active_test=False)
    shared = procedures.search(
        Domain("company_id", "=", False)
        & Domain("range_currency_id", "=", False)
        & has_range
    )
    currencies = env["res.company"].search([]).currency_id
    if len(currencies) == 1:
        shared.range_currency_id = currencies
    elif shared:
        _logger.info(
            "Set the currency of the range of these tender procedures, or make one for "
            "each currency; until then it is %s: %s",
            shared[0].currency_id.name,
            ", ".join(shared.mapped("name")),
        )
