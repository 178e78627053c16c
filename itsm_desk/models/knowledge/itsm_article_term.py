from odoo import api, fields, models
from odoo.tools import SQL

COUNTED_FROM = 50
"""Frequencies from here on are stored each night; lower ones are counted live."""


class ItsmArticleTerm(models.Model):
    """A word of the search: how many current articles have it, as of last night.

    Rows are added in SQL while search text is written and never updated there, so that
    two people publish at the same time. Nobody reads them through the ORM.
    """

    _name = "itsm.article.term"
    _description = "Word of the Article Search"
    _order = "name"
    _log_access = False
    _allow_sudo_commands = False

    name = fields.Char(required=True, readonly=True, index="trigram")
    frequency = fields.Integer(readonly=True, aggregator=None)

    _name_uniq = models.UniqueIndex("(name)", "Each word is listed once.")

    @api.model
    def _cron_count_terms(self):
        """Count again in how many articles each word is; forget what is in none."""
        self.env["itsm.article"]._index_changed_tickets()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH counted AS (
                    SELECT word, ndoc FROM ts_stat(
                        'SELECT search_vector FROM itsm_article_version
                          WHERE is_current'
                    )
                ), gone AS (
                    DELETE FROM itsm_article_term t
                     WHERE NOT EXISTS (SELECT FROM counted WHERE word = t.name)
                       AND t.name <> ''
                ), total AS (
                    SELECT '' AS word, count(*) AS ndoc
                      FROM itsm_article_version WHERE is_current
                )
                INSERT INTO itsm_article_term (name, frequency)
                SELECT word, CASE WHEN word = '' OR ndoc >= %s THEN ndoc ELSE 0 END
                  FROM (SELECT * FROM counted UNION ALL SELECT * FROM total) AS c
                 ORDER BY word
                    ON CONFLICT (name) DO UPDATE SET frequency = EXCLUDED.frequency
                 WHERE itsm_article_term.frequency <> EXCLUDED.frequency
                """,
                COUNTED_FROM,
            )
        )
        self.env.invalidate_all()
