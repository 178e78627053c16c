from contextlib import contextmanager, nullcontext
from datetime import timedelta
from inspect import unwrap

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import (
    email_normalize,
    email_normalize_all,
    html2plaintext,
    is_html_empty,
)

from odoo.addons.mail.models.mail_mail import MailMail
from odoo.addons.mail.models.mail_thread import MailThread

from ..base.grants import (
    check_caller,
    find_caller,
    is_deferred,
    is_evaluated_code_running,
    is_evaluated_code_waiting,
    is_granted,
    is_typed_act,
    server_write,
)
from ..base.outsourcing_flow_mixin import is_visible
from ..base.uninstall import guards_deletion
from .mail_gateway import is_filing_mail

OWN_MODELS = ("outsourcing.", "vendor.quality.")
NEIGHBOURS = ("account.move", "account.payment", "purchase.order")
"""Documents of Odoo on which words about a vendor stand."""
SIGNED_MODELS = (*OWN_MODELS, *NEIGHBOURS)
ORIGIN = frozenset(
    {
        "author_id",
        "author_guest_id",
        "email_from",
        "model",
        "res_id",
        "date",
        "message_type",
    }
)
"""Who said something, when and where."""
MENDED = frozenset({"attachment_ids", "body", "partner_ids"})
"""What an author may mend: the text, more files, who is called."""
PLACED = frozenset({"model", "parent_id", "res_id"})
"""Where a message stands, and what it answers."""
CONTENT = MENDED | {"is_internal", "parent_id", "subject", "subtype_id"}
"""What was said, and to whom."""
ROUTED = frozenset(
    {
        "email_layout_xmlid",
        "incoming_email_cc",
        "incoming_email_to",
        "mail_activity_type_id",
        "message_id",
        "notification_ids",
        "notified_partner_ids",
        "outgoing_email_to",
        "rating_ids",
        "reply_to_force_new",
    }
)
"""What is noted of how a message came or went: where answers find it, who was told."""
TOLD = frozenset({"notification_ids", "notified_partner_ids", "rating_ids"})
"""Rows that the server adds to a message once it is posted."""
CARRIERS = ("mail.activity", "mail.compose.message", "mail.message")
"""Models of files that only wait there for the document that they are sent on."""
MOMENT = timedelta(minutes=2)
"""By how much the date of a new message may differ from the clock of the server."""
MEND_MINUTES = 10
"""How long authors may mend their own text."""
REMOVED_FIELDS = frozenset({"field_id", "field_info"})
"""What core writes to the changes of a field that is removed from the database."""

POSTING_CODE = unwrap(MailThread._message_create).__code__
TRACKING_CODE = unwrap(MailThread._track_finalize).__code__
SENDING_CODE = unwrap(MailMail._send).__code__
"""Functions of core that write messages and what changed, and that mail them."""


def is_blank(body):
    """Whether a text of HTML shows nothing: no picture, and no letter that is seen."""
    if is_html_empty(body):
        return True
    return "<img" not in body and not is_visible(html2plaintext(body))


def is_posted_by_core():
    """Whether core posts on records, and no caller from outside in its place.

    On no records it writes about whatever its caller names.
    """
    frame = find_caller(POSTING_CODE)
    return frame is not None and bool(frame.f_locals.get("self"))


def is_signed(message):
    """Whether a message stands where everybody writes in the own name.

    On documents of the suite, bills and payments of vendors, and orders of tenders.
    Odoo mails an order in the name of its buyer, whoever sends it.

    :param message: in sudo
    """
    if message.model.startswith(OWN_MODELS):
        return True
    if message.model not in NEIGHBOURS:
        return False
    document = message.env[message.model].browse(message.res_id or []).exists()
    if message.model == "account.move":
        return document.is_purchase_document(include_receipts=True)
    if message.model == "account.payment":
        return document.payment_type == "outbound"
    return bool(document.outsourcing_tender_id) and (
        message.author_id != document.user_id.partner_id
    )


def check_message_id(env, vals):
    """Refuse to give a message the Message-Id of another one, on a document of ours.

    The mail gateway leads the answers to a message by it, and takes a mail that has it
    for one that was filed before.

    :raise AccessError: naming the rule
    """
    if not (message_id := vals.get("message_id")):
        return
    # sudo: whether a message of a document has it is asked, not shown.
    messages = env["mail.message"].sudo()
    if messages.search([("message_id", "=", message_id)])._outsourcing_filter_own():
        raise AccessError(
            env._(
                "A message on a document has this Message-Id, by which the answers to "
                "it are filed. Leave it empty: the server gives one."
            )
        )


def taking_back(messages):
    """Take back what the block writes when it raises, where typed code goes on.

    What is refused after it was written would stay if code that people typed catches
    the error; elsewhere the error ends the transaction. Work that waits for the end of
    the transaction, like the tracking of other records, keeps waiting.
    """
    return _taking_back(messages) if is_evaluated_code_waiting() else nullcontext()


@contextmanager
def _taking_back(messages):
    env = messages.env
    env.flush_all()
    with env.cr.savepoint(flush=False):
        try:
            yield
            env.flush_all()
        except Exception:
            env.clear()
            raise


class MailMessage(models.Model):
    """Messages on records of the suite are evidence.

    Employees write in their own name, and now. All routes end here: posting, notes,
    the composer, scheduled messages, and the messages themselves by RPC. The mail
    gateway and the server post with sudo; code that people typed is judged as they
    are. A company of the employee may be the author, as
    templates make it.

    What was said stays, with whatever rights somebody comes. Authors may mend their
    own text and add files for ten minutes; nobody deletes a message, and notes of the
    server are changed by nobody. They go with their record. How a message went, who was
    told and by which Message-Id its answers are filed is noted by the server alone.
    Stars, pins, reactions and whether a notification was read are no part of it.
    """

    _inherit = "mail.message"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get("default_model")
        is_signed = any(
            str(vals.get("model", default) or "").startswith(SIGNED_MODELS)
            for vals in vals_list
        )
        if self.env.su and not is_signed and all("model" in vals for vals in vals_list):
            # The server writes elsewhere.
            return super().create(vals_list)
        is_typed = is_evaluated_code_running()
        is_direct = not self.env.su and not is_posted_by_core()
        if is_direct:
            for vals in vals_list:
                check_message_id(self.env, vals)
        with taking_back(self) if is_signed and is_typed else nullcontext():
            messages = super().create(vals_list)
            if is_typed or not self.env.su:
                messages._outsourcing_check_origin()
            messages._outsourcing_keep_files()
            if is_direct:
                messages._outsourcing_check_told(vals_list)
                messages._outsourcing_check_readers()
                messages._outsourcing_check_parents()
        return messages

    def write(self, vals):
        own = self.browse()
        is_checked = not ORIGIN.isdisjoint(vals) and not is_granted(self)
        if is_checked:
            own = self._outsourcing_filter_own()
            own._outsourcing_check_origin_is_kept(vals)
        is_led = not self.env.su and "reply_to" in vals
        if is_led or not ROUTED.isdisjoint(vals):
            # Core notes it with sudo, and while it mails: its job is typed code, too.
            if (not self.env.su or is_typed_act()) and not find_caller(SENDING_CODE):
                self._outsourcing_check_routed(vals)
        said = self.browse()
        if not CONTENT.isdisjoint(vals) and not is_granted(self):
            said = self._outsourcing_filter_own()
            said._outsourcing_check_mendable(vals, self.env.su)
        files = {message.id: message.attachment_ids for message in said}
        with taking_back(self) if is_checked or said or is_led else nullcontext():
            result = super().write(vals)
            if not self.env.su and not PLACED.isdisjoint(vals):
                self._outsourcing_check_parents()
            if is_led:
                for message in self._outsourcing_filter_own():
                    message._outsourcing_check_replies()
            if is_checked and (moved := self._outsourcing_filter_own() - own):
                raise moved._outsourcing_origin_error()
            for message in said:
                if files[message.id] - message.attachment_ids:
                    raise message._outsourcing_kept_error()
        if "attachment_ids" in vals:
            self._outsourcing_keep_files()
        return result

    @guards_deletion
    def _outsourcing_unlink_except_said(self):
        """Refuse to delete what was said.

        Core deletes the message of a mail that is no message of a chatter once the
        mail was sent.
        """
        if is_granted(self, "unlink"):
            return
        for message in self._outsourcing_filter_own():
            if not (self.env.su and message.message_type == "email_outgoing"):
                raise message._outsourcing_kept_error()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_filter_own(self):
        """Return the messages on records of the suite, in sudo."""
        # sudo: where a message stands is asked for every user's message.
        return self.sudo().filtered(
            lambda message: (message.model or "").startswith(OWN_MODELS)
        )

    def _outsourcing_keep_files(self):
        """Let what was sent stay as it was: the files belong to the document.

        Whoever made a file that belongs to nothing could change it afterwards. A file
        of another document goes on there, as one that everybody reads: what was sent
        is a copy. Files that the sender may not read stay as they are.
        """
        for message in self._outsourcing_filter_own().filtered("attachment_ids"):
            if not message.res_id:
                continue
            place = {"res_model": message.model, "res_id": message.res_id}
            files = message.attachment_ids
            # Not of a record that is not there, or of a window.
            files -= files.browse().union(
                *(file for file, _record in files._outsourcing_get_records())
            )
            # sudo: none; nobody's rights on a file grow because somebody sends it.
            files = files.sudo(False)._filtered_access("read").sudo()
            foreign = files.filtered(
                lambda file: (
                    file.public or (file.res_id and file.res_model not in CARRIERS)
                )
            )
            (files - foreign).write(place)
            if foreign:
                copies = message.attachment_ids.browse(
                    file.copy({**place, "name": file.name}).id for file in foreign
                )
                kept = message.attachment_ids - foreign | copies
                server_write(message, {"attachment_ids": [Command.set(kept.ids)]})

    def _outsourcing_check_mailed(self):
        """Judge mails of their own as messages of whoever had them made.

        Core makes them with sudo, of values that come from the caller: the composer
        for many records, and templates that send.
        """
        self._outsourcing_check_origin(is_mail=True)
        self._outsourcing_check_readers()
        self._outsourcing_check_parents()

    def _outsourcing_check_forwarded(self):
        """Refuse to mail messages of others that the user may not read."""
        forwarded = self.filtered(
            lambda message: (
                message.create_uid != self.env.user
                and (message.model or "").startswith(OWN_MODELS)
            )
        )
        # sudo: none; the user is judged.
        forwarded.sudo(False).check_access("read")

    def _outsourcing_check_readers(self):
        """Refuse new messages on documents that their author may not read.

        Core lets anybody write notifications there, and shows the author the name of
        the document. What it posts itself was asked for before.
        """
        for model, messages in self.grouped("model").items():
            if (model or "").startswith(OWN_MODELS) and model in self.env:
                ids = list(filter(None, messages.mapped("res_id")))
                # sudo: none; who may read a document is asked for the author.
                self.env[model].browse(ids).sudo(False).check_access("read")

    def _outsourcing_check_parents(self):
        """Refuse to answer elsewhere what was said on a document.

        Core shows with the answer in a conversation what it answers, to everybody.
        """
        # sudo: where the answered message stands decides, whoever answers.
        for message in self.sudo():
            parent = message.parent_id
            place = (message.model, message.res_id)
            if (parent.model or "").startswith(OWN_MODELS) and place != (
                parent.model,
                parent.res_id,
            ):
                raise AccessError(
                    self.env._(
                        "An answer stands on the same document as the message that it "
                        "answers."
                    )
                )

    def _outsourcing_check_origin(self, is_mail=False):
        """Refuse new messages that claim another author, sender or moment.

        The server posts with sudo, for the author that a mail or a form has. Code
        that people typed takes sudo, too, and is judged as they are.

        :param bool is_mail: whether core made mails of them, see above
        """
        signed = self.filtered(
            lambda message: (message.model or "").startswith(SIGNED_MODELS)
        )
        if not signed or (
            not is_mail
            and self.env.su
            and (not is_evaluated_code_running() or is_filing_mail())
        ):
            return
        now = fields.Datetime.now()
        own = self.env.user.partner_id
        # sudo: whose address is compared is the user's own.
        address = email_normalize(own.sudo().email or "")
        for message in signed:
            sender = email_normalize(message.email_from or "")
            is_own = (
                message.author_id == own
                and not message.author_guest_id
                and sender in (False, address)
            ) or (self.env.user.share and not self.env.su)
            is_now = abs((message.date or now) - now) < MOMENT
            if not (is_own and is_now):
                message._outsourcing_check_claim(is_own, is_now, is_mail)
            if is_mail or not self.env.su:
                message._outsourcing_check_replies()

    def _outsourcing_check_claim(self, is_own, is_now, is_mail):
        """Refuse what a message claims, unless a company or a step of ours says it."""
        # sudo: what the message stands on is judged, whoever wrote it.
        if not is_signed(self.sudo()):
            return
        if self.env.su and not is_mail and not is_typed_act():
            check_caller(self)
            return
        if not is_now:
            raise self._outsourcing_origin_error()
        # sudo: as whom the user writes is judged, not shown.
        user = self.env.user.sudo()
        authors = user.partner_id | user.company_ids.partner_id
        addresses = self._outsourcing_get_own_addresses()
        sender = email_normalize(self.email_from or "")
        if not is_own and (
            self.author_id not in authors
            or self.author_guest_id
            or (sender and sender not in addresses)
        ):
            raise AccessError(
                self.env._(
                    "Messages on %(document)s are written in your own name. Leave "
                    "author and sender empty.",
                    document=self.env[self.model]._description,
                )
            )

    def _outsourcing_get_own_addresses(self):
        """Return the addresses from which the user writes (set)."""
        # sudo: the addresses of the companies are no secret.
        user = self.env.user.sudo()
        companies = user.company_ids
        return {
            email_normalize(address)
            for address in (
                user.email,
                user.partner_id.email,
                *companies.mapped("email"),
                *companies.mapped("catchall_email"),
                *companies.mapped("default_from_email"),
            )
            if address
        }

    def _outsourcing_check_replies(self):
        """Refuse to lead the answers to a message away from the company."""
        away = set(email_normalize_all(self.reply_to or ""))
        away.discard(email_normalize(self.email_from or ""))
        if not away or not self.model.startswith(OWN_MODELS):
            return
        away -= self._outsourcing_get_own_addresses()
        if away:
            # sudo: where answers go by themselves is computed, not shown.
            document = self.env[self.model].sudo().browse(self.res_id or [])
            usual = document._notify_get_reply_to(default=self.email_from)
            away -= set(email_normalize_all(usual.get(self.res_id) or ""))
        if away:
            # sudo: whether an address is a colleague's is asked, not shown.
            # Also of those who have left since: the address is the company's.
            partners = self.env["res.partner"].sudo().with_context(active_test=False)
            colleagues = partners.search(
                [
                    ("email_normalized", "in", list(away)),
                    ("user_ids.share", "=", False),
                ]
            )
            away -= set(colleagues.mapped("email_normalized"))
        if away:
            raise AccessError(
                self.env._(
                    "Answers to messages on %(document)s stay in the company. Leave "
                    "the address for answers empty.",
                    document=self.env[self.model]._description,
                )
            )

    def _outsourcing_check_told(self, vals_list):
        """Refuse new messages that say themselves who was told, or how it was rated."""
        for message, vals in zip(self, vals_list, strict=True):
            if not TOLD.isdisjoint(vals) and message._outsourcing_filter_own():
                raise message._outsourcing_routed_error()

    def _outsourcing_check_routed(self, vals):
        """Refuse to change how a message came or went, whoever wrote it."""
        check_message_id(self.env, vals)
        own = self.env.user.partner_id
        for message in self._outsourcing_filter_own():
            names = ROUTED if message.author_id == own else ROUTED | {"reply_to"}
            if message._outsourcing_find_changed(vals, names):
                raise message._outsourcing_routed_error()

    def _outsourcing_routed_error(self):
        """Return the refusal to change how a message came or went."""
        # sudo: the kind of the document is named, nothing of the message.
        document = self.env[self.sudo().model]._description
        return AccessError(
            self.env._(
                "How a message on %(document)s came or went, who was told of it and "
                "where its answers are filed is noted by the server and not changed. "
                "Write a new message.",
                document=document,
            )
        )

    def _outsourcing_check_origin_is_kept(self, vals):
        """Refuse a change of who said something, when and where."""
        for message in self:
            if message._outsourcing_find_changed(vals, ORIGIN):
                raise message._outsourcing_origin_error()

    def _outsourcing_origin_error(self):
        """Return the refusal of another author, moment or place."""
        message = self[:1]
        return AccessError(
            self.env._(
                "Author, date and place of a message on %(document)s are not "
                "changed. Write a new message.",
                document=self.env[message.model]._description,
            )
        )

    def _outsourcing_check_mendable(self, vals, is_core):
        """Refuse a change of what was said, but by its author and at once.

        A text is not mended to nothing, which would be a deletion.

        :param bool is_core: whether code with sudo writes
        """
        start = fields.Datetime.now() - timedelta(minutes=MEND_MINUTES)
        for message in self:
            changed = message._outsourcing_get_changes(vals, is_core)
            if not changed:
                continue
            is_emptied = "body" in changed and is_blank(vals["body"])
            if (
                message.author_id != self.env.user.partner_id
                or not message.create_date
                or message.create_date < start
                or not MENDED.issuperset(changed)
                or ("body" in changed and message.message_type != "comment")
                or (is_emptied and not is_blank(message.body))
            ):
                raise message._outsourcing_kept_error()

    def _outsourcing_get_changes(self, vals, is_core):
        """Return which of what was said ``vals`` change (set of names).

        Core repeats what a message says while it makes a mail of it, and then gives
        the message the subject of the mail, where it has none.
        """
        changed = self._outsourcing_find_changed(vals, CONTENT)
        if is_core:
            # Whom a mail was addressed to, noted once it was posted.
            changed.discard("partner_ids")
            if not self.subject:
                changed.discard("subject")
        return changed

    def _outsourcing_find_changed(self, vals, names):
        """Return which of the fields ``names`` are changed by ``vals`` (set)."""
        self.ensure_one()
        changed = set()
        for name in names.intersection(vals):
            field = self._fields[name]
            if field.type in ("many2many", "one2many"):
                changed.add(name)
                continue
            value = field.convert_to_cache(vals[name], self)
            if value != field.convert_to_cache(self[name], self):
                changed.add(name)
        return changed

    def _outsourcing_kept_error(self):
        """Return the refusal to change or delete a message."""
        return AccessError(
            self.env._(
                "Messages on %(document)s are kept as evidence. For %(minutes)s "
                "minutes authors may mend their own text, afterwards they write "
                "another message. Nobody deletes one.",
                document=self.env[self.model]._description,
                minutes=MEND_MINUTES,
            )
        )


class MailTrackingValue(models.Model):
    """Recorded changes of records of the suite are evidence, too."""

    _inherit = "mail.tracking.value"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Record what core saw change; nobody makes up a change of a document."""
        values = super().create(vals_list)
        if not is_deferred(TRACKING_CODE) and not is_granted(self, "create"):
            values._outsourcing_check_kept()
        return values

    def write(self, vals):
        if not REMOVED_FIELDS.issuperset(vals) and not is_granted(self):
            self._outsourcing_check_kept()
        return super().write(vals)

    @guards_deletion
    def _outsourcing_unlink_except_tracked(self):
        self._outsourcing_check_kept()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_kept(self):
        # sudo: where a change stands is asked for everybody's.
        for message in self.sudo().mail_message_id._outsourcing_filter_own():
            raise message._outsourcing_kept_error()
