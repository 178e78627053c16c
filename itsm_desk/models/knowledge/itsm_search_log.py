import re
import uuid
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.grants import server_create
from ..form.one_click import once

SESSION = re.compile(r"[0-9a-f]{32}")
MOST_OF_A_SESSION = 20
QUESTION_LENGTH = 200
QUIET_DAYS = 7
"""Without a ticket on the same service for so long, the article was the answer."""
NOTED_DAYS = 2
"""So far back the nightly job looks for tickets that no form of the portal filed."""
BATCH = 500


def clean_question(text):
    """Return what was asked as the database takes it."""
    text = str(text or "").replace("\0", "")[:QUESTION_LENGTH]
    return text.encode(errors="ignore").decode()


def record_search(env, session, kind, question="", **values):
    """Keep what a requester did with the suggestions of a ticket form.

    :param str session: of one opening of the form; another value records nothing
    :param str kind: ``read``, ``filed`` or ``missed``
    :param values: ``article_id``, ``ticket_id``, ``service_id``, ``company_id``,
        ``filing_key``
    """
    if not isinstance(session, str) or not SESSION.fullmatch(session):
        return
    # sudo: requesters have no right on the log; who it was is taken from the session
    logs = env["itsm.search.log"].sudo()
    partner = env.user.partner_id
    mine = logs.search([("session", "=", session)], limit=MOST_OF_A_SESSION)
    is_full = kind == "read" and len(mine) == MOST_OF_A_SESSION
    if is_full or mine.partner_id - partner:
        return
    question = clean_question(question)
    with once(env.cr, "itsm_search_log_filing_uniq"):
        server_create(
            logs,
            {
                "session": session,
                "kind": kind,
                "question": question,
                "words": env["itsm.article"]._get_question_key(question),
                "partner_id": partner.id,
                "company_id": env.company.id,
                **values,
            },
        )


def record_missed(env, question):
    """Keep that nothing was found for a question, once a day and person.

    A visitor is nobody in particular and is not counted.
    """
    words = env["itsm.article"]._get_question_key(clean_question(question))
    if env.user._is_public() or not words:
        return
    # sudo: requesters have no right on the log
    logs = env["itsm.search.log"].sudo()
    mine = [
        ("kind", "=", "missed"),
        ("words", "=", words),
        ("partner_id", "=", env.user.partner_id.id),
        ("create_date", ">", fields.Datetime.now() - timedelta(days=1)),
    ]
    if not logs.search_count(mine, limit=1):
        record_search(env, uuid.uuid4().hex, "missed", question)


def find_filed(env, key):
    """Return the ticket that the same click of the acting user filed, if any.

    :param str key: of ``one_click.get_click_key``
    """
    # sudo: requesters have no right on the log; only what they filed is found
    logs = env["itsm.search.log"].sudo()
    own = [("filing_key", "=", key), ("partner_id", "=", env.user.partner_id.id)]
    return logs.search(own, limit=1).ticket_id


class ItsmSearchLog(models.Model):
    """What people asked, and did with the articles that were found. Append-only.

    They opened an article from the form of a ticket, filed the ticket all the same, or
    found nothing among the articles. What was filed without the portal's form (in the
    back office, by mail, telephone or chat) is noted in the night after. Managers of
    the desk read it; figures come without names, see ``itsm.article.deflection`` and
    ``itsm.article.wanted``.
    """

    _name = "itsm.search.log"
    _inherit = "itsm.log.mixin"
    _description = "Use of Suggested Articles"
    _order = "id desc"
    _check_company_auto = True
    _log_redactable = frozenset({"question", "words"})

    session = fields.Char(required=True, index=True, export_string_translation=False)
    kind = fields.Selection(
        selection=[
            ("read", "Article opened"),
            ("filed", "Ticket filed"),
            ("missed", "Nothing found"),
        ],
        required=True,
    )
    question = fields.Char()
    words = fields.Char(
        export_string_translation=False,
        help="Its words in one form and order: questions with the same ones are one.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Requester",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    service_id = fields.Many2one(
        comodel_name="itsm.service",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
    )
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
    )

    filing_key = fields.Char(
        readonly=True,
        copy=False,
        export_string_translation=False,
        help="Of one opening of the form and what was typed: sent twice, it is one "
        "ticket.",
    )

    _filing_uniq = models.UniqueIndex(
        "(partner_id, filing_key) WHERE filing_key IS NOT NULL"
    )
    _company_day_idx = models.Index("(company_id, create_date)")

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_note_filed(self):
        """Note what the tickets of the last days ask that no form of the portal filed.

        They belong to the form in which their requester opened an article before, if
        there was one. The job may be killed and run again at any point.
        """
        now = fields.Datetime.now()
        recent = [
            ("create_date", ">=", now - timedelta(days=NOTED_DAYS)),
            ("is_history", "=", False),
            ("partner_id", "!=", False),
        ]
        last = 0
        while tickets := self.env["itsm.ticket"].search(
            [*recent, ("id", ">", last)], order="id", limit=BATCH
        ):
            last = tickets[-1].id
            self._note_filed(tickets)
            left = self.env["itsm.ticket"].search_count(
                [*recent, ("id", ">", last)], limit=BATCH
            )
            if not self.env["ir.cron"]._commit_progress(len(tickets), remaining=left):
                return

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _note_filed(self, tickets):
        tickets -= self.search([("ticket_id", "in", tickets.ids)]).ticket_id
        opened = self.search(
            [
                ("kind", "=", "read"),
                ("partner_id", "in", tickets.partner_id.ids),
                (
                    "create_date",
                    ">=",
                    fields.Datetime.now() - timedelta(days=NOTED_DAYS + 1),
                ),
            ],
            order="id",
        )
        done = self.search(
            [("kind", "=", "filed"), ("session", "in", opened.mapped("session"))]
        )
        opened -= opened.filtered(lambda log: log.session in done.mapped("session"))
        sessions = {}
        for log in opened:
            sessions.setdefault(log.partner_id, []).append(log)
        server_create(
            self,
            [self._prepare_filed(ticket, sessions) for ticket in tickets],
        )

    @api.model
    def _prepare_filed(self, ticket, sessions):
        """Return the row of a ticket.

        :param dict sessions: ``{requester: articles that were opened}``; what belongs
            to the ticket is taken out
        """
        before = [
            log
            for log in sessions.get(ticket.partner_id, ())
            if timedelta() <= ticket.create_date - log.create_date < timedelta(days=1)
            and log.service_id in (ticket.service_id, log.service_id.browse())
        ]
        session = before[-1].session if before else uuid.uuid4().hex
        if before:
            sessions[ticket.partner_id] = [
                log for log in sessions[ticket.partner_id] if log.session != session
            ]
        question = clean_question(ticket.subject)
        return {
            "session": session,
            "kind": "filed",
            "question": question,
            "words": self.env["itsm.article"]._get_question_key(question),
            "partner_id": ticket.partner_id.id,
            "company_id": ticket.company_id.id,
            "service_id": ticket.service_id.id,
            "ticket_id": ticket.id,
        }


class ItsmArticleDeflection(models.Model):
    """A ticket that was not filed, because an article was the answer.

    One row for each form of a ticket that was begun and left: an article was opened
    from its suggestions, the form was not sent, and the same requester filed no ticket
    on the same service within seven days. Both forms count, that of the portal and that
    of the back office; searches elsewhere do not. Looks of one person at one service
    within seven days would have been one ticket, and are one row; a form in which no
    service was chosen may have been on any. The minutes are the
    median of the tickets on that service that were solved in the last year.
    """

    _name = "itsm.article.deflection"
    _description = "Ticket Answered by an Article"
    _auto = False
    _order = "asked_at desc, id desc"
    _rec_name = "question"
    _depends = {
        "itsm.search.log": ["kind", "session", "partner_id", "service_id", "question"],
        "itsm.ticket": [
            "is_history",
            "minutes_in_all",
            "service_id",
            "solved_at",
            "state",
        ],
    }

    asked_at = fields.Datetime(string="Question Asked on", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    service_id = fields.Many2one(comodel_name="itsm.service", readonly=True)
    article_id = fields.Many2one(comodel_name="itsm.article", readonly=True)
    question = fields.Char(readonly=True)
    median_minutes = fields.Float(
        string="Median Minutes of the Service", readonly=True, aggregator="avg"
    )
    saved_hours = fields.Float(string="Hours Saved", readonly=True, aggregator="sum")

    @property
    def _table_query(self):
        return SQL(
            """
            WITH form AS (
                SELECT session, partner_id, company_id,
                       min(create_date) AS asked_at, max(id) AS id
                  FROM itsm_search_log
                 GROUP BY session, partner_id, company_id
                HAVING bool_or(kind = 'read') AND NOT bool_or(kind = 'filed')
            ), look AS (
                SELECT form.*, log.service_id, log.article_id, log.question
                  FROM form JOIN itsm_search_log log ON log.id = form.id
            ), median AS (
                SELECT company_id, service_id, percentile_cont(0.5) WITHIN GROUP (
                       ORDER BY minutes_in_all) AS minutes
                  FROM itsm_ticket
                 WHERE state IN ('solved', 'closed') AND minutes_in_all > 0
                   AND solved_at > %(year)s
                 GROUP BY company_id, service_id
            )
            SELECT look.id, look.asked_at, look.company_id, look.service_id,
                   look.article_id, look.question, median.minutes AS median_minutes,
                   COALESCE(median.minutes, 0) / 60 AS saved_hours
              FROM look
              LEFT JOIN median ON median.company_id = look.company_id
                    AND median.service_id IS NOT DISTINCT FROM look.service_id
             WHERE look.asked_at < %(quiet)s
               AND NOT EXISTS (
                   SELECT FROM look AS before
                    WHERE before.partner_id = look.partner_id
                      AND before.company_id = look.company_id
                      AND before.id <> look.id
                      AND (before.asked_at, before.id) < (look.asked_at, look.id)
                      AND before.asked_at
                          >= look.asked_at - %(days)s * interval '1 day'
                      AND (before.service_id = look.service_id
                           OR before.service_id IS NULL OR look.service_id IS NULL))
               AND NOT EXISTS (
                   SELECT FROM itsm_ticket t
                    WHERE t.partner_id = look.partner_id
                      AND t.is_history IS NOT TRUE
                      AND t.create_date BETWEEN look.asked_at
                          AND look.asked_at + %(days)s * interval '1 day'
                      AND (t.service_id = look.service_id OR look.service_id IS NULL
                           OR t.service_id IS NULL))
            """,
            year=fields.Datetime.now() - relativedelta(years=1),
            quiet=fields.Datetime.now() - relativedelta(days=QUIET_DAYS),
            days=QUIET_DAYS,
        )
