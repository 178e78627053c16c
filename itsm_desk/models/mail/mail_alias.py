from odoo import models

from ..base.current_mail import current_mail


class MailAlias(models.Model):
    """Keeps the address of a team valid when one of its mails could not be filed.

    Core calls the address invalid and returns the mail to its sender, in a transaction
    of its own, also for a conflict with somebody else after which the mail is tried
    again. The desk keeps what it cannot file, and tells its lead.
    """

    _inherit = "mail.alias"

    # ------------------------------------------------------------
    # MAIL GATEWAY
    # ------------------------------------------------------------

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        if set_invalid and current_mail.get() is not None:
            return None
        return super()._alias_bounce_incoming_email(
            message, message_dict, set_invalid=set_invalid
        )
