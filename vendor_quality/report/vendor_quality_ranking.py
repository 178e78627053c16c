from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ..tools import ranking


class VendorQualityRanking(models.Model):
    """Vendors of a company side by side, from their approved forms.

    One row per vendor and company over the last twelve months, or the period in
    the context (``vendor_quality_months``, or ``vendor_quality_date_from`` and
    ``vendor_quality_date_to``). Superseded forms do not count. Vendors with few
    rated periods are listed without a rank. The arithmetic is explained in
    ``tools/ranking.py``; it is SQL, because a list sorts and filters the vendors by
    their rank ("rank" in ``tests/bench``). Read by officers, finance and auditors;
    nobody writes it.
    """

    _name = "vendor.quality.ranking"
    _description = "Vendor Ranking"
    _auto = False
    _order = "company_id, rank, ranking_score desc, id"
    _rec_name = "partner_id"
    _depends = {
        "vendor.quality.form": [
            "commercial_partner_id",
            "company_id",
            "coverage",
            "currency_rate",
            "date_end",
            "deduction_amount",
            "fee_amount",
            "is_rated",
            "score",
            "state",
            "template_id",
        ],
        "res.company": ["currency_id"],
    }

    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Vendor", readonly=True
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(comodel_name="res.currency", readonly=True)
    rank = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Place among the vendors of the company by ranking score. Vendors with "
        "fewer than three rated periods have none: a place won by luck says nothing.",
    )
    is_few = fields.Boolean(
        string="Few Data",
        readonly=True,
        help="Fewer than three rated periods: listed, but not ranked.",
    )
    is_mixed = fields.Boolean(
        string="Several Versions",
        readonly=True,
        help="The scores come from several templates or versions of a template, which "
        "measure by different rules. Compare with care.",
    )
    form_count = fields.Integer(string="Approved Forms", readonly=True)
    rated_count = fields.Integer(
        string="Rated Periods",
        readonly=True,
        help="Approved forms with enough data for a score. Only these count.",
    )
    score = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Mean of the rated periods. A period weighs by its fee, in the company's "
        "currency at the rate of its last day, and half as much for every six months "
        "of age. Where no period has a fee, by age alone.",
    )
    score_low = fields.Float(
        string="Low (95 %)",
        digits=(16, 2),
        readonly=True,
        aggregator=None,
        help="Lower end of the 95 % interval of the score: score ± t x s ÷ √m. m is "
        "the effective number of periods (Kish), s pools the spread of the vendor's "
        "scores with that of all vendors (moderated variance, Smyth), t is Student's. "
        "Vendors whose intervals overlap are not clearly apart.",
    )
    score_high = fields.Float(
        string="High (95 %)",
        digits=(16, 2),
        readonly=True,
        aggregator=None,
        help="Upper end of the 95 % interval of the score.",
    )
    ranking_score = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="(n x score + 3 x mean) ÷ (n + 3), with n rated periods and the mean of "
        "all rated periods of the company: with few periods a vendor stays near the "
        "mean. It only orders vendors. Grades, gate and deductions use the score of "
        "each form.",
    )
    trend = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Mean score of the last three months with a score, less that of the "
        "three before. Empty with fewer than six.",
    )
    trend_direction = fields.Selection(
        selection=[
            ("rising", "Rising"),
            ("steady", "Steady"),
            ("falling", "Falling"),
            ("unknown", "No trend yet"),
        ],
        string="Direction",
        readonly=True,
        help="Rising and falling mean a change of at least two points.",
    )
    coverage = fields.Float(
        string="Coverage (%)",
        digits=(16, 2),
        readonly=True,
        aggregator="avg",
        help="Mean share of the weight that could be measured, of all approved forms.",
    )
    fee_amount = fields.Monetary(
        string="Fees",
        readonly=True,
        help="Untaxed fees of the approved forms, in the company's currency at the "
        "rate of the last day of each period.",
    )
    deduction_amount = fields.Monetary(
        string="Deductions",
        readonly=True,
        help="What was deducted by the approved forms, in the company's currency.",
    )
    date_end = fields.Date(string="Last Period To", readonly=True)

    rank_hint = fields.Char(
        string="What Is Missing",
        compute="_compute_rank_hint",
        help="What a vendor without a rank, or without a trend, still needs.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("rated_count", "trend_direction")
    def _compute_rank_hint(self):
        least = 2 * ranking.TREND_PERIODS
        for row in self:
            missing = ranking.MIN_PERIODS - row.rated_count
            if missing > 0:
                row.rank_hint = self.env._(
                    "%(missing)s more rated periods for a rank (%(count)s of "
                    "%(least)s)",
                    missing=missing,
                    count=row.rated_count,
                    least=ranking.MIN_PERIODS,
                )
            elif row.trend_direction == "unknown":
                row.rank_hint = self.env._(
                    "trend from %(least)s months with a score on (%(count)s so far)",
                    least=least,
                    count=row.rated_count,
                )
            else:
                row.rank_hint = False

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_forms(self):
        """Open the approved forms that made the row."""
        check_one(self)
        date_from, date_to = self._get_period()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_form_action"
        )
        return {
            **action,
            "name": self.env._("Forms of %s", self.partner_id.name),
            "domain": [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "approved"),
                ("date_end", ">=", date_from),
                ("date_end", "<=", date_to),
            ],
            "context": {"create": False},
        }

    # ------------------------------------------------------------
    # QUERY
    # ------------------------------------------------------------

    @api.model
    def _get_period(self):
        """Return the first and last day on which a period may end to count."""
        context = self.env.context
        try:
            date_to = fields.Date.to_date(context.get("vendor_quality_date_to"))
            date_from = fields.Date.to_date(context.get("vendor_quality_date_from"))
            months = int(context.get("vendor_quality_months") or ranking.MONTHS)
            months = min(max(months, 1), ranking.MAX_MONTHS)
            date_to = date_to or self.env.company._outsourcing_today()
            date_from = date_from or date_to - relativedelta(months=months, days=-1)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._(
                    "The period of the ranking is not valid. Choose one with the "
                    "filters."
                )
            ) from error
        return date_from, date_to

    @property
    def _table_query(self):
        date_from, date_to = self._get_period()
        return SQL(
            "WITH %(form)s, %(vendor)s, %(scored)s %(rows)s",
            form=self._query_form(date_from, date_to),
            vendor=self._query_vendor(),
            scored=self._query_scored(),
            rows=self._query_rows(),
        )

    def _query_form(self, date_from, date_to):
        """Approved forms: score, fee in the company's currency, age.

        ``place`` numbers the months of a vendor with a score, from the last one.
        """
        return SQL(
            """
            rated AS (
                SELECT form.id, form.company_id, form.template_id, form.date_end,
                       form.commercial_partner_id AS partner_id,
                       form.coverage::float8 AS coverage,
                       CASE WHEN form.is_rated THEN form.score::float8 END AS score,
                       form.fee_amount::float8
                           * COALESCE(form.currency_rate, 1) AS fee,
                       form.deduction_amount::float8
                           * COALESCE(form.currency_rate, 1) AS deduction,
                       POWER(%(recency)s::float8, %(last_month)s
                           - DATE_PART('year', form.date_end) * 12
                           - DATE_PART('month', form.date_end)) AS recency
                  FROM vendor_quality_form form
                 WHERE form.state = 'approved'
                   AND form.commercial_partner_id IS NOT NULL
                   AND form.date_end BETWEEN %(date_from)s AND %(date_to)s
            ),
            form AS (
                SELECT *, DENSE_RANK() OVER (
                       PARTITION BY company_id, partner_id, score IS NULL
                       ORDER BY recency DESC) AS place
                  FROM rated
            )
            """,
            recency=ranking.RECENCY,
            last_month=date_to.year * 12 + date_to.month,
            date_from=date_from,
            date_to=date_to,
        )

    def _query_vendor(self):
        """Sums by vendor; ``w`` weighs by fee and recency, ``r`` by recency alone."""
        return SQL(
            """
            vendor AS (
                SELECT form.company_id, form.partner_id, MIN(form.id) AS id,
                       COUNT(*) AS form_count, COUNT(form.score) AS rated_count,
                       MIN(form.template_id) != MAX(form.template_id) AS is_mixed,
                       AVG(form.coverage) AS coverage, SUM(form.fee) AS fee,
                       SUM(form.deduction) AS deduction, MAX(form.date_end) AS date_end,
                       AVG(form.score) AS plain,
                       COALESCE(VAR_POP(form.score), 0) * COUNT(form.score) AS squares,
                       SUM(form.fee * recency) FILTER (WHERE score IS NOT NULL) AS w,
                       SUM((form.fee * recency) ^ 2)
                           FILTER (WHERE score IS NOT NULL) AS ww,
                       SUM(form.fee * recency * score) AS ws,
                       SUM(recency) FILTER (WHERE score IS NOT NULL) AS r,
                       SUM(recency ^ 2) FILTER (WHERE score IS NOT NULL) AS rr,
                       SUM(recency * score) AS rs,
                       CASE WHEN MAX(place) FILTER (WHERE score IS NOT NULL)
                                 >= 2 * %(last)s THEN
                           AVG(score) FILTER (WHERE place <= %(last)s)
                           - AVG(score) FILTER (
                               WHERE place > %(last)s AND place <= 2 * %(last)s)
                       END AS trend
                  FROM form
                 GROUP BY form.company_id, form.partner_id
            )
            """,
            last=ranking.TREND_PERIODS,
        )

    def _query_scored(self):
        """Score, reach of its interval and ranking score.

        ``mean`` and ``spread`` are of all rated periods of the company, the spread
        within vendors.
        """
        return SQL(
            """
            overall AS (
                SELECT *, rated_count < %(minimum)s AS is_few,
                       CASE WHEN w > 0 THEN ws / w ELSE rs / r END AS score,
                       CASE WHEN w > 0 THEN w ^ 2 / ww ELSE r ^ 2 / rr END AS effective,
                       SUM(plain * rated_count) OVER company
                           / NULLIF(SUM(rated_count) OVER company, 0) AS mean,
                       SUM(squares) OVER company / NULLIF(
                           SUM(GREATEST(rated_count - 1, 0)) OVER company, 0) AS spread
                  FROM vendor
                WINDOW company AS (PARTITION BY company_id)
            ),
            scored AS (
                SELECT *,
                       %(table)s[LEAST(rated_count - 1 + %(prior)s, %(size)s)]
                           * SQRT((squares + %(prior)s * spread)
                               / (rated_count - 1 + %(prior)s) / effective) AS reach,
                       (rated_count * score + %(prior)s * mean)
                           / (rated_count + %(prior)s) AS ranking_score
                  FROM overall
            )
            """,
            minimum=ranking.MIN_PERIODS,
            prior=ranking.PRIOR,
            table=SQL("(%s::float8[])", list(ranking.T_TABLE)),
            size=len(ranking.T_TABLE),
        )

    def _query_rows(self):
        return SQL(
            """
            SELECT scored.id, scored.company_id, scored.partner_id, company.currency_id,
                   CASE WHEN NOT is_few THEN RANK() OVER (
                       PARTITION BY scored.company_id, is_few
                       ORDER BY ROUND(ranking_score::numeric, 2) DESC) END AS rank,
                   is_few, is_mixed, form_count, rated_count,
                   ROUND(score::numeric, 2) AS score,
                   ROUND(ranking_score::numeric, 2) AS ranking_score,
                   ROUND(GREATEST(score - reach, 0)::numeric, 2) AS score_low,
                   ROUND(LEAST(score + reach, 100)::numeric, 2) AS score_high,
                   ROUND(trend::numeric, 2) AS trend,
                   CASE WHEN trend IS NULL THEN 'unknown'
                        WHEN trend >= %(points)s THEN 'rising'
                        WHEN trend <= -%(points)s THEN 'falling'
                        ELSE 'steady' END AS trend_direction,
                   ROUND(coverage::numeric, 2) AS coverage,
                   fee AS fee_amount, deduction AS deduction_amount,
                   scored.date_end
              FROM scored
              JOIN res_company company ON company.id = scored.company_id
            """,
            points=ranking.TREND_POINTS,
        )
