from urllib.parse import quote

from odoo import models
from odoo.http import request

FORMER, PRESENT = "/my/tickets", "/my/service-tickets"


class IrHttp(models.AbstractModel):
    """Sends the portal's former address of tickets on to the present one.

    Other help desks have pages of their own at the former address. Odoo asks here
    only for what no page answers, so theirs go first. Links in mails that were sent
    keep working where there are none.
    """

    _inherit = "ir.http"

    @classmethod
    def _serve_fallback(cls):
        response = super()._serve_fallback()
        path = request.httprequest.path
        if response or not f"{path}/".startswith(f"{FORMER}/"):
            return response
        target = PRESENT + quote(path.removeprefix(FORMER))
        if query := request.httprequest.query_string.decode():
            target += f"?{query}"
        # Keeps a POST; not for ever, for another desk may be installed later.
        return cls._redirect(target, code=307)
