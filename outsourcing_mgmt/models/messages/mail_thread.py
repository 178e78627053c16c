import secrets

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.http import request
from odoo.tools import html2plaintext

from ...tools import mail_links
from ...tools.mail_table import MAIL_LAYOUT
from ...tools.typed_number import read_number
from ..base.grants import granting, is_evaluated_code_running, is_typed_act
from . import mail_answer
from .mail_gateway import RECEIVED, check_values, is_filing_mail, is_gateway
from .mail_message import OWN_MODELS, SIGNED_MODELS, check_message_id
from .outsourcing_vendor_mail import note_outcome
from .undelivered import tell_bounced

CORE_LAYOUTS = (
    *("mail.mail_notification_layout", "mail.mail_notification_light"),
    "mail.mail_notification_layout_with_responsible_signature",
)
GUARDED_MODELS = ("outsourcing.", "vendor.quality.")
"""Beginnings of the names of the models of the suite that have a chatter."""

REVIEW_SUBTYPES = {
    "base_tier_validation.mt_tier_validation_requested": "requested",
    "base_tier_validation.mt_tier_validation_rejected": "rejected",
    "base_tier_validation.mt_tier_validation_reminder": "requested",
}


def get_link_secrets(record):
    """Return the secrets that mails about ``record`` may have carried.

    A function, as evaluated code can call methods of records.
    """
    if not record or "access_token" not in record._fields:
        return []
    # sudo: the token is read by nobody; it is looked for in a text and taken out.
    record = record.sudo()
    if not record.access_token:
        return []
    partners = record._mail_get_partners()[record.id]
    return [record.access_token, *map(record._sign_token, partners.ids)]


class MailThread(models.AbstractModel):
    """What comes in by mail, and what links in mails to vendors open.

    A record that may be deleted takes its messages along.
    """

    _inherit = "mail.thread"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def message_notify(self, *, author_id=None, email_from=None, **kwargs):
        """The company tells of documents of ours where no colleague acts.

        By schedule not the robot does, and by an act of a vendor not the vendor: who
        answers would write to them.

        Core names a document to whoever is told, and asks for no right to read.
        """
        if self and self._name.startswith(OWN_MODELS) and not self.env.su:
            self.check_access("read")
        is_ours = self._name.startswith(GUARDED_MODELS) and "company_id" in self._fields
        if (
            is_ours
            and len(self) == 1
            and (self.env.uid == SUPERUSER_ID or self.env.user.share)
            and not (author_id or email_from)
        ):
            # sudo: the address of a company is no secret.
            company = self.sudo().company_id
            email_from = company.email and company.email_formatted
        return super().message_notify(
            author_id=author_id, email_from=email_from or None, **kwargs
        )

    def message_post(self, *, subtype_xmlid=None, subject=None, **kwargs):
        """Say in the subject of a review's mail what is to be done, and on what."""
        kind = REVIEW_SUBTYPES.get(subtype_xmlid)
        if kind and not subject and hasattr(self, "_tier_get_mail_subject"):
            subject = self._tier_get_mail_subject(kind)
        # What a mail says of itself is believed where the gateway files one only.
        if not RECEIVED.isdisjoint(kwargs) and not is_filing_mail():
            if self._name.startswith(OWN_MODELS):
                kwargs = {key: kwargs[key] for key in kwargs.keys() - RECEIVED}
            else:
                check_message_id(self.env, kwargs)
        return super().message_post(
            subtype_xmlid=subtype_xmlid, subject=subject, **kwargs
        )

    def unlink(self):
        if not self or not self._name.startswith(OWN_MODELS):
            return super().unlink()
        self.check_access("unlink")
        # sudo: whoever deletes the record need not read all its messages.
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [("model", "=", self._name), ("res_id", "in", self.ids)]
        )
        with granting(messages, operations=("unlink",)):
            return super().unlink()

    # ------------------------------------------------------------
    # MAIL GATEWAY
    # ------------------------------------------------------------

    @api.model
    def message_process(
        self,
        model,
        message,
        custom_values=None,
        save_original=False,
        strip_attachments=False,
        thread_id=None,
    ):
        if custom_values:
            check_values(self.env)
        return super().message_process(
            model,
            message,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )

    def _message_route_process(self, message, message_dict, routes):
        """Refuse mails that an employee hands in by a call, and clean the others.

        ``message_process`` is public: any employee may call it, with a forged
        sender and the id of any record, and would follow that record.
        """
        guarded = [
            route for route in routes or () if self._outsourcing_is_guarded(route[0])
        ]
        names = [str(route[0]) for route in routes or ()]
        is_handed_in = any(name.startswith(OWN_MODELS) for name in names)
        if not is_handed_in and any(name.startswith(SIGNED_MODELS) for name in names):
            # Bills and orders also come by mail to code of core that no client calls.
            is_handed_in = bool(request) or is_evaluated_code_running()
        if is_handed_in and not is_gateway(self.env):
            raise AccessError(
                self.env._(
                    "Mails to documents of outsourcing are taken from the mail server "
                    "only. Open the document and write there, if you may read it."
                )
            )
        documents = [
            # sudo: the gateway's user need not read the document.
            self.env[model].sudo().browse(thread_id or []).exists()
            for model, thread_id, *_rest in guarded
        ]
        urls = {record.get_base_url() for record in (self.browse(), *documents)}
        links = [secret for record in documents for secret in get_link_secrets(record)]
        hosts = set(map(mail_links.get_host, urls))
        mail_links.clean_message(message_dict, hosts, links)
        # sudo: who wrote is judged, not shown.
        author = self.env["res.partner"].sudo()
        author = author.browse(message_dict.get("author_id") or [])
        private = [
            record
            for record in documents
            if record and mail_answer.is_private(record, author)
        ]
        awaited = [
            (record, asked)
            for record in documents
            if record not in private
            and (asked := record._outsourcing_get_awaited(author))
        ]
        for record in private:
            mail_answer.deliver(record, message, message_dict)
        left = [
            route
            for route in routes or ()
            if not any((route[0], route[1]) == (it._name, it.id) for it in private)
        ]
        result = private[-1].id if private else False
        if left or not private:
            result = super()._message_route_process(message, message_dict, left)
        for record, asked in awaited:
            # The words are kept with the document; whoever waits for them is told.
            record.message_notify(
                partner_ids=asked.partner_id.ids,
                subject=record.display_name,
                body=record.env._(
                    "%s answered by mail. It decides nothing: read it in the document.",
                    author.name,
                ),
            )
            mail_answer.answer_sender(record, message, author, asked)
        return result

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        """Note on whose invitation, or on which document, a mail to a vendor came back.

        Not for a mail that an employee hands in by a call.
        """
        result = super()._routing_handle_bounce(email_message, message_dict)
        if is_gateway(self.env):
            said = html2plaintext(message_dict.get("body") or "")
            note_outcome(
                self.env, message_dict.get("bounced_msg_ids") or (), "bounced", said
            )
            tell_bounced(
                message_dict.get("bounced_message") or self.env["mail.message"],
                message_dict.get("bounced_partner") or self.env["res.partner"],
                said,
            )
        return result

    def _outsourcing_get_awaited(self, author):
        """Return who waits for an act of ``author`` on this document, as users.

        Nobody, unless the document is with its author for a decision. Extended by the
        documents that vendors answer.
        """
        return self.env["res.users"]

    @api.model
    def _outsourcing_is_guarded(self, name):
        return str(name).startswith(GUARDED_MODELS)

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        """Mail our documents in the layout of the suite, unless they name another."""
        layout = (msg_vals or {}).get("email_layout_xmlid", message.email_layout_xmlid)
        is_core = not layout or layout in CORE_LAYOUTS
        if is_core and self._outsourcing_is_guarded(self._name):
            msg_vals = {**(msg_vals or {}), "email_layout_xmlid": MAIL_LAYOUT}
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Lead vendors to the page behind their log-in.

        Core's link opens the document for whoever has it, for ever, and lets an
        address without a user sign up for the whole vendor.
        """
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        is_page = isinstance(self, self.env.registry["portal.mixin"])
        if self and is_page and self._outsourcing_is_guarded(self._name):
            for name, _function, data in groups:
                if name == "portal_customer":
                    data["button_access"] = {
                        "url": f"{self.get_base_url()}{self.access_url}"
                    }
        return groups

    def _sign_token(self, pid):
        """Use a token that the server's user cannot read.

        Code that people typed gets one that nobody has.
        """
        if isinstance(self, self.env.registry["outsourcing.flow.mixin"]):
            if is_typed_act():
                return secrets.token_hex(32)
            # sudo: no user reads or writes the token; it goes into links only.
            self = self.sudo()
        return super()._sign_token(pid)

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kw
    ):
        """Take a token or number of another form for a wrong one, not for an error."""
        if self._outsourcing_is_guarded(self._name):
            hash, token = (
                value if isinstance(value, str) and value.isascii() else None
                for value in (hash, token)
            )
            pid = read_number(pid) or None
        return super()._get_thread_with_access(
            thread_id, hash=hash, pid=pid, token=token, **kw
        )
