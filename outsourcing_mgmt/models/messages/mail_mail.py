from odoo import SUPERUSER_ID, api, models

from .mail_gateway import is_filing_mail
from .mail_message import OWN_MODELS
from .outsourcing_vendor_mail import note_outcome
from .undelivered import tell_failed


class MailMail(models.Model):
    """Says what became of the mails to vendors."""

    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Judge who has a mail made: core makes them with sudo, of what callers send.

        Jobs of the server are not judged, nor are users of the portal, who reach no
        mails but by our own pages.
        """
        mails = super().create(vals_list)
        user = self.env.user
        if user.id == SUPERUSER_ID or user.share or is_filing_mail():
            return mails
        own = self.env["mail.message"]
        for mail, vals in zip(mails, vals_list, strict=True):
            if not vals.get("mail_message_id"):
                own |= mail.mail_message_id
            if vals.get("attachment_ids") or vals.get("unrestricted_attachment_ids"):
                mail._outsourcing_check_files()
        (mails.mail_message_id - own)._outsourcing_check_forwarded()
        own._outsourcing_check_mailed()
        return mails

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

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_files(self):
        """Refuse to mail files of documents that the user may not read."""
        # sudo: where a file belongs decides, whoever mails it.
        files = self.sudo().attachment_ids.filtered(
            lambda file: (file.res_model or "").startswith(OWN_MODELS)
        )
        # sudo: none; the user is judged.
        files.sudo(False).check_access("read")
