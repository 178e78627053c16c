"""Tickets found by all that is written in them: how long it takes, by which index.

Acts of ``million_worker``, asked by ``figures.py``.
"""

import random

import screens
from desk_figures import time_act
from retrieval_worker import make_text, make_vocabulary

from odoo.tools import SQL

INDEX = "itsm_ticket_text_desk_idx"
DIFFERENT = 5000
"""Texts, half of them in Chinese; each stands on as many tickets as another."""


def act_write_words(env, seed):
    """Give all tickets a subject and a description; answer what to look for.

    The desk itself makes search text of the different ones, the others get copies.

    :return: ``{figure: [text, whether few tickets have it]}``
    """
    from odoo.addons.itsm_desk.models.search.indexing import index_tickets

    made = random.Random(seed)
    words, weights, letters, letter_weights = vocabulary = make_vocabulary(made)
    texts = [
        (make_text(made, vocabulary, 7), make_text(made, vocabulary, 60))
        for _number in range(DIFFERENT)
    ]
    env.cr.execute(
        """
        WITH place AS (
            SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM itsm_ticket
        ), text AS (
            SELECT * FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY
                   AS text (subject, description, number)
        )
        UPDATE itsm_ticket t
           SET subject = text.subject, description = '<p>' || text.description || '</p>'
          FROM place JOIN text ON text.number = 1 + place.number %% %s
         WHERE place.id = t.id
        """,
        [*map(list, zip(*texts, strict=True)), DIFFERENT],
    )
    env.cr.execute("SELECT id FROM itsm_ticket ORDER BY id LIMIT %s", [DIFFERENT])
    ids = [row[0] for row in env.cr.fetchall()]
    for first in range(0, DIFFERENT, 500):
        env.invalidate_all()
        index_tickets(env, ids[first : first + 500])
    env.cr.execute(
        """
        WITH place AS (
            SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM itsm_ticket
        )
        INSERT INTO itsm_ticket_text (ticket_id, public_vector, desk_vector)
        SELECT other.id, text.public_vector, text.desk_vector
          FROM place AS other
          JOIN place AS one ON one.number = other.number %% %(different)s
          JOIN itsm_ticket_text AS text ON text.ticket_id = one.id
         WHERE other.number >= %(different)s
        """,
        {"different": DIFFERENT},
    )
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE itsm_ticket, itsm_ticket_text")
    env.cr._cnx.autocommit = False
    chinese = next(subject for subject, _text in texts if not subject.isascii())
    english = next(subject for subject, _text in texts if subject.isascii())
    return {
        "Chinese, a phrase": [chinese[:6], True],
        "Chinese, a common character": [letters[5], False],
        "Chinese, a common pair": [f"{letters[5]}{letters[6]}", False],
        "English, three words": [" ".join(english.split()[:3]), True],
        "English, a common word": [words[0], False],
        "English, a beginning": [english.split()[0][:2], False],
        "both": [f"{english.split()[0]} {letters[5]}", True],
        "nothing": ["qqqqzzzz", True],
    }


def act_search(env, text, login):
    """Open the list of what is found; answer the seconds, and whether by the index.

    Where many tickets have a word, the database looks through the newest ones instead.
    """
    user = env["res.users"].search([("login", "=", login)])
    env = env(user=user.id, context={"lang": "en_US", "tz": "UTC"})
    domain = [("search_text", "ilike", text)]
    tickets = env["itsm.ticket"]
    query = tickets._search(domain, order="id desc", limit=80)
    env.cr.execute(SQL("EXPLAIN %s", query.select()))
    plan = "\n".join(row[0] for row in env.cr.fetchall())
    env.invalidate_all()
    answer = time_act(env, lambda: screens.open_list(tickets, domain))
    return {**answer, "plan": "" if INDEX in plan else plan}
