from odoo import api, fields, models


class OutsourcingContract(models.Model):
    """What follows from the grades of a contract, and where it stands now."""

    _inherit = "outsourcing.contract"

    vendor_quality_improvement_plan_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan", inverse_name="contract_id"
    )
    vendor_quality_forecast_ids = fields.One2many(
        comodel_name="vendor.quality.forecast", inverse_name="contract_id"
    )
    vendor_quality_improvement_plan_count = fields.Integer(
        string="Improvement Plans",
        compute="_compute_vendor_quality_improvement_plan_count",
    )
    vendor_quality_no_warning = fields.Boolean(
        string="No Early Warnings by Mail",
        tracking=True,
        help="The vendor is not mailed when a grade is about to be lost. He still "
        "reads it in the portal.",
    )
    vendor_quality_forecast_text = fields.Text(
        string="Early Warning", compute="_compute_vendor_quality_state"
    )
    vendor_quality_blocked = fields.Char(
        string="Blocked", compute="_compute_vendor_quality_state"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_vendor_quality_improvement_plan_count(self):
        Action = self.env["vendor.quality.improvement.plan"]
        counts = {}
        if Action.has_access("read"):
            counts = dict(
                Action._read_group(
                    [
                        ("contract_id", "in", self.ids),
                        ("state", "in", ("open", "in_progress", "verify")),
                    ],
                    ["contract_id"],
                    ["__count"],
                )
            )
        for contract in self:
            contract.vendor_quality_improvement_plan_count = counts.get(contract, 0)

    @api.depends_context("uid", "lang")
    def _compute_vendor_quality_state(self):
        Standing = self.env["vendor.quality.standing"]
        Forecast = self.env["vendor.quality.forecast"]
        standings = forecasts = {}
        if Standing.has_access("read"):
            rows = Standing.search([("contract_id", "in", self.ids)])
            standings = rows.grouped("contract_id")
        if Forecast.has_access("read"):
            rows = Forecast.search([("contract_id", "in", self.ids)])
            forecasts = rows.grouped("contract_id")
        for contract in self:
            standing = standings.get(contract, Standing)
            contract.vendor_quality_blocked = standing._get_blocked_label()
            contract.vendor_quality_forecast_text = forecasts.get(
                contract, Forecast
            ).text

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_improvement_plans(self):
        return self._get_vendor_quality_action("vendor_quality_improvement_plan_action")

    def action_view_vendor_quality_forecast(self):
        return self._get_vendor_quality_action("vendor_quality_forecast_action")
