from odoo import models

from .outsourcing_vendor_mail import note_outcome
from .undelivered import tell_failed


class MailMail(models.Model):
    """Says what became of the mails to vendors."""

    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # MAIL OVERRIDES
    # ------------------------------------------------------------

    def _send(self, *args, **kwargs):
        # As core does, who presses the button is judged before; the rest is the job's.
        self.check_access("write")
        # sudo: who was told of a document is settled also by whoever may not read it.
        return super(MailMail, self.sudo())._send(*args, **kwargs)

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # Sent mails are deleted below.
        if failure_type:
            tell_failed(self, success_pids, failure_reason or failure_type)
        # Mails to vendors of a tender belong to no document.
        ours = self.filtered(lambda mail: not mail.model).mapped("message_id")
        note_outcome(
            self.env,
            ours,
            "failed" if failure_type else "sent",
            str(failure_reason or failure_type or ""),
        )
        # sudo: as above, where the mail server could not be reached.
        return super(MailMail, self.sudo())._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
