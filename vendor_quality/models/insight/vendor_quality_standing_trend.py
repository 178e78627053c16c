from odoo import api, models
from odoo.tools import SQL

from ...tools import ranking


class VendorQualityStanding(models.Model):
    """Whether the last score of a contract is better or worse than the one before."""

    _inherit = "vendor.quality.standing"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("form_id", "score", "is_rated")
    def _compute_score_change(self):
        self.flush_model()
        rows = self.env.execute_query(
            SQL("%s WHERE standing.id = ANY(%s)", self._query_change(), self.ids)
        )
        changes = {row_id: (change, direction) for row_id, change, direction in rows}
        for standing in self:
            change, direction = changes.get(standing.id, (0.0, "unknown"))
            standing.score_change = change or 0.0
            standing.direction = direction

    def _compute_direction_hint(self):
        counts = dict(
            self.env["vendor.quality.form"]
            # sudo: whoever reads a standing reads its scores.
            .sudo()
            ._read_group(
                [
                    ("contract_id", "in", self.contract_id.ids),
                    ("state", "=", "approved"),
                    ("is_rated", "=", True),
                ],
                ["contract_id"],
                ["__count"],
            )
        )
        for standing in self:
            count = counts.get(standing.contract_id, 0)
            if count < 2:
                standing.direction_hint = self.env._("%s score, no comparison", count)
            elif count < 2 * ranking.TREND_PERIODS:
                standing.direction_hint = self.env._("the last two of %s scores", count)
            else:
                standing.direction_hint = self.env._("%s scores", count)

    def _search_direction(self, operator, value):
        if operator != "in":
            return NotImplemented
        query = SQL(
            "(SELECT changed.id FROM (%s) AS changed(id, change, direction)"
            " WHERE direction = ANY(%s))",
            self._query_change(),
            list(value),
        )
        return [("id", "in", query)]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _query_change(self):
        """Select id, change and direction of every standing.

        Whoever reads a standing reads its scores, so forms are not asked for rights.
        SQL, because the form before the last one of each of 10,000 contracts is
        neither a group nor a search, and lists filter by the direction.
        """
        self.env["vendor.quality.form"].flush_model()
        return SQL(
            """
            SELECT standing.id,
                   CASE WHEN standing.is_rated THEN standing.score - before.score END,
                   CASE WHEN NOT standing.is_rated OR before.score IS NULL
                             THEN 'unknown'
                        WHEN standing.score - before.score >= %(points)s THEN 'rising'
                        WHEN standing.score - before.score <= -%(points)s
                             THEN 'falling'
                        ELSE 'steady' END
              FROM vendor_quality_standing standing
              LEFT JOIN LATERAL (
                   SELECT form.score
                     FROM vendor_quality_form form
                    WHERE form.contract_id = standing.contract_id
                      AND form.state = 'approved'
                      AND form.is_rated
                      AND form.date_end < standing.date_end
                    ORDER BY form.date_end DESC
                    LIMIT 1) before ON TRUE
            """,
            points=ranking.TREND_POINTS,
        )
