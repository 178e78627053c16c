from odoo import api, fields, models

from ..tools import periods, replay, scoring
from ..tools.span import Span

PERIODS = 3
CONTRACTS = 30


class VendorQualityMetricTrial(models.TransientModel):
    """Measures one metric on the last periods, before a template uses it.

    Nothing is kept: value, points and number of events of each contract are
    shown as the collection of a form would freeze them now.
    """

    _name = "vendor.quality.metric.trial"
    _description = "Trial of a Quality Metric"

    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric", required=True, readonly=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company", default=lambda self: self.env.company
    )
    missing_hint = fields.Char(related="metric_id.missing_hint")
    problem = fields.Char(compute="_compute_problem")
    line_ids = fields.One2many(
        comodel_name="vendor.quality.metric.trial.line",
        inverse_name="trial_id",
        readonly=True,
    )
    measured_count = fields.Integer(readonly=True)
    has_more = fields.Boolean(readonly=True)

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("metric_id")
    @api.depends_context("lang")
    def _compute_problem(self):
        """Say what keeps the metric from giving points at all."""
        for trial in self:
            metric = trial.metric_id
            reason = metric._get_cannot_use_reason().get(metric.id)
            trial.problem = metric.formula_hint or reason

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _measure(self):
        """Fill the lines: each contract and each of the last periods."""
        self.ensure_one()
        spans = self._get_spans()
        # sudo: sources are counted for everybody alike, as by a form; only totals.
        collector = self.env["vendor.quality.collector"].sudo()
        metrics = self._get_metrics()
        rules = {metric: metric._get_rules() for metric in metrics}
        figures = {
            metric: collector._collect_metric(metric, spans) for metric in metrics
        }
        scorer = replay.Scorer()
        values = []
        for span in spans:
            results = scorer.compute_lines(
                [
                    replay.make_line(
                        metric.code, 1, rules[metric], figures[metric].get(span.key)
                    )
                    for metric in metrics
                ]
            )
            result = results[metrics.ids.index(self.metric_id.id)]
            figure = figures[self.metric_id].get(span.key, scoring.Figure())
            values.append(self._prepare_line(span, figure, result))
        self.env["vendor.quality.metric.trial.line"].create(values)
        self.measured_count = sum(item["is_measured"] for item in values)

    def _get_metrics(self):
        """Return the metric, and those that its formula reads."""
        metric = self.metric_id
        if metric.source != "formula":
            return metric
        named = metric.search(
            [
                ("code", "in", sorted(metric._compile_formula().names)),
                ("source", "!=", "formula"),
                ("company_id", "in", [False, self.company_id.id]),
            ]
        )
        return named | metric

    def _get_spans(self):
        """Return the last ended months of the newest contracts with a template."""
        contracts = self.env["outsourcing.contract"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("vendor_quality_template_id", "!=", False),
                ("signed_date", "!=", False),
            ],
            order="date_start desc, id desc",
            limit=CONTRACTS + 1,
        )
        self.has_more = len(contracts) > CONTRACTS
        entered = self._get_entered(contracts)
        zone = self.company_id._outsourcing_zone().zone
        spans = []
        for contract in contracts[:CONTRACTS]:
            for start, end in self._get_months(contract):
                spans.append(
                    Span.of_days(
                        len(spans),
                        contract.id,
                        start,
                        end,
                        zone,
                        entered.get((contract.id, start)),
                    )
                )
        return spans

    def _get_months(self, contract):
        """Return the last ended months that lie in the contract, newest first."""
        day = self.company_id._outsourcing_today()
        months = []
        for _index in range(PERIODS):
            start, end = periods.get_previous_period(day)
            day = start
            first = max(start, contract.date_start or start)
            last = min(end, contract.termination_date or contract.date_end or end)
            if first <= last:
                months.append((first, last))
        return months

    def _get_entered(self, contracts):
        """Return the values that officers entered on forms, by contract and day."""
        lines = self.env["vendor.quality.form.line"].search(
            [
                ("contract_id", "in", contracts.ids),
                ("manual_note", "!=", False),
                ("form_id.state", "not in", ("superseded", "cancelled")),
            ]
        )
        entered = {}
        for line in lines:
            key = (line.contract_id.id, line.form_id.date_start)
            values = entered.setdefault(key, {})
            values[line.metric_id.id] = (line.manual_value, line.manual_note)
        return entered

    def _prepare_line(self, span, figure, result):
        is_counted = figure.denominator and self.metric_id.source != "formula"
        return {
            "trial_id": self.id,
            "contract_id": span.contract_id,
            "date_start": span.date_start,
            "date_end": span.date_end,
            "counted": (
                f"{figure.numerator:g} / {figure.denominator:g}"
                if is_counted
                else False
            ),
            "sample": figure.sample,
            "evidence_count": figure.evidence.get("count", 0),
            "is_measured": result["measured"],
            "value": float(result["value"] or 0),
            "points": float(result["points"] or 0),
            "outcome": self._get_outcome(figure, result),
        }

    def _get_outcome(self, figure, result):
        """Say in words how the points came about."""
        metric = self.metric_id
        if result["failed_critical"]:
            return self.env._(
                "Under the critical minimum of %s", f"{metric.critical_minimum:g}"
            )
        if result["measured"]:
            return self.env._("Measured")
        if metric.source == "formula":
            return self.env._("A value of the formula is missing")
        if figure.sample:
            return self.env._(
                "Too few: %(sample)s of %(minimum)s",
                sample=figure.sample,
                minimum=metric.min_sample,
            )
        return self.env._("No data")


class VendorQualityMetricTrialLine(models.TransientModel):
    """One contract and period of a metric's trial."""

    _name = "vendor.quality.metric.trial.line"
    _description = "Trial of a Quality Metric: Period"
    _order = "trial_id, is_measured desc, contract_id, date_start desc"

    trial_id = fields.Many2one(
        comodel_name="vendor.quality.metric.trial",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    contract_id = fields.Many2one(comodel_name="outsourcing.contract", readonly=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", related_sudo=False, string="Vendor"
    )
    date_start = fields.Date(string="Period From", readonly=True)
    date_end = fields.Date(string="Period To", readonly=True)
    counted = fields.Char(
        readonly=True, help="Numerator and denominator: what was good, of what counts."
    )
    sample = fields.Integer(
        string="Number of Events",
        readonly=True,
        help="Compared with the minimum sample.",
    )
    evidence_count = fields.Integer(
        string="Records", readonly=True, help="Records behind the count."
    )
    is_measured = fields.Boolean(readonly=True)
    value = fields.Float(readonly=True, digits=(16, 2))
    points = fields.Float(readonly=True, digits=(16, 2))
    outcome = fields.Char(readonly=True)
