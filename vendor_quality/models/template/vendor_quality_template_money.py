from odoo import fields, models


class VendorQualityTemplate(models.Model):
    """What a template version takes from the fee besides its deduction table."""

    _inherit = "vendor.quality.template"

    # At risk
    at_risk_rate = fields.Float(
        string="Fee at Risk (%)",
        digits=(16, 2),
        default=100.0,
        help="The most that deductions, service credits and fines of one period may "
        "take from its fee, and the pool of which service credits are shares.",
    )
    annual_cap_rate = fields.Float(
        string="Annual Cap (%)",
        digits=(16, 2),
        help="The most that a contract year may lose in all, as a share of the fees "
        "of that year. 0: no annual cap. A retention is not lost and does not count.",
    )
    credit_ids = fields.One2many(
        comodel_name="vendor.quality.template.credit",
        inverse_name="template_id",
        string="Service Credits",
        copy=True,
    )

    # Late fines
    late_fine_rate = fields.Float(
        string="Late Fine per Day (%)",
        digits=(16, 4),
        help="Share of the amount of a milestone that each calendar day of delay "
        "costs. The fine falls in the period in which the milestone was delivered. "
        "0: no fine.",
    )
    late_fine_cap = fields.Float(
        string="Late Fine at Most (%)",
        digits=(16, 2),
        help="The most that the delay of one milestone costs, as a share of its "
        "amount.",
    )

    # Retention
    retention_rate = fields.Float(
        string="Retention (%)",
        digits=(16, 2),
        help="Share of what is left after the deductions that is paid later. The "
        "vendor does not lose it. 0: everything is paid at once.",
    )
    retention_release = fields.Selection(
        selection=[
            ("days", "Days after the period"),
            ("contract_end", "End of the contract"),
        ],
        string="Retention Is Due",
        default="days",
        help="From when on quality finance may release the retention.",
    )
    retention_days = fields.Integer(
        string="Retention Days",
        help="Calendar days from the last day of the period to the release.",
    )

    _money_ranges = models.Constraint(
        "CHECK (COALESCE(at_risk_rate, 100) BETWEEN 0 AND 100 "
        "AND COALESCE(annual_cap_rate, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(late_fine_rate, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(late_fine_cap, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(retention_rate, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(retention_days, 0) >= 0)",
        "Rates lie between 0 and 100 %, days are not negative.",
    )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _get_incomplete_reason(self):
        return super()._get_incomplete_reason() or self._get_money_reason()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _has_money_rules(self):
        """Whether more than the deduction table takes from the fee."""
        self.ensure_one()
        return bool(
            self.at_risk_rate != 100
            or self.annual_cap_rate
            or self.late_fine_rate
            or self.retention_rate
            or self.credit_ids
        )

    def _get_money_reason(self):
        """Say which money rule does not work before the version is in force."""
        self.ensure_one()
        missing = self.credit_ids.metric_id - self.line_ids.metric_id
        if missing:
            return self.env._(
                "a service credit follows %(metrics)s, which the template does not "
                "measure. Add the metric or remove the credit.",
                metrics=", ".join(missing.mapped("display_name")),
            )
        if self.credit_ids and not self.at_risk_rate:
            return self.env._(
                "service credits are shares of the fee at risk, which is 0 %%. Enter "
                "the share of the fee at risk."
            )
        if self.late_fine_rate and not self.late_fine_cap:
            return self.env._(
                "a late fine needs a limit: enter the most that one milestone costs."
            )
        if self.late_fine_rate > self.late_fine_cap:
            return self.env._("the late fine of one day is above its own limit.")
        if self.retention_rate and not self.retention_release:
            return self.env._("say from when on the retention is released.")
        return ""

    def _get_money_document(self):
        """Return the money rules as plain JSON data, as forms freeze them."""
        self.ensure_one()
        return {
            "at_risk_rate": self.at_risk_rate,
            "annual_cap_rate": self.annual_cap_rate,
            "late_fine_rate": self.late_fine_rate,
            "late_fine_cap": self.late_fine_cap,
            "retention_rate": self.retention_rate,
            "retention_release": self.retention_release or "days",
            "retention_days": self.retention_days,
            "credits": [
                credit._get_document()
                for credit in self.credit_ids.sorted(lambda item: item.metric_id.code)
            ],
        }
