import logging
import re
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger, plaintext2html

from ...tools.mailed_link import fill_places, get_place
from ...tools.upload import MAX_FILE_BYTES
from ..base.grants import server_create, server_write
from ..base.selections import OPEN_STATES
from . import files
from .adapters import ChatError, Unusable, get_adapter
from .itsm_chat_account import check_on
from .itsm_chat_person import find_person, get_link, is_linked, note_person

_logger = logging.getLogger(__name__)

BATCH = 50
MOST_TRIES = 5
MOST_SUBJECT = 80
KEY_INDEX = "itsm_chat_message_key_uniq"
"""Index of the database that refuses a message which was taken already."""
NUMBER = re.compile(r"\b[A-Z]{2,5}\d{4,10}\b")
ANOTHER = re.compile(r"^\s*(?:#|＃|新工单|new ticket)[\s:：,，]*", re.IGNORECASE)
"""What a text begins with that is not about the ticket in work."""


# ------------------------------------------------------------
# WHAT COMES IN
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def take_message(account, incoming):
    """Make a ticket, or an answer, of what somebody wrote in a messenger.

    A file is fetched soon, by the job: the messenger waits for no more than a moment.
    What comes a second time, as the messenger repeats what it heard no answer to,
    changes nothing.

    :param account: in sudo; that the messenger sent it was proven by the caller
    :param Incoming incoming: the message
    """
    check_on(account)
    row = _note(account, incoming)
    if not row:
        return
    person = row.person_id
    text = (incoming.text or "").replace("\0", "").strip()
    if not text and not incoming.media_id:
        drop(row, files.get_refusal(person, incoming.kind))
        return
    values = {
        "text": text,
        "media_id": incoming.media_id,
        "media_kind": incoming.kind if incoming.media_id else False,
    }
    if not is_linked(person):
        server_write(row, {"state": "waiting", **values})
        _invite(person)
    elif text:
        _turn_into_ticket(row, text)
    elif not files.is_within_limit(person):
        drop(row, files.get_limit_text(person))
    else:
        server_write(row, values)
        queue_again(row)


def _note(account, incoming):
    """Return the row of a message, or none where it was taken before."""
    messages = account.env["itsm.chat.message"]
    person = find_person(account, incoming.sender)
    try:
        with account.env.cr.savepoint(), mute_logger("odoo.sql_db"):
            return server_create(
                messages,
                {
                    "account_id": account.id,
                    "company_id": account.company_id.id,
                    "person_id": person.id,
                    "direction": "in",
                    "key": incoming.key,
                    "state": "done",
                },
            )
    except psycopg2.errors.UniqueViolation as error:
        if error.diag.constraint_name != KEY_INDEX:
            raise
        return messages


def _invite(person):
    """Ask somebody unknown who it is, once an hour at most."""
    messages = person.env["itsm.chat.message"]
    since = fields.Datetime.now() - timedelta(hours=1)
    asked = messages.search_count(
        [
            ("person_id", "=", person.id),
            ("direction", "=", "out"),
            ("create_date", ">=", since),
        ],
        limit=1,
    )
    if asked:
        return
    link = get_place(f"{person.get_base_url()}/service-desk", "link")
    send_text(
        person,
        files.in_words_of(person)._(
            "The service desk does not know yet who you are. Open this link and log "
            "in; what you wrote is filed then: %s",
            link,
        ),
    )


def _turn_into_ticket(row, text):
    """File a ticket of a text, or add it to the one that it is about."""
    person = row.person_id
    partner, account = person.partner_id, row.account_id
    tickets = row.env["itsm.ticket"].with_company(account.company_id)
    tickets = tickets.with_context(lang=partner.lang or row.env.lang)
    is_another = bool(ANOTHER.match(text))
    ticket = tickets.browse() if is_another else _find_ticket(tickets, person, text)
    if ticket:
        ticket, answer = _add_to_ticket(ticket, person, text)
    else:
        text = ANOTHER.sub("", text).strip() or text
        ticket, answer = _file_ticket(
            tickets, person, text.splitlines()[0][:MOST_SUBJECT], text
        )
    _finish(row, ticket, answer)


def _turn_file_into_ticket(row, name, content):
    """Add a file to the ticket that the person wrote about last, else file one.

    :param str name: of the file, as it is told to people
    """
    person = row.person_id
    partner, account = person.partner_id, row.account_id
    tickets = row.env["itsm.ticket"].with_company(account.company_id)
    tickets = tickets.with_context(lang=partner.lang or row.env.lang)
    ticket = _find_ticket(tickets, person, "")
    file = {"attachments": [(name, content)]}
    words = tickets.env._("Files of the requester")
    if ticket:
        ticket, answer = _add_to_ticket(ticket, person, words, **file)
    else:
        ticket, answer = _file_ticket(tickets, person, name, "")
        _post(ticket, person, words, **file)
    _finish(row, ticket, answer)


def _finish(row, ticket, answer):
    done = {"state": "done", "text": False, "media_id": False, "error": False}
    server_write(row, {"ticket_id": ticket.id, **done})
    send_text(row.person_id, answer, ticket)


def drop(row, answer):
    """Take a message not over, and tell who sent it why.

    :param row: in sudo
    """
    server_write(row, {"state": "dropped", "text": False, "media_id": False})
    send_text(row.person_id, answer)


def _file_ticket(tickets, person, subject, text):
    """File a ticket for a person.

    :return: ``(the ticket, what the person is told)``
    """
    account = person.account_id
    ticket = tickets.create(
        {
            "subject": subject,
            "description": plaintext2html(text),
            "partner_id": person.partner_id.id,
            "company_id": account.company_id.id,
            "service_id": account.service_id.id,
            "channel": "chat",
            **({"team_id": account.team_id.id} if account.team_id else {}),
        }
    )
    note_person(ticket, person)
    return ticket, ticket.env._(
        "Filed as %(ticket)s: %(subject)s. Write here to add to it; begin with # "
        "for another ticket.",
        ticket=ticket.name,
        subject=ticket.subject,
    )


def _post(ticket, person, text, **options):
    ticket.message_post(
        body=plaintext2html(text),
        author_id=person.partner_id.id,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        **options,
    )


def _add_to_ticket(ticket, person, text, **options):
    """Add a text to a ticket, or to what goes on in its place.

    :param options: of ``message_post``

    :return: ``(ticket that has it now, what the person is told)``
    """
    before = ticket.child_ids
    note_person(ticket, person)
    _post(ticket, person, text, **options)
    server_write(ticket.child_ids - before, {"channel": "chat"})
    now = ticket._get_in_work()
    note_person(now, person)
    if now == ticket:
        return now, ticket.env._(
            "Added to %(ticket)s: %(subject)s",
            ticket=ticket.name,
            subject=ticket.subject,
        )
    return now, ticket.env._(
        "%(ended)s has ended. Added to %(ticket)s, which goes on with it: %(subject)s",
        ended=ticket.name,
        ticket=now.name,
        # It may be somebody else's: then its words are not told.
        subject=(now if now.partner_id == ticket.partner_id else ticket).subject,
    )


def _find_ticket(tickets, person, text):
    """Return the ticket that a text is about: the one it names, else the newest."""
    domain = [
        ("partner_id", "=", person.partner_id.id),
        ("company_id", "=", person.company_id.id),
    ]
    if names := NUMBER.findall(text):
        named = tickets.search([*domain, ("name", "in", names)], limit=1)
        if named:
            return named
    return tickets.search(
        [
            *domain,
            ("chat_person_id", "=", person.id),
            ("state", "in", (*OPEN_STATES, "solved")),
        ],
        order="id desc",
        limit=1,
    )


# ------------------------------------------------------------
# WHAT GOES OUT
# ------------------------------------------------------------


_link_finders = []


def finds_links(function):
    """Let the decorated function find the links of tickets, for texts that leave.

    It is called with the ticket, in sudo, kind and key of a place, and returns None
    where there is no link.
    """
    _link_finders.append(function)
    return function


def _fill_links(row):
    """Return the text of a row with the links that its person gets, as it leaves."""

    def find(kind, key):
        person, ticket = row.person_id, row.ticket_id
        if kind == "link":
            return get_link(person)
        if not is_linked(person) or ticket.partner_id != person.partner_id:
            return None
        found = [finder(ticket, kind, key) for finder in _link_finders]
        return found[0] if found else None

    return fill_places(row.text or "", find, is_html=False)[0]


def send_text(person, text, ticket=None, message=None):
    """Send a text to somebody soon; the job does it.

    A link stands in it as its place only, see ``tools/mailed_link``.

    :param message: the message of the ticket that the text repeats
    :param person: in sudo; that the text may be read there was judged by the caller
    """
    row = server_create(
        person.env["itsm.chat.message"],
        {
            "account_id": person.account_id.id,
            "company_id": person.company_id.id,
            "person_id": person.id,
            "ticket_id": ticket.id if ticket else False,
            "message_id": message.id if message else False,
            "direction": "out",
            "state": "queued",
            "text": text,
            "next_try_at": fields.Datetime.now(),
        },
    )
    # sudo: whoever answers has no right on jobs
    person.env.ref("itsm_desk.ir_cron_chat_send").sudo()._trigger()
    return row


def queue_again(rows):
    """Send or fetch what could not be, from the first try on.

    :param rows: in sudo; that the acting user may was judged by the caller
    """
    now = fields.Datetime.now()
    for row in rows:
        state = "queued" if row.direction == "out" else "fetching"
        server_write(row, {"state": state, "tries": 0, "next_try_at": now})
    # sudo: managers of the desk have no right on jobs
    rows.env.ref("itsm_desk.ir_cron_chat_send").sudo()._trigger()


class ItsmChatMessage(models.Model):
    """A message that came from a messenger or goes there, each one once.

    It is no second place for what was said: the text is kept while it waits for its
    person or for sending, and stands in the ticket otherwise.

    =====  ====================  =========================
    Right  Who                   Restriction
    =====  ====================  =========================
    read   managers of the desk  of the company
    again  managers of the desk  what could not be sent
    write  the server
    =====  ====================  =========================
    """

    _name = "itsm.chat.message"
    _description = "Message of a Messenger"
    _inherit = ["itsm.server.rows.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_name = "key"

    account_id = fields.Many2one(
        comodel_name="itsm.chat.account",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    person_id = fields.Many2one(
        comodel_name="itsm.chat.person",
        string="Person",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
    )
    message_id = fields.Many2one(
        comodel_name="mail.message",
        string="Message of the Ticket",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups=fields.NO_ACCESS,
    )
    direction = fields.Selection(
        selection=[("in", "Received"), ("out", "Sent")], required=True, readonly=True
    )
    key = fields.Char(string="Number There", readonly=True)
    state = fields.Selection(
        selection=[
            ("waiting", "Waits for Its Person"),
            ("fetching", "To Be Fetched"),
            ("queued", "To Be Sent"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("dropped", "Not Taken Over"),
        ],
        required=True,
        readonly=True,
    )
    text = fields.Text(readonly=True, groups=fields.NO_ACCESS)
    media_id = fields.Char(string="File There", readonly=True, groups=fields.NO_ACCESS)
    media_kind = fields.Char(string="Kind of File", readonly=True)
    tries = fields.Integer(readonly=True, aggregator=None)
    next_try_at = fields.Datetime(readonly=True)
    error = fields.Char(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(account_id, key) WHERE key IS NOT NULL", "This message was taken already."
    )
    _queue_idx = models.Index("(next_try_at, id) WHERE state IN ('queued', 'fetching')")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send_again(self):
        """Send or fetch once more what could not be."""
        self.check_access("read")
        if not self.env.user.has_group("itsm_desk.group_itsm_manager") or any(
            row.state != "failed" for row in self
        ):
            raise UserError(
                self.env._(
                    "Managers of the service desk send again what could not be sent."
                )
            )
        # sudo: rows are the server's; that the user may was asked above
        queue_again(self.sudo())
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _take_waiting(self, people):
        """Make tickets of what people wrote before it was known who they are."""
        rows = self.search(
            [("person_id", "in", people.ids), ("state", "=", "waiting")], order="id"
        )
        for row in rows:
            if row.media_id:
                queue_again(row)
            else:
                _turn_into_ticket(row, row.text or "")

    @api.model
    def _cron_send(self):
        """Send and fetch what waits; each row is locked and committed by itself."""
        now = fields.Datetime.now()
        domain = [
            ("state", "in", ("queued", "fetching")),
            ("next_try_at", "<=", now),
            ("account_id.state", "=", "on"),
        ]
        rows = self.search(domain, order="next_try_at, id", limit=BATCH)
        self.env["ir.cron"]._commit_progress(remaining=len(rows))
        for row in rows:
            if row.try_lock_for_update().filtered_domain(domain):
                row._work()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _work(self):
        """Send or fetch one row; note what the messenger answered."""
        self.ensure_one()
        try:
            if self.direction == "out":
                self._send()
            else:
                self._fetch()
        except ChatError as error:
            tries = self.tries + 1
            wait = timedelta(minutes=2**tries)
            server_write(
                self,
                {
                    "tries": tries,
                    "error": str(error),
                    "state": "failed" if tries >= MOST_TRIES else self.state,
                    "next_try_at": fields.Datetime.now() + wait,
                },
            )
            server_write(self.account_id, {"last_error": str(error)})
            _logger.info("Chat message %s was not done: %s", self.id, error)
            if self.state == "failed" and self.direction == "in":
                send_text(self.person_id, files.get_failure(self, ""))

    def _send(self):
        adapter = get_adapter(self.account_id)
        adapter.send(self.person_id.userid, _fill_links(self))
        server_write(self, {"state": "done", "text": False, "error": False})

    def _fetch(self):
        """Take over the file of one row, or tell why not."""
        person = self.person_id
        if not is_linked(person):
            server_write(self, {"state": "waiting"})
            return
        spoken = self.with_env(files.in_words_of(person))
        adapter = get_adapter(spoken.account_id)
        try:
            name, content = adapter.fetch(self.media_id, MAX_FILE_BYTES)
            name = files.check_file(self, name, content)
        except Unusable as error:
            drop(self, files.get_failure(self, str(error)))
        else:
            _turn_file_into_ticket(self, name, content)

    def _get_server_only_message(self):
        return self.env._("What is received and sent is noted by the server.")
