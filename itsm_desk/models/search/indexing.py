"""When the words of tickets are written anew: once, as a transaction ends.

Functions, as evaluated code can call methods of records.
"""

from odoo import SUPERUSER_ID
from odoo.tools import SQL, html2plaintext

from ...tools import search_words

KEY = "itsm_ticket_text"
MOST_MESSAGES = 200
"""Messages of a ticket whose words are kept, the newest ones."""
MOST_LETTERS = 20_000
"""Of one text; a log file in a mail is no subject of a search."""
TALK = ("comment", "email")

INDEXED = frozenset(
    {"name", "subject", "description", "handling_id", "state", "text_forgotten_at"}
)
"""Columns of a ticket whose words are found, or decide what is found."""
WORDS = ("name", "subject", "description", "handling_id")
"""Of these, those that are read."""


def touch(env, ticket_ids):
    """Let the words of tickets be written as the transaction ends."""
    ids = {ticket_id for ticket_id in ticket_ids if ticket_id}
    if not ids:
        return
    precommit = env.cr.precommit
    if KEY not in precommit.data:
        precommit.data[KEY] = set()
        precommit.add(lambda: _index_touched(env))
    precommit.data[KEY].update(ids)


def _index_touched(env):
    ids = env.cr.precommit.data.pop(KEY, set())
    # As the system: what is found by whom is a matter of the search, not of this.
    index_tickets(env(user=SUPERUSER_ID, su=True), ids)


def index_tickets(env, ticket_ids):
    """Write the words of tickets, with those of their messages and solutions.

    :param env: in sudo
    """
    # Some may have been deleted meanwhile.
    tickets = env["itsm.ticket"].search_fetch(
        [("id", "in", list(ticket_ids))], WORDS, order="id"
    )
    if not tickets:
        return
    texts = {ticket.id: ([], []) for ticket in tickets}
    for ticket in tickets:
        public, desk = texts[ticket.id]
        handling = ticket.handling_id
        is_told = handling.state == "solved"
        public.append(("A", f"{ticket.name} {ticket.subject or ''}"))
        (public if is_told else desk).append(("B", _plain(handling.solution)))
        public.append(("C", _plain(ticket.description)))
        desk += [("D", handling.cause or ""), ("D", handling.action_taken or "")]
    for message in _get_messages(env, tickets):
        is_internal = message.is_internal or message.subtype_id.internal
        public, desk = texts[message.res_id]
        (desk if is_internal else public).append(("D", _plain(message.body)))
    words = {
        text: search_words.find_words(text)
        for public, desk in texts.values()
        for _weight, text in (*public, *desk)
    }
    stems = env["itsm.article"]._get_stems(set().union(*words.values()))
    parts = [
        part for public, desk in texts.values() for part in (public, public + desk)
    ]
    vectors = search_words.make_vectors(parts, stems)
    _store(env, list(texts), vectors[::2], vectors[1::2])


def _get_messages(env, tickets):
    """Return the newest messages of each ticket that people wrote."""
    messages = env["mail.message"].search_fetch(
        [
            ("model", "=", "itsm.ticket"),
            ("res_id", "in", tickets.ids),
            ("message_type", "in", TALK),
        ],
        ["res_id", "body", "is_internal", "subtype_id"],
        order="id desc",
        limit=MOST_MESSAGES * len(tickets),
    )
    kept = messages.browse()
    for group in messages.grouped("res_id").values():
        kept |= group[:MOST_MESSAGES]
    return kept


def _plain(text):
    return html2plaintext(text or "", include_references=False)[:MOST_LETTERS]


def _store(env, ids, public, desk):
    # SQL: the ORM has no field for words (tsvector), as for articles.
    env.cr.execute(
        SQL(
            """
            INSERT INTO itsm_ticket_text (ticket_id, public_vector, desk_vector)
            SELECT id, public::tsvector, desk::tsvector
              FROM unnest(%s::int[], %s::text[], %s::text[]) AS t (id, public, desk)
                ON CONFLICT (ticket_id) DO UPDATE
               SET public_vector = EXCLUDED.public_vector,
                   desk_vector = EXCLUDED.desk_vector
            """,
            ids,
            public,
            desk,
        )
    )
