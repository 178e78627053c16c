from odoo import api, fields, models

from ..tools import periods, replay, scoring
from ..tools.span import Span

PERIODS = 3
CONTRACTS = 30
NO_RULES = {"min_coverage": 0, "critical_cap": 0, "bands": [], "deductions": []}


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
            trial.problem = metric.formula_hint or (
                reason and self.env._("The metric %s.", reason)
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _measure(self):
        """Fill the lines: each contract and each of the last periods."""
        self.ensure_one()
        spans = self._get_spans()
        metrics = self._get_metrics()
        figures = {}
        for metric in metrics:
            # The sources are counted whatever the acting user may read, as by the
            # collection; only totals are shown.
            collector = self.env["vendor.quality.collector"].sudo()
            figures[metric] = collector._collect_metric(metric, spans)
        scorer = replay.Scorer()
        rules = {metric: metric._get_rules() for metric in metrics}
        values = []
        for span in spans:
            lines = [
                self._make_line(metric, rules[metric], figures[metric].get(span.key))
                for metric in metrics
            ]
            _result, results = scorer.compute(
                {"template": NO_RULES, "fee": "0", "rounding": "0.01", "lines": lines}
            )
            at = metrics.ids.index(self.metric_id.id)
            values.append(self._prepare_line(span, lines[at], results[at]))
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
                utc_start, utc_end = periods.to_utc_range(start, end, zone)
                spans.append(
                    Span(
                        key=len(spans),
                        contract_id=contract.id,
                        date_start=start,
                        date_end=end,
                        utc_start=utc_start,
                        utc_end=utc_end,
                        entered=entered.get((contract.id, start), {}),
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

    def _make_line(self, metric, rules, figure):
        figure = figure or scoring.Figure()
        return {
            "code": metric.code,
            "weight": 1,
            "rules": rules,
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "sample": figure.sample,
            "carried": None,
            "disputed": False,
            "awarded": None,
            "evidence": figure.evidence,
        }

    def _prepare_line(self, span, line, result):
        measured = result["measured"]
        return {
            "trial_id": self.id,
            "contract_id": span.contract_id,
            "date_start": span.date_start,
            "date_end": span.date_end,
            "counted": (
                f"{line['numerator']:g} / {line['denominator']:g}"
                if line["denominator"] and not line["rules"]["formula"]
                else False
            ),
            "sample": line["sample"],
            "evidence_count": line["evidence"].get("count", 0),
            "is_measured": measured,
            "value": float(result["value"] or 0),
            "points": float(result["points"] or 0),
            "outcome": self._get_outcome(line, result),
        }

    def _get_outcome(self, line, result):
        """Say in words how the points came about."""
        rules = line["rules"]
        if result["failed_critical"]:
            return self.env._(
                "Under the critical minimum of %s", f"{rules['critical_minimum']:g}"
            )
        if result["measured"]:
            return self.env._("Measured")
        if rules["formula"]:
            return self.env._("A value of the formula is missing")
        if line["sample"]:
            return self.env._(
                "Too few: %(sample)s of %(minimum)s",
                sample=line["sample"],
                minimum=rules["min_sample"],
            )
        return self.env._("No data")
