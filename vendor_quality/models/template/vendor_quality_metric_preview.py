from difflib import get_close_matches

from markupsafe import Markup

from odoo import api, models

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from ...tools import formula, preview

SOURCE_UNITS = {
    "inspection": "percent",
    "ticket_sla": "percent",
    "ticket_rating": "rating",
    "milestone": "percent",
    "finding": "count",
    "complaint": "count",
    "second_repair": "count",
    "contract_duty": "percent",
}


class VendorQualityMetric(models.Model):
    """What the editor of a metric shows before a template uses it.

    Points by value as a table and a line, what is wrong with a formula, what happens
    without data, and a trial on past months.
    """

    _inherit = "vendor.quality.metric"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("anchor_ids.value", "anchor_ids.points", "unit", "direction")
    @api.depends_context("lang")
    def _compute_anchor_preview(self):
        for metric in self:
            anchors = metric._get_anchors()
            reason = metric._get_cannot_use_reason().get(metric.id)
            metric.anchor_preview = Markup(
                self.env["ir.qweb"]._render(
                    "vendor_quality.metric_preview",
                    {
                        "reason": reason,
                        "metric": metric,
                        "unit": "%" if metric.unit == "percent" else "",
                        "rows": [] if reason else preview.get_examples(anchors),
                        "chart": None if reason else preview.get_chart(anchors),
                    },
                )
            )

    @api.depends("formula", "source", "code")
    @api.depends_context("lang")
    def _compute_formula_hint(self):
        for metric in self:
            metric.formula_hint = (
                metric._get_formula_hint() if metric.source == "formula" else ""
            )

    @api.depends(
        "missing_policy", "min_sample", "neutral_points", "carry_days", "source"
    )
    @api.depends_context("lang")
    def _compute_missing_hint(self):
        for metric in self:
            metric.missing_hint = metric._get_missing_hint()

    # ------------------------------------------------------------
    # ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.onchange("source")
    def _onchange_source(self):
        """Propose the unit that the source counts in."""
        if self.source in SOURCE_UNITS:
            self.unit = SOURCE_UNITS[self.source]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_try(self):
        """Measure the metric on the last three periods of the contracts."""
        check_one(self)
        self.check_access("read")
        trial = self.env["vendor.quality.metric.trial"].create({"metric_id": self.id})
        trial._measure()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Try on the Last 3 Periods"),
            "res_model": trial._name,
            "res_id": trial.id,
            "view_mode": "form",
            "target": "new",
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_formula_hint(self):
        """Say what keeps the formula from giving a value, or an empty string."""
        self.ensure_one()
        try:
            names = formula.Formula(self.formula).names
        except formula.FormulaError as error:
            return self._get_formula_message(*error.args)
        company = self.company_id._origin.id
        known = self.with_context(active_test=False).search(
            [
                ("company_id", "in", [False, company]),
                ("source", "!=", "formula"),
                ("id", "!=", self._origin.id),
            ]
        )
        codes = known.mapped("code")
        for name in sorted(names - set(codes)):
            close = get_close_matches(name, codes, n=1)
            if close:
                return self.env._(
                    '"%(name)s" is not the code of a measured metric. Did you mean '
                    '"%(close)s"?',
                    name=name,
                    close=close[0],
                )
            return self.env._(
                '"%(name)s" is not the code of a measured metric. The code stands on '
                "the form of each metric.",
                name=name,
            )
        return ""

    def _get_missing_hint(self):
        """Say in words what happens to a period with too little data."""
        self.ensure_one()
        messages = {
            "exclude": self.env._(
                "the metric is left out and the others count more. With too little "
                "left (the template's minimum coverage), the period is not rated."
            ),
            "zero": self.env._(
                "the metric gives 0 points, so the vendor loses its whole weight."
            ),
            "neutral": self.env._(
                "the metric gives %s points, whatever the vendor did.",
                f"{self.neutral_points:g}",
            ),
            "carry": self.env._(
                "the points of the last approved form count again, for at most %s "
                "days; after that the metric is left out.",
                self.carry_days,
            ),
        }
        if self.source == "manual":
            when = self.env._("When nobody entered a value")
        elif self.min_sample > 1:
            when = self.env._("With fewer than %s events", self.min_sample)
        else:
            when = self.env._("When nothing happened")
        return f"{when}: {messages.get(self.missing_policy, '')}"
