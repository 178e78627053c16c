"""The article search in a process of its own; called by retrieval.py."""

import json
import os
import random
import sys
import time
import traceback
from pathlib import Path

from retrieval_set import read_articles

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import server
from odoo.tools import SQL, config

BATCH = 1000


def act_load(env):
    """File the articles, and the earlier tickets that they answered."""
    from odoo.addons.itsm_desk.models.knowledge.itsm_article_version import (
        publish_versions,
    )

    env["res.lang"]._activate_lang("zh_CN")
    rows = read_articles()
    articles = env["itsm.article"].create(
        [
            {
                "name": row["title"],
                "keywords": row["keywords"],
                "body": f"<p>{row['body']}</p>",
                "lang": row["lang"],
            }
            for row in rows
        ]
    )
    publish_versions(articles)
    if "document.page" in env:
        _load_pages(env, rows)
    env.cr.commit()
    keys = {article.id: row["key"] for article, row in zip(articles, rows, strict=True)}
    return {"keys": keys}


def _load_pages(env, rows):
    """File the articles as pages of OCA's document_page, too."""
    env["document.page"].search([]).active = False
    env["document.page"].create(
        [
            {
                "name": row["title"],
                "draft_name": row["key"],
                "content": f"<p>{row['body']} {row['keywords']}</p>",
            }
            for row in rows
        ]
    )


def act_answer(env):
    """Solve the earlier tickets of each article by it."""
    from odoo.addons.itsm_desk.models.knowledge.itsm_answered_mixin import link_articles

    partner = env["res.partner"].create({"name": "Requester"})
    for row in read_articles():
        article = env["itsm.article"].search([("name", "=", row["title"])])
        tickets = env["itsm.ticket"].create(
            [
                {"subject": subject, "partner_id": partner.id}
                for subject in row["tickets"].split("|")
            ]
        )
        env.flush_all()
        env.cr.execute(
            "UPDATE itsm_ticket SET state = 'solved', user_id = 1 WHERE id = ANY(%s)",
            [tickets.ids],
        )
        env.invalidate_all()
        for ticket in tickets:
            link_articles(ticket, article)
    env.cr.commit()
    return {"tickets": env["itsm.ticket"].search_count([])}


def act_ask(env, contestant, questions):
    """Answer the first three articles of each question, in their order."""
    return {"found": [CONTESTANTS[contestant](env, text)[:3] for text in questions]}


def make_text(made, vocabulary, length):
    """Return a random text, half of them in Chinese."""
    words, word_weights, letters, letter_weights = vocabulary
    if made.random() < 0.5:
        return " ".join(made.choices(words, word_weights, k=length))
    return "".join(made.choices(letters, letter_weights, k=length * 2))


def make_vocabulary(made):
    """Return words and characters that are as common and as rare as in texts."""
    words = [
        "".join(made.choices("aeioubcdfglmnprst", k=made.randint(3, 9)))
        for _number in range(20_000)
    ]
    letters = [chr(0x4E00 + number) for number in range(3000)]
    return (
        words,
        [1 / (place + 3) for place in range(len(words))],
        letters,
        [1 / (place + 10) for place in range(len(letters))],
    )


COPY = """
    WITH article AS (
        INSERT INTO itsm_article (number, name, body, keywords, audience, state, lang,
               company_id, owner_id, review_months)
        SELECT number || '-' || %(copy)s, name, body, keywords, audience, state, lang,
               company_id, owner_id, review_months
          FROM itsm_article WHERE number LIKE 'B%%' AND number NOT LIKE '%%-%%'
        RETURNING id, number, company_id
    )
    INSERT INTO itsm_article_version (article_id, company_id, number, is_current, name,
           body, keywords, audience, published_at, search_vector, search_length)
    SELECT article.id, article.company_id, 1, true, v.name, v.body, v.keywords,
           v.audience, v.published_at, v.search_vector, v.search_length
      FROM article
      JOIN itsm_article a ON a.number || '-' || %(copy)s = article.number
      JOIN itsm_article_version v ON v.article_id = a.id
"""


def act_fill(env, count, copies, seed):
    """File ``count`` articles of random words; answer questions about some of them.

    Rows are inserted, their search text is written by the desk itself, then each is
    copied as often as wanted, and the indexes are made again as they were.
    """
    count //= copies
    made = random.Random(seed)
    vocabulary = make_vocabulary(made)
    started = time.monotonic()
    audiences = ("public", "requester", "requester", "technician")
    env.cr.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%USING gin%'"
        " AND tablename IN ('itsm_article', 'itsm_article_version')"
    )
    indexes = env.cr.fetchall()
    for name, _definition in indexes:
        env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    for first in range(0, count, BATCH):
        texts = [
            [make_text(made, vocabulary, length) for length in (7, 120, 3)]
            for _place in range(BATCH)
        ]
        env.cr.execute(
            SQL(
                """
                WITH texts AS (
                    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],
                                         %s::text[])
                           AS t (number, name, body, keywords, audience)
                ), article AS (
                    INSERT INTO itsm_article (number, name, body, keywords, audience,
                        state, lang, company_id, owner_id, review_months)
                    SELECT number, name, body, keywords, audience, 'published',
                           'en_US', %s, 1, 12 FROM texts
                    RETURNING id, name, body, keywords, audience
                ), version AS (
                    INSERT INTO itsm_article_version (article_id, company_id, number,
                        is_current, name, body, keywords, audience, published_at)
                    SELECT id, %s, 1, true, name, body, keywords, audience, now()
                      FROM article
                    RETURNING id, article_id
                ) SELECT id, article_id FROM version
                """,
                [f"B{first + place}" for place in range(BATCH)],
                [name for name, _body, _keywords in texts],
                [f"<p>{body}</p>" for _name, body, _keywords in texts],
                [keywords for _name, _body, keywords in texts],
                [audiences[place % 4] for place in range(BATCH)],
                env.company.id,
                env.company.id,
            )
        )
        rows = env.cr.fetchall()
        env.cr.execute_values(
            "UPDATE itsm_article a SET version_id = t.version FROM (VALUES %s)"
            " AS t (version, article) WHERE a.id = t.article",
            rows,
        )
        env.invalidate_all()
        env["itsm.article"].browse(
            [article for _version, article in rows]
        )._index_search()
        env.cr.commit()
    for copy in range(1, copies):
        env.cr.execute(COPY, {"copy": str(copy)})
    for _name, definition in indexes:
        env.cr.execute(definition)
    env["itsm.article.term"]._cron_count_terms()
    env.cr.commit()
    seconds = round(time.monotonic() - started)
    env.cr.execute(
        "SELECT name, body FROM itsm_article_version WHERE number = 1"
        " ORDER BY md5(id::text) LIMIT 400"
    )
    questions = []
    for name, body in env.cr.fetchall():
        if name.isascii() and body.isascii():
            pieces = [*made.sample(body[3:-4].split(), 4), *name.split()[:3]]
            questions.append(" ".join(pieces))
        elif not name.isascii():
            questions.append(name[:10])
    env.cr.commit()
    env.cr._cnx.autocommit = True
    env.cr.execute("VACUUM ANALYZE itsm_article_version, itsm_article_term")
    env.cr._cnx.autocommit = False
    return {
        "articles": env["itsm.article"].search_count([]),
        "seconds": seconds,
        "questions": questions,
    }


def act_time(env, questions, rounds=3):
    """Answer the milliseconds of each question, asked by a portal user.

    Each is asked ``rounds`` times, with an empty cache of records: ``milliseconds`` of
    the first time, ``least`` of the quickest one, which other programs on the machine
    disturbed least, and ``cpu`` of this process and the database's on the average.
    """
    portal = env["res.users"].search([("login", "=", "bench_reader")])
    portal = portal or env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Reader",
            "login": "bench_reader",
            "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
        }
    )
    env.cr.commit()
    mine = env(user=portal.id)["itsm.article"]
    mine.suggest(questions[0])
    times = []
    cpu = time.process_time() + get_backend_seconds(env)
    for question in questions:
        times.append([])
        for _round in range(rounds):
            env.invalidate_all()
            started = time.perf_counter()
            mine.suggest(question, limit=5)
            times[-1].append((time.perf_counter() - started) * 1000)
    cpu = time.process_time() + get_backend_seconds(env) - cpu
    return {
        "milliseconds": [found[0] for found in times],
        "least": [min(found) for found in times],
        "cpu": cpu * 1000 / len(questions) / rounds,
    }


def get_backend_seconds(env):
    """Return the CPU seconds of the server's process of this connection, or 0."""
    try:
        stat = Path(f"/proc/{env.cr._cnx.get_backend_pid()}/stat").read_text()
    except OSError:  # the server is on another machine
        return 0.0
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


# ------------------------------------------------------------
# CONTESTANTS
# ------------------------------------------------------------


def ask_ilike(env, text):
    """The phrase in title or text, as the search box of a list does."""
    found = env["itsm.article"].search(
        ["|", "|", *(((name, "ilike", text)) for name in ("name", "keywords", "body"))],
        limit=3,
    )
    return found.ids


def ask_document_page(env, text):
    """What the search box of OCA's document_page finds, by title or content."""
    pages = env["document.page"]
    found = pages.search(["|", ("name", "ilike", text), ("content", "ilike", text)])
    names = found[:3].mapped("name")
    articles = env["itsm.article"].search([("name", "in", names)])
    return articles.sorted(lambda article: names.index(article.name)).ids


def ask_ilike_words(env, text):
    """Most words of the question in title or text."""
    words = text.split()
    env.cr.execute(
        SQL(
            """
            SELECT article_id FROM itsm_article_version, unnest(%s) AS word
             WHERE is_current AND concat_ws(' ', name, keywords, body)
                   ILIKE '%%' || word || '%%'
             GROUP BY article_id ORDER BY count(*) DESC, article_id LIMIT 3
            """,
            words,
        )
    )
    return [row[0] for row in env.cr.fetchall()]


def ask_trigram(env, text):
    """The titles that are most alike."""
    env.cr.execute(
        SQL(
            """
            SELECT article_id FROM itsm_article_version
             WHERE is_current AND similarity(name, %s) > 0
             ORDER BY similarity(name, %s) DESC, article_id LIMIT 3
            """,
            text,
            text,
        )
    )
    return [row[0] for row in env.cr.fetchall()]


def ask_trigram_text(env, text):
    """The titles and texts in which the question is found best."""
    env.cr.execute(
        SQL(
            """
            SELECT article_id FROM itsm_article_version
             WHERE is_current
             ORDER BY strict_word_similarity(
                   %s, concat_ws(' ', name, keywords, body)) DESC, article_id LIMIT 3
            """,
            text,
        )
    )
    return [row[0] for row in env.cr.fetchall()]


def ask_suggest(env, text):
    """What the desk suggests."""
    return [row["id"] for row in env["itsm.article"].suggest(text, limit=3)]


CONTESTANTS = {
    "ilike": ask_ilike,
    "document_page": ask_document_page,
    "ilike_words": ask_ilike_words,
    "trigram": ask_trigram,
    "trigram_text": ask_trigram_text,
    "suggest": ask_suggest,
}
ACTS = {
    "load": act_load,
    "answer": act_answer,
    "ask": act_ask,
    "fill": act_fill,
    "time": act_time,
}


def main():
    """Answer requests until there are no more."""
    answers, sys.stdout = sys.stdout, sys.stderr
    config.parse_config(sys.argv[1:], setup_logging=True)
    server.start(preload=[], stop=True)
    registry = Registry(config["db_name"][0])
    for line in sys.stdin:
        request = json.loads(line)
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            try:
                answer = ACTS[request.pop("act")](env, **request)
            except Exception as error:
                traceback.print_exc()
                answer = {"error": repr(error)}
            cr.rollback()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
