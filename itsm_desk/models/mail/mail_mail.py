from odoo import SUPERUSER_ID, api, models
from odoo.tools import html2plaintext

from ...tools.mailed_link import fill_places
from ..base.mail_gateway import is_filing_mail
from ..base.mail_message import OWN_MODELS
from ..intent.leaving_mail import is_filing_address, is_sending, sending
from ..quality import complaint_links
from ..survey import itsm_survey_invitation
from ..ticket import ticket_links
from .undelivered import tell_failed

ADDRESSING = ("bcc", "cc", "to", "x-forge-to", "x-msg-to-add")
"""Headers by which a mail goes to others than its recipient."""


def _get_ticket_url(ticket, partner, kind, key):
    if not is_filing_address(ticket, partner):
        return None
    return ticket_links.get_mailed_url(ticket, kind, key)


FINDERS = {
    "itsm.complaint": complaint_links.get_mailed_url,
    "itsm.survey.invitation": itsm_survey_invitation.get_mailed_url,
    "itsm.ticket": _get_ticket_url,
}
"""Which link of a document a recipient gets, see :func:`fill_places`."""


class MailMail(models.Model):
    """Mails of the desk get their links when they leave; who handles the ticket is told
    of those that could not be sent.

    Administrators read mails that wait and that have failed. What gives a right to its
    holder is in none of them.
    """

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
                mail._itsm_check_files()
        (mails.mail_message_id - own)._itsm_check_forwarded()
        own._itsm_check_mailed()
        return mails

    # ------------------------------------------------------------
    # MAIL OVERRIDES
    # ------------------------------------------------------------

    def _send(self, *args, **kwargs):
        # As core does, who presses the button is judged before; the rest is the job's.
        self.check_access("write")
        # sudo: who was told of a ticket is settled also by whoever may not read it.
        mails = self.sudo()
        with sending():
            return super(MailMail, mails)._send(*args, **kwargs)

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        mails = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        find = FINDERS.get(self.model)
        if not find or not self.res_id or not is_sending():
            return mails
        # sudo: what the mail is about need not be read by who sends it
        record = self.env[self.model].sudo().browse(self.res_id).exists()
        for mail in mails if record else ():
            partner = mail["partner_id"] or record.env["res.partner"]
            body = mail["body"]
            if self.model == "itsm.ticket":
                body = ticket_links.mark_page(record, partner, body)
            body, count = fill_places(
                body,
                lambda kind, key, partner=partner: find(record, partner, kind, key),
                # Some print the address, to be copied.
                in_words=True,
            )
            mail["body"] = body
            mail["body_alternative"] = html2plaintext(body)
            if count:
                mail["headers"] = {
                    name: value
                    for name, value in mail["headers"].items()
                    if name.lower() not in ADDRESSING
                }
        return mails

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        if failure_type:
            # Before: some mails are deleted below.
            tell_failed(self, success_pids, failure_reason or failure_type)
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

    def _itsm_check_files(self):
        """Refuse to mail files of documents that the user may not read."""
        # sudo: where a file belongs decides, whoever mails it.
        files = self.sudo().attachment_ids.filtered(
            lambda file: (file.res_model or "").startswith(OWN_MODELS)
        )
        # sudo: none; the user is judged.
        files.sudo(False).check_access("read")
