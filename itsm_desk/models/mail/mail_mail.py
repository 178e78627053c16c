from odoo import models

from .undelivered import tell_failed


class MailMail(models.Model):
    """Mails of the desk that could not be sent are told to who handles the ticket."""

    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # MAIL OVERRIDES
    # ------------------------------------------------------------

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        if failure_type:
            # Before: some mails are deleted below.
            tell_failed(self, success_pids, failure_reason or failure_type)
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
