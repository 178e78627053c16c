from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...tools.one_record import check_one
from .itsm_kpi import UNITS
from .itsm_kpi_fact_mixin import get_group_value


class ItsmKpiBoard(models.Model):
    """Figures of a month beside their targets: of the company and of each team.

    Made of the facts of days and teams when it is read. Shares and means come with the
    bounds between which the true value lies in 95 of 100 cases: a team with three
    ratings is not better than one with thirty because of one of them.

    Read by supervisors, managers and quality; no person is named.
    """

    _name = "itsm.kpi.board"
    _description = "KPI Board"
    _auto = False
    _order = "month desc, sequence, kpi_id, team_id"
    _rec_name = "kpi_id"
    _depends = {
        "itsm.kpi": ["direction", "sequence", "unit"],
        "itsm.kpi.team.day": [
            "company_id",
            "day",
            "denominator",
            "kind",
            "kpi_id",
            "numerator",
            "sample",
            "scale",
            "squares",
            "team_id",
        ],
        "itsm.kpi.target": [
            "company_id",
            "date_from",
            "date_to",
            "kpi_id",
            "service_id",
            "team_id",
            "user_id",
            "value",
        ],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    month = fields.Date(readonly=True)
    month_name = fields.Char(string="Month Name", compute="_compute_month_name")
    kpi_id = fields.Many2one(comodel_name="itsm.kpi", string="KPI", readonly=True)
    sequence = fields.Integer(readonly=True, aggregator=None)
    unit = fields.Selection(selection=UNITS, readonly=True)
    team_id = fields.Many2one(
        comodel_name="itsm.team", readonly=True, help="Empty: the whole company."
    )
    is_company = fields.Boolean(string="Whole Company", readonly=True)
    value = fields.Float(readonly=True, aggregator="avg", digits=(16, 2))
    low = fields.Float(
        string="Lower Bound", readonly=True, aggregator=None, digits=(16, 2)
    )
    high = fields.Float(
        string="Upper Bound", readonly=True, aggregator=None, digits=(16, 2)
    )
    previous = fields.Float(
        string="Month Before", readonly=True, aggregator=None, digits=(16, 2)
    )
    sample = fields.Integer(
        readonly=True,
        aggregator=None,
        help="How many tickets, clocks or ratings were counted.",
    )
    target = fields.Float(readonly=True, aggregator=None, digits=(16, 2))
    status = fields.Selection(
        selection=[
            ("met", "Target Met"),
            ("missed", "Target Missed"),
            ("none", "No Target"),
        ],
        readonly=True,
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_name(self):
        for row in self:
            row.month_name = row.month and format_date(
                self.env, row.month, date_format=self.env._("MMMM y")
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _read_group_select(self, aggregate_spec, query):
        """A group of several figures or months has no figure."""
        if aggregate_spec != "value:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "CASE WHEN count(*) = 1 THEN max(%s) END",
            self._field_to_sql(self._table, "value", query),
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_days(self):
        """Open the facts that the figure is made of."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_kpi_day_action"
        )
        domain = [
            ("kpi_id", "=", self.kpi_id.id),
            ("company_id", "=", self.company_id.id),
            ("day", ">=", self.month),
            ("day", "<", fields.Date.add(self.month, months=1)),
        ]
        if self.team_id:
            domain.append(("team_id", "=", self.team_id.id))
        return {**action, "domain": domain, "context": {"graph_mode": "line"}}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT figure.*, kpi.sequence, kpi.unit, goal.value AS target,
                   CASE WHEN goal.value IS NULL THEN 'none'
                        WHEN kpi.direction = 'higher' AND figure.value >= goal.value
                          OR kpi.direction = 'lower' AND figure.value <= goal.value
                        THEN 'met' ELSE 'missed' END AS status
              FROM (%(figures)s) AS figure
              JOIN itsm_kpi AS kpi ON kpi.id = figure.kpi_id
              LEFT JOIN LATERAL (
                    SELECT value FROM itsm_kpi_target AS target
                     WHERE target.kpi_id = figure.kpi_id
                       AND target.company_id = figure.company_id
                       AND target.user_id IS NULL AND target.service_id IS NULL
                       AND (target.team_id IS NULL OR target.team_id = figure.team_id)
                       AND target.date_from < figure.month + interval '1 month'
                       AND (target.date_to IS NULL OR target.date_to >= figure.month)
                     ORDER BY target.team_id IS NULL, target.date_from DESC LIMIT 1
                   ) AS goal ON TRUE
            """,
            figures=self._get_figures(),
        )

    @api.model
    def _get_figures(self):
        """Return the query of the months, with the month before and the bounds."""
        value = get_group_value(
            **{
                name: SQL.identifier("fact", name)
                for name in (
                    "kpi_id",
                    "kind",
                    "scale",
                    "numerator",
                    "denominator",
                    "day",
                )
            }
        )
        return SQL(
            """
            SELECT figure.id, figure.company_id, figure.kpi_id, figure.month,
                   figure.team_id, figure.is_company, figure.value, figure.sample,
                   lag(figure.value) OVER (
                       PARTITION BY figure.company_id, figure.kpi_id, figure.team_id,
                                    figure.is_company ORDER BY figure.month
                   ) AS previous,
                   %(low)s AS low, %(high)s AS high
              FROM (
                SELECT 2 * min(fact.id) + grouping(fact.team_id) AS id,
                       fact.company_id, fact.kpi_id,
                       date_trunc('month', fact.day)::date AS month, fact.team_id,
                       grouping(fact.team_id) = 1 AS is_company,
                       %(value)s AS value, sum(fact.sample)::int AS sample,
                       max(fact.kind) AS kind, max(fact.scale) AS scale,
                       sum(fact.numerator) AS numerator,
                       NULLIF(sum(fact.denominator), 0) AS denominator,
                       sum(fact.squares) AS squares
                  FROM itsm_kpi_team_day AS fact
                 GROUP BY fact.company_id, fact.kpi_id, 4,
                       GROUPING SETS ((fact.team_id), ())
                HAVING grouping(fact.team_id) = 1 OR fact.team_id IS NOT NULL
              ) AS figure
            """,
            value=value,
            low=_get_bound(-1),
            high=_get_bound(1),
        )


def _get_bound(sign):
    """Return the expression of a bound of the 95 % interval; none of plain counts.

    Of a share the bound of Wilson, which stays between 0 and 100; of a mean that of the
    normal distribution.
    """
    return SQL(
        """
        CASE WHEN figure.kind <> 'ratio' OR figure.denominator IS NULL THEN NULL
             WHEN figure.scale = 100 THEN greatest(0, least(100, 100 * (
                    figure.numerator / figure.denominator
                    + 1.9208 / figure.denominator
                    + %(sign)s * 1.96 * sqrt(greatest(0,
                        figure.numerator / figure.denominator
                        * (1 - figure.numerator / figure.denominator)
                        + 0.9604 / figure.denominator) / figure.denominator)
                  ) / (1 + 3.8416 / figure.denominator)))
             ELSE figure.numerator / figure.denominator
                  + %(sign)s * 1.96 * sqrt(greatest(0,
                        figure.squares / figure.denominator
                        - (figure.numerator / figure.denominator) ^ 2
                    ) / figure.denominator)
        END
        """,
        sign=sign,
    )
