from markupsafe import Markup

from odoo import models
from odoo.tools import plaintext2html

from .complaint_links import get_answer_place


class ItsmComplaintMailMixin(models.AbstractModel):
    """Mails to the complainant, with the way to accept the answer or not."""

    _name = "itsm.complaint.mail.mixin"
    _description = "Mails to the Complainant"

    def _tell_complainant(self, text):
        """Send the answer to the complainant, with the page to accept it.

        The link for people without a log-in is no part of the message, which quality
        reads; see :meth:`_notify_get_recipients_groups`.
        """
        self.ensure_one()
        language = self.with_context(lang=self.partner_id.lang or self.env.lang)
        hint = Markup("<p>%s</p>") % language.env._(
            "Accept the answer, or say what is missing, by the button above."
        )
        # sudo: who investigates it may not read the user of who complained
        if self.partner_id.sudo().user_ids:
            hint = Markup("<p>%s <a href='%s'>%s</a></p>") % (
                language.env._("Accept the answer, or say what is missing:"),
                f"{self.get_base_url()}/my/service-complaints/{self.id}",
                self.name,
            )
        self.message_post(
            body=plaintext2html(text) + hint,
            author_id=self.env.user.partner_id.id,
            partner_ids=self.partner_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        if not self or self.state != "answered":
            return groups
        partner = self.partner_id
        language = self.with_context(lang=partner.lang or self.env.lang)
        complainant = (
            "complainant",
            lambda item: item["id"] == partner.id,
            {
                "active": True,
                "has_button_access": True,
                "button_access": {
                    "url": get_answer_place(self),
                    "title": language.env._("Accept it, or say what is missing"),
                },
            },
        )
        return [complainant, *groups]
