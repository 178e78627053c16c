from dateutil.relativedelta import relativedelta

from odoo import Command, fields, models
from odoo.tools import SQL

from ...tools.one_record import check_one
from ..base.grants import server_create

ASKED_MONTHS = 12
FEWEST_PEOPLE = 2
"""What a single person asked is the subject of that person's ticket."""


class ItsmArticleWanted(models.Model):
    """What people ask again and again, and no article answers yet.

    One row for each set of words, of the last twelve months: a ticket was filed, by
    whatever channel, and no article was linked to it afterwards; or nothing was found
    among the articles, in the portal or in the list of the desk. A row goes away once
    an article is published that was written for it; what is asked after that counts
    anew. No person is named, and what one person alone asked is left out.
    """

    _name = "itsm.article.wanted"
    _description = "Wanted Article"
    _auto = False
    _order = "ask_count desc, minutes desc, id"
    _rec_name = "question"
    _depends = {
        "itsm.search.log": [
            "company_id",
            "kind",
            "partner_id",
            "question",
            "service_id",
            "session",
            "ticket_id",
            "words",
        ],
        "itsm.ticket": ["article_ids", "minutes_in_all"],
        "itsm.article": ["asked_words", "company_id", "published_at", "state"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    question = fields.Char(
        string="Asked Last", readonly=True, help="The newest question with these words."
    )
    words = fields.Char(readonly=True, export_string_translation=False)
    service_id = fields.Many2one(
        comodel_name="itsm.service",
        readonly=True,
        help="About which it is asked most often.",
    )
    ask_count = fields.Integer(string="Times Asked", readonly=True, aggregator="sum")
    requester_count = fields.Integer(
        string="People Asking",
        readonly=True,
        aggregator=None,
        help="Who asked it, as a number.",
    )
    vain_count = fields.Integer(
        string="Read in Vain",
        readonly=True,
        aggregator="sum",
        help="So often an article was opened first, and the ticket filed all the same.",
    )
    minutes = fields.Integer(
        string="Minutes on Its Tickets", readonly=True, aggregator="sum"
    )
    last_asked_at = fields.Datetime(string="Last Asked on", readonly=True)
    article_id = fields.Many2one(
        comodel_name="itsm.article",
        string="Being Written",
        readonly=True,
        help="The draft that was begun for it.",
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_write_article(self):
        """Open a draft with the question as its title; the one that was begun."""
        check_one(self)
        self.check_access("read")
        articles = self.env["itsm.article"]
        articles.check_access("create")
        article = articles.search(
            [
                ("asked_words", "=", self.words),
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("draft", "review")),
            ],
            limit=1,
        )
        if not article:
            article = server_create(
                articles,
                {
                    "name": self.question,
                    "asked_words": self.words,
                    "company_id": self.company_id.id,
                    "service_ids": [Command.set(self.service_id.ids)],
                },
            )
        return article._get_form_action()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            WITH asked AS (
                SELECT log.id, log.company_id, log.question, log.partner_id,
                       log.service_id, log.create_date,
                       COALESCE(NULLIF(log.words, ''), lower(log.question)) AS words,
                       ticket.minutes_in_all,
                       EXISTS (SELECT FROM itsm_search_log AS opened
                                WHERE opened.session = log.session
                                  AND opened.kind = 'read') AS is_vain
                  FROM itsm_search_log AS log
                  LEFT JOIN itsm_ticket AS ticket ON ticket.id = log.ticket_id
                 WHERE (log.kind = 'filed' AND ticket.id IS NOT NULL
                        OR log.kind = 'missed')
                   AND log.question <> ''
                   AND log.create_date > %(since)s
                   AND NOT EXISTS (
                       SELECT FROM itsm_ticket_article_rel AS answer
                        WHERE answer.ticket_id = log.ticket_id)
            )
            SELECT min(asked.id) AS id, asked.company_id, asked.words,
                   (array_agg(asked.question ORDER BY asked.id DESC))[1] AS question,
                   mode() WITHIN GROUP (ORDER BY asked.service_id) AS service_id,
                   count(*)::int AS ask_count,
                   count(DISTINCT asked.partner_id)::int AS requester_count,
                   count(*) FILTER (WHERE asked.is_vain)::int AS vain_count,
                   COALESCE(sum(asked.minutes_in_all), 0)::int AS minutes,
                   max(asked.create_date) AS last_asked_at,
                   (SELECT max(article.id) FROM itsm_article AS article
                     WHERE article.asked_words = asked.words
                       AND article.company_id = asked.company_id
                       AND article.state IN ('draft', 'review')) AS article_id
              FROM asked
             WHERE NOT EXISTS (
                   SELECT FROM itsm_article AS article
                    WHERE article.asked_words = asked.words
                      AND article.company_id = asked.company_id
                      AND article.state IN ('published', 'stale')
                      AND article.published_at >= asked.create_date)
             GROUP BY asked.company_id, asked.words
            HAVING count(DISTINCT asked.partner_id) >= %(people)s
            """,
            people=FEWEST_PEOPLE,
            since=fields.Datetime.now() - relativedelta(months=ASKED_MONTHS),
        )
