from markupsafe import Markup

from odoo import models
from odoo.tools import plaintext2html

from ..intent.itsm_mail_intent import makes, note
from .complaint_links import get_answer_place

KIND = "complaint"
ANSWERED = "complaint answered"


class ItsmComplaintMailMixin(models.AbstractModel):
    """Mails to the complainant, with the way to accept the answer or not."""

    _name = "itsm.complaint.mail.mixin"
    _description = "Mails to the Complainant"

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


# ------------------------------------------------------------
# MAIL
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records and would write to people in
# the name of others.


def note_answer(complaint):
    """Note that the answer is sent to whoever complained."""
    note(KIND, ANSWERED, [(complaint, complaint.partner_id)], needs=("state",))


def tell_not_answered(complaint, row):
    """Say on the complaint that its answer did not leave, and ask its handler."""
    env = complaint.env
    complaint._message_log(
        body=env._(
            "%s was not told of this: the mail could not be made.", row.partner_id.name
        ),
        author_id=env.ref("base.partner_root").id,
    )
    complaint._call_handlers(env._("Tell the complainant: a mail failed"))


@makes(KIND, tell=tell_not_answered)
def post_answer(complaint, row):
    """Send the answer to the complainant, with the page to accept it.

    The link for people without a log-in is no part of the message, which quality
    reads; see :meth:`_notify_get_recipients_groups`.
    """
    partner = complaint.partner_id
    env = complaint.with_context(lang=partner.lang or complaint.env.lang).env
    hint = Markup("<p>%s</p>") % env._(
        "Accept the answer, or say what is missing, by the button above."
    )
    if partner.user_ids:
        hint = Markup("<p>%s <a href='%s'>%s</a></p>") % (
            env._("Accept the answer, or say what is missing:"),
            f"{complaint.get_base_url()}/my/service-complaints/{complaint.id}",
            complaint.name,
        )
    complaint.message_post(
        body=plaintext2html(complaint.answer) + hint,
        author_id=env.user.partner_id.id,
        partner_ids=partner.ids,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
