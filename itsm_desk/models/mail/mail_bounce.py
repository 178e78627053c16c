from odoo import api, models
from odoo.tools import html2plaintext

from ..base.mail_gateway import is_gateway
from .undelivered import tell_bounced


class MailThread(models.AbstractModel):
    """A mail of the desk that came back is told to who handles the ticket."""

    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        # Not for a mail that an employee hands in by a call.
        result = super()._routing_handle_bounce(email_message, message_dict)
        if is_gateway(self.env):
            tell_bounced(
                message_dict.get("bounced_message") or self.env["mail.message"],
                message_dict.get("bounced_partner") or self.env["res.partner"],
                html2plaintext(message_dict.get("body") or ""),
            )
        return result
