import email
import email.policy
import logging
import xmlrpc.client
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying

from ...tools import mail_auth, mail_kind, mail_words
from ...tools.mail_head import MOST_REFERENCES, Head, read_head
from ...tools.typed_number import read_number
from ..base.current_mail import CurrentMail, current_mail, filing
from ..base.mail_gateway import check_values, is_gateway
from . import mail_content
from .own_links import clean_values

_logger = logging.getLogger(__name__)

MOST_DOMAINS = 100
"""Mail domains of one database that are looked at."""
GUARDED_MODELS = ("itsm.",)
"""Beginnings of the names of the models of the desk that have a chatter."""


class MailThread(models.AbstractModel):
    """How mails come to the desk.

    A mail is ours when it is addressed to a team, answers a message of a ticket, or
    names a ticket and goes to the address of our answers. For these mails:

    - each is entered in the list of received mails first, under its Message-ID, so
      that the same mail in two mailboxes is filed once;
    - it is made readable, and judged: who sent it, whether a program did, which
      ticket it answers;
    - what fails is kept with its raw text for somebody to file by hand. Core marks a
      mail as read also when it failed, and forgets it.

    Mails to other documents are left to core.
    """

    _inherit = "mail.thread"

    # ------------------------------------------------------------
    # RECEIVING
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
        raw = message
        if isinstance(raw, xmlrpc.client.Binary):
            raw = bytes(raw.data)
        if isinstance(raw, str):
            raw = raw.encode("utf-8", "surrogateescape")
        process = partial(
            super().message_process,
            model,
            raw,
            custom_values=custom_values,
            save_original=save_original,
            strip_attachments=strip_attachments,
            thread_id=thread_id,
        )
        head = read_head(raw)
        teams = self._itsm_find_teams(head.addresses) if head else {}
        if not head or not self._itsm_is_ours(head, teams, model):
            return process()
        self._itsm_check_gateway()
        receive = partial(self._itsm_receive, raw, head, teams, process)
        if not self.env.context.get("default_fetchmail_server_id"):
            # Whoever hands it in by RPC tries again after a conflict.
            return receive()
        # Fetched mails have a transaction each, and are never fetched again: a
        # conflict with somebody who saves the ticket must be tried again here.
        try:
            return retrying(receive, self.env)
        except Exception as error:
            # Whatever it is: raised from here, the mail would be marked as read and
            # forgotten.
            _logger.info("A fetched mail could not be filed", exc_info=True)
            self.env.cr.rollback()
            self.env.transaction.clear()
            # sudo: the fetching user enters mails that nobody may enter by hand.
            entries = self.env["itsm.inbound.mail"].sudo()
            mail = CurrentMail(head=head, teams=teams)
            if entry := entries._enter(mail):
                entry._keep_failed(raw, error, mail.team_id)
                entry._tell_failed(error)
            return False

    @api.model
    def _itsm_receive(self, raw, head, teams, process):
        """File one mail of ours, or keep it for somebody.

        :param bytes raw: the mail
        :param Head head: its headers
        :param dict teams: as in :class:`CurrentMail`
        :param process: core's way of filing it
        :return: what ``message_process`` returns
        """
        mail = CurrentMail(head=head, teams=teams)
        # sudo: the gateway's user enters mails that nobody may enter by hand.
        entry = self.env["itsm.inbound.mail"].sudo()._enter(mail)
        if not entry:
            _logger.info("Mail %s was received before", head.message_id)
            return False
        try:
            with self.env.cr.savepoint(), filing(mail):
                result = process()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            # Whatever it is: the mail is kept, and the error is shown with it.
            _logger.info("Mail %s could not be filed", mail.message_id, exc_info=True)
            entry._keep_failed(raw, error, mail.team_id)
            entry._tell_failed(error)
            return False
        entry._finish(mail, raw)
        if mail.has_mails:
            # What a fetching job wrote would wait for the next run of the queue.
            # sudo: whoever hands in mails need not run scheduled actions.
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return result

    @api.model
    def _itsm_is_ours(self, head, teams, model):
        """Whether a mail concerns the desk.

        :param Head head: its headers
        :param dict teams: as in :class:`CurrentMail`
        :param str model: where the mail server sends what belongs nowhere else
        """
        if not teams.keys().isdisjoint((*head.recipients, *head.bases)):
            return True
        # sudo: the gateway's user need not read tickets and their messages.
        messages = self.env["mail.message"].sudo()
        if head.references and (
            found := messages.search([("message_id", "in", head.references)])
        ):
            return not {"itsm.ticket", "itsm.vendor.job"}.isdisjoint(
                found.mapped("model")
            )
        if model == "itsm.ticket":
            return True
        numbers = mail_words.find_numbers(head.subject)
        # sudo: as above
        domains = self.env["mail.alias.domain"].sudo().search([], limit=MOST_DOMAINS)
        if not numbers or not set(domains.mapped("catchall_email")).intersection(
            head.recipients
        ):
            return False
        # sudo: as above
        tickets = self.env["itsm.ticket"].sudo()
        return bool(tickets.search_count([("name", "in", numbers)], limit=1))

    @api.model
    def _itsm_find_teams(self, addresses):
        """Return ``{address: team id}`` of those of ``addresses`` that make tickets.

        The id is 0 where no team holds the address.
        """
        local_parts = {address: address.partition("@")[0] for address in addresses}
        # sudo: the gateway's user need not read the addresses of teams.
        aliases = self.env["mail.alias"].sudo()
        aliases = aliases.search(
            Domain("alias_model_id.model", "=", "itsm.ticket")
            & (
                Domain("alias_full_name", "in", list(local_parts))
                | (
                    Domain("alias_name", "in", list(local_parts.values()))
                    & Domain("alias_incoming_local", "=", True)
                )
            )
        )
        found = {}
        for alias in aliases:
            is_team = alias.alias_parent_model_id.model == "itsm.team"
            team_id = alias.alias_parent_thread_id if is_team else 0
            for address, local in local_parts.items():
                if address == alias.alias_full_name or (
                    alias.alias_incoming_local and local == alias.alias_name
                ):
                    found[address] = found.get(address) or team_id
        return found

    @api.model
    def _itsm_get_own_addresses(self, mail):
        """Return those of the addresses of a mail that lead back to the desk."""
        own = set(mail.teams)
        # sudo: the gateway's user need not read domains
        domains = self.env["mail.alias.domain"].sudo().search([], limit=MOST_DOMAINS)
        for name in ("catchall_email", "bounce_email", "default_from_email"):
            own.update(domains.mapped(name))
        return own.intersection(mail.head.addresses)

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def message_parse(self, message, save_original=False):
        mail = current_mail.get()
        if mail is None:
            return super().message_parse(message, save_original=save_original)
        head = mail.head
        name = head.message_id
        mail_content.prepare(message)
        if not name or mail.message_id.partition(".")[2] == f"{name.strip('<>')}>":
            # A blank one would be a second, and so would one that another mail has:
            # such a mail was entered under an id of its own.
            del message["Message-ID"]
            message["Message-ID"] = mail.message_id
        # sudo: the gateway's user need not read domains. All that core asks for later.
        domains = self.env["mail.alias.domain"].sudo()
        domains._find_aliases([*head.senders, *head.recipients])
        values = super().message_parse(message, save_original=save_original)
        # A wrong clock would put it above all that is said later.
        now = fields.Datetime.to_string(fields.Datetime.now())
        values["date"] = min(values.get("date") or now, now)
        own = self._itsm_get_own_addresses(mail)
        mail_content.complete(values, head, own)
        mail_content.describe(values, message, self.env)
        mail.has_pictures = "cid:" in values["body"]
        mail.answer_to = "" if head.answer_to in own else head.answer_to
        mail.is_own = head.sender in own and not self._itsm_is_own_form(message, mail)
        if mail.answer_to and not self._itsm_may_name(head.sender, mail.answer_to):
            mail.asked_for, mail.answer_to = mail.answer_to, ""
        # sudo: the gateway's user reads no parameters
        parameters = self.env["ir.config_parameter"].sudo()
        # Of two senders only one was checked, and the other may be anybody.
        mail.is_proven = len(head.senders) < 2 and not mail_auth.is_failed(
            message.get_all("Authentication-Results", []),
            parameters.get_param("itsm_desk.authserv_id"),
            head.sender,
        )
        ticket = self._itsm_find_ticket(values, mail)
        mail.ticket_id = ticket.id
        # sudo: the gateway's user need not read what is answered
        parent = self.env["mail.message"].sudo().browse(values.get("parent_id") or [])
        mail.kind, mail.is_by_subject = mail_kind.judge(
            message,
            is_reply=bool(ticket),
            asked=(ticket.subject, parent.subject),
            subject=head.subject,
        )
        # Also of what is put aside, and what tells of a mail that was not delivered.
        bounced = values.get("bounced_message") or self.env["mail.message"]
        if not ticket and bounced.model == "itsm.ticket":
            ticket = ticket.browse(bounced.res_id).exists()
        clean_values(self.env, values, ticket)
        mail.cleaned_for = ticket.id or 0
        return values

    @api.model
    def _itsm_is_own_form(self, message, mail):
        """Whether a form of our own website sent a mail, for whom it names.

        Odoo's mail servers send what somebody of another domain says under the address
        ``default_from``. What the desk, or a document, says under it is marked.
        """
        # sudo: the gateway's user need not read domains
        domains = self.env["mail.alias.domain"].sudo().search([], limit=MOST_DOMAINS)
        used = {*domains.mapped("catchall_email"), *domains.mapped("bounce_email")}
        if (
            not mail.answer_to
            or mail.head.sender not in domains.mapped("default_from_email")
            or mail.head.sender in used
            or mail.head.sender in mail.teams
            or mail_kind.is_marked(message)
        ):
            return False
        # sudo: the gateway's user need not read messages
        messages = self.env["mail.message"].sudo()
        return not messages.search_count(
            [("message_id", "=", mail.message_id)], limit=1
        )

    @api.model
    def _itsm_may_name(self, sender, address):
        """Whether a mail of ``sender`` may be filed for the holder of ``address``.

        A web form says so by its Reply-To. Anybody can write one: a form is a sender
        that nobody reads, one of our own domains, or of the domain that it names; for
        an employee it is one of the last two.
        """
        domain = sender.partition("@")[2]
        # sudo: the gateway's user need not read domains
        domains = self.env["mail.alias.domain"].sudo().search([], limit=MOST_DOMAINS)
        if domain and domain in (address.partition("@")[2], *domains.mapped("name")):
            return True
        # sudo: as above, users
        users = self.env["res.users"].sudo()
        is_employee = users.search_count(
            [("partner_id.email_normalized", "=", address), ("share", "=", False)],
            limit=1,
        )
        return mail_kind.is_robot(sender) and not is_employee

    @api.model
    def _itsm_find_ticket(self, values, mail):
        """Return the ticket that a mail answers, and lead core to it alone.

        The message that it replies to counts before those it was copied from, those of
        other documents do not count. Where a mail program lost both, the number in the
        subject counts, if the sender has a part in that ticket.
        """
        # sudo: the gateway's user need not read tickets and their messages.
        messages = self.env["mail.message"].sudo()
        parent = messages
        references = [
            item.strip()
            for item in str(values.get("references") or "").split()
            if item.strip()
        ][-MOST_REFERENCES:]
        for ids in ([(values.get("in_reply_to") or "").strip()], references):
            if not parent and any(ids):
                parent = messages.search(
                    [
                        ("message_id", "in", ids),
                        ("model", "in", ("itsm.ticket", "itsm.vendor.job")),
                    ],
                    order="id desc",
                    limit=1,
                )
        if parent.model == "itsm.vendor.job":
            # sudo: as above
            job = self.env["itsm.vendor.job"].sudo().browse(parent.res_id).exists()
            parent = self._itsm_find_last_message(job.ticket_id)
        if not parent:
            numbers = mail_words.find_numbers(values.get("subject"))
            # sudo: as above
            tickets = self.env["itsm.ticket"].sudo()
            tickets = tickets.search([("name", "in", numbers)]) if numbers else tickets
            for ticket in tickets.sorted(lambda one: numbers.index(one.name)):
                if mail.is_proven and (
                    ticket._is_mail_party(mail.head.sender)
                    or ticket._is_vendor_address(mail.head.sender)
                ):
                    parent = self._itsm_find_last_message(ticket)
                    break
        if parent:
            loops = [item for item in references if "-loop-detection-" in item]
            values["in_reply_to"] = parent.message_id
            values["references"] = " ".join([*loops, parent.message_id])
            values.update(self._message_parse_extract_from_parent(parent))
        # sudo: as above
        return self.env["itsm.ticket"].sudo().browse(parent.res_id or []).exists()

    @api.model
    def _itsm_find_last_message(self, ticket):
        """Return the last message that its requester reads, else the last one.

        A mail that names the ticket by its number only answers that one: after a note
        among technicians it would be taken for a note, and reach nobody.
        """
        # sudo: the gateway's user need not read tickets and their messages.
        messages = self.env["mail.message"].sudo()
        domain = (
            Domain("model", "=", "itsm.ticket")
            & Domain("res_id", "=", ticket.id or 0)
            & Domain("message_id", "!=", False)
        )
        public = domain & Domain(
            "message_type", "in", ("email", "comment", "auto_comment")
        )
        public &= Domain("is_internal", "=", False)
        public &= Domain("subtype_id.internal", "=", False)
        return messages.search(public, order="id desc", limit=1) or messages.search(
            domain, order="id desc", limit=1
        )

    # ------------------------------------------------------------
    # JUDGING
    # ------------------------------------------------------------

    @api.model
    def message_route(
        self, message, message_dict, model=None, thread_id=None, custom_values=None
    ):
        mail = current_mail.get()
        if mail is None:
            return super().message_route(
                message, message_dict, model, thread_id, custom_values
            )
        if message_dict.get("is_bounce"):
            if mail.kind == "receipt" or mail_kind.is_still_tried(message):
                # Core takes it for the report of a mail that was not delivered.
                message_dict["is_bounce"] = False
            else:
                mail.kind = "bounce"
        if self._itsm_is_put_aside(message_dict, mail):
            if message_dict.get("is_bounce"):
                self._routing_handle_bounce(message, message_dict)
            return []
        if not mail.head.sender:
            # pylint: disable=translation-required
            raise ValueError(
                self.env._("The mail names no sender that could be answered.")
            )
        # sudo: the gateway's user need not read tickets
        ticket = self.env["itsm.ticket"].sudo().browse(mail.ticket_id or [])
        if ticket:
            self._itsm_judge_sender(message_dict, mail, ticket)
        # sudo: nor received mails
        entries = self.env["itsm.inbound.mail"].sudo()
        mail.is_storm = entries._is_storm(mail, ticket)
        routes = super().message_route(
            message, message_dict, model, thread_id, custom_values
        )
        if not routes:
            mail.outcome = "ignored"
        if not mail.is_proven:
            # Nobody is known to have sent it, so that it is filed as nobody's act.
            message_dict["author_id"] = False
            routes = [
                (name, record_id, values, self.env.uid, alias)
                for name, record_id, values, _user_id, alias in routes
            ]
        return routes

    @api.model
    def _itsm_judge_sender(self, message_dict, mail, ticket):
        """Find out whether the sender has a part in ``ticket``, and who reads it.

        :param dict message_dict: the mail; changed in place
        """
        mail.is_of_vendor = mail.is_proven and ticket._is_vendor_address(
            mail.head.sender
        )
        mail.is_stranger = not mail.is_of_vendor and not (
            mail.is_proven and ticket._is_mail_party(mail.head.sender)
        )
        if mail.is_for_desk:
            message_dict.update(is_internal=True, parent_id=False, cc="")
        elif mail.head.sender == ticket.partner_id.email_normalized:
            # Also where it answers what was meant for the desk only.
            message_dict["is_internal"] = False

    @api.model
    def _itsm_is_put_aside(self, message_dict, mail):
        """Log what is no mail of a person; return whether that is all to be done."""
        # sudo: the gateway's user need not read tickets
        ticket = self.env["itsm.ticket"].sudo().browse(mail.ticket_id or [])
        if mail.is_own:
            mail.outcome = "logged" if ticket else "ignored"
            mail.note = self.env._(
                "It claims to come from an address of the service desk itself."
            )
            if ticket:
                ticket._log_mail(message_dict, mail.note)
            return True
        if mail.kind in ("bounce", "receipt"):
            mail.outcome = "logged" if ticket else "ignored"
            return True
        if mail.kind not in mail_kind.AUTOMATIC:
            return False
        if ticket:
            mail.outcome = "logged"
            ticket._log_mail(message_dict, self.env._("Sent by a program."))
            return True
        recipients = (message_dict["recipients"] or "").split(",")
        team_ids = filter(None, map(mail.teams.get, recipients))
        # sudo: the gateway's user need not read teams
        teams = self.env["itsm.team"].sudo().browse(set(team_ids)).exists()
        if mail.kind == "alarm" and (not teams or any(teams.mapped("opens_alarms"))):
            return False
        if mail.kind == "newsletter" and any(teams.mapped("opens_newsletters")):
            return False
        mail.outcome = "ignored"
        return True

    @api.model
    def _routing_create_bounce_email(
        self, email_from, body_html, message, **mail_values
    ):
        """Return a mail of ours to people only, never to programs or forged senders."""
        mail = current_mail.get()
        if mail is None:
            return super()._routing_create_bounce_email(
                email_from, body_html, message, **mail_values
            )
        if not mail.is_answered:
            mail.note = self.env._("It was refused, and its sender was not told.")
            return None
        mail.note = self.env._("It was returned to its sender.")
        return super()._routing_create_bounce_email(
            email_from, body_html, message, **mail_values
        )

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        # Filing is never refused; see _is_storm() of received mails.
        if current_mail.get() is not None:
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    # ------------------------------------------------------------
    # FILING
    # ------------------------------------------------------------

    def _message_route_process(self, message, message_dict, routes):
        """Take mails to the desk from the gateway only, and clean them.

        ``message_process`` is public: any employee may call it, with a forged
        sender and the id of any record.
        """
        guarded = [route for route in routes or () if self._itsm_is_guarded(route[0])]
        if guarded:
            self._itsm_check_gateway()
        records = [
            # sudo: the gateway's user need not read the record.
            self.env[model].sudo().browse(thread_id or []).exists()
            for model, thread_id, *_rest in guarded
        ]
        mail = current_mail.get()
        cleaned_for = mail.cleaned_for if mail else None
        if cleaned_for is None or any(
            record and (record._name, record.id) != ("itsm.ticket", cleaned_for)
            for record in records
        ):
            clean_values(self.env, message_dict, *records)
        result = super()._message_route_process(message, message_dict, routes)
        if mail is not None and routes:
            # sudo: the gateway's user need not read tickets
            tickets = self.env["itsm.ticket"].sudo()
            tickets.browse(mail.filed)._after_mail_filing(mail)
            if note := self._itsm_get_doubt(mail):
                for ticket in tickets.browse([*mail.filed, *mail.touched]):
                    ticket._message_log(body=note)
        return result

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        """Note that a mail about one that is filed waits for the queue."""
        if mail := current_mail.get():
            mail.has_mails = True
        return super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )

    @api.model
    def _itsm_file_into(self, raw, message_id, ticket):
        """File a kept mail into ``ticket`` as if it had just come as an answer to it.

        Its sender is judged as ever: who has no part in the ticket takes no step.

        :param bytes raw: the mail
        :return: False where it cannot be read, or is a message already
        """
        root = self.env.ref("base.user_root")
        # sudo: what a mail does follows from its sender, not from who files it
        threads = self.env["mail.thread"].with_user(root).sudo()
        head = read_head(raw) or Head()
        teams = self._itsm_find_teams(head.addresses)
        mail = CurrentMail(message_id=message_id, head=head, teams=teams)
        try:
            with self.env.cr.savepoint(), filing(mail):
                message = email.message_from_bytes(raw, policy=email.policy.SMTP)
                values = threads.message_parse(message)
                messages = threads.env["mail.message"]
                known = messages.search([("message_id", "=", values["message_id"])])
                if known or not mail.head.sender or mail.is_own:
                    return False
                if mail.ticket_id != ticket.id:
                    values.update(parent_id=False, is_internal=False)
                # Whoever files it by hand has seen that it is somebody's.
                mail.ticket_id, mail.kind = ticket.id, "person"
                values["is_bounce"] = False
                threads._itsm_judge_sender(values, mail, ticket.with_env(threads.env))
                if not mail.is_proven:
                    values["author_id"] = False
                routes = [("itsm.ticket", ticket.id, None, root.id, None)]
                values.update(
                    threads._message_parse_post_process(message, values, routes)
                )
                threads._message_route_process(message, values, routes)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            # Whatever made it fail when it came may do so again: the raw mail is
            # added to the ticket then.
            _logger.info(
                "Mail %s could not be filed by hand", message_id, exc_info=True
            )
            return False
        return True

    @api.model
    def _itsm_get_doubt(self, mail):
        """Return what whoever works on a ticket should know of a mail's sender."""
        if not mail.is_proven:
            return self.env._(
                "Our mail server did not prove who sent this mail. Ask %s by phone "
                "before you act on it.",
                mail.head.sender,
            )
        if mail.asked_for:
            return self.env._(
                "%(sender)s sent this mail and asks for an answer to %(address)s. It "
                "is filed for the sender: ask %(address)s before you act on it.",
                sender=mail.head.sender,
                address=mail.asked_for,
            )
        if mail.answer_to and mail.filed:
            return self.env._(
                "Sent by %(sender)s, which names %(address)s for the answer.",
                sender=mail.head.sender,
                address=mail.answer_to,
            )
        return ""

    @api.model
    def _itsm_is_guarded(self, name):
        return str(name).startswith(GUARDED_MODELS)

    @api.model
    def _itsm_check_gateway(self):
        """Refuse mails that anybody else than the mail gateway hands in."""
        if not is_gateway(self.env):
            raise AccessError(
                self.env._(
                    "Mails to the service desk are taken from the mail server only. "
                    "Send a mail to the address of the team, or write in the ticket."
                )
            )

    # ------------------------------------------------------------
    # LINKS
    # ------------------------------------------------------------

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kw
    ):
        """Take a token or number of another form for a wrong one, not for an error."""
        if self._itsm_is_guarded(self._name):
            hash, token = (
                value if isinstance(value, str) and value.isascii() else None
                for value in (hash, token)
            )
            pid = read_number(pid) or None
        return super()._get_thread_with_access(
            thread_id, hash=hash, pid=pid, token=token, **kw
        )
