from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import search_words

MOST_QUERY_TERMS = 30
MOST_LETTERS = 300


class ItsmSearchedMixin(models.AbstractModel):
    """A ticket that is found by all that is written in it.

    Whoever reads a ticket finds it; by notes only employees, who read them.
    """

    _name = "itsm.searched.mixin"
    _description = "Searched by Words"

    search_text = fields.Char(
        string="All Text",
        compute="_compute_search_text",
        search="_search_search_text",
        help="Looks for words in number, subject, description, solution and messages.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_search_text(self):
        self.search_text = False

    @api.model
    def _search_search_text(self, operator, value):
        if operator not in ("ilike", "like") or not isinstance(value, str):
            return NotImplemented
        # PostgreSQL refuses the character NUL with an error of its own.
        value = value.replace("\0", "")
        terms = self._get_search_terms(value)
        if not terms:
            return Domain("subject", "ilike", value)
        # Whoever types the beginning of a word finds it, too.
        words = " & ".join(
            f"{search_words.quote_term(term)}{':*' if term.isascii() else ''}"
            for term in terms
        )
        column = "public_vector" if self.env.user.share else "desk_vector"

        def to_sql(model, alias, query):
            return SQL(
                "%s IN (SELECT ticket_id FROM itsm_ticket_text"
                " WHERE %s @@ %s::tsquery)",
                SQL.identifier(alias, "id"),
                SQL.identifier("itsm_ticket_text", column),
                words,
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _get_search_terms(self, text):
        """Return the different words that all have to be there."""
        text = text[:MOST_LETTERS]
        # sudo: how a word is reduced is asked of the model of articles
        articles = self.env["itsm.article"].sudo()
        stems = articles._get_stems(search_words.find_words(text))
        terms = search_words.make_terms(text, stems)
        return list(dict.fromkeys(terms))[:MOST_QUERY_TERMS]
