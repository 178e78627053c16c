from datetime import timedelta

from odoo import fields, models
from odoo.fields import Command

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_create

from .vendor_quality_improvement_plan import DUE_DAYS, LIVE_STATES


class VendorQualityForm(models.Model):
    """A poor grade opens an improvement plan; each form measures older ones."""

    _inherit = "vendor.quality.form"

    improvement_plan_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan", inverse_name="form_id"
    )
    improvement_plan_count = fields.Integer(
        string="Improvement Plans", compute="_compute_improvement_plan_count"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_improvement_plan_count(self):
        counts = dict(
            self.env["vendor.quality.improvement.plan"]._read_group(
                [("form_id", "in", self.ids)], ["form_id"], ["__count"]
            )
        )
        for form in self:
            form.improvement_plan_count = counts.get(form, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_improvement_plans(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_improvement_plan_action"
        )
        action["domain"] = [("form_id", "=", self.id)]
        action["context"] = {
            "default_form_id": self.id,
            "default_contract_id": self.contract_id.id,
        }
        return action

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _entered_approved(self, origins):
        result = super()._entered_approved(origins)
        actions = self.env["vendor.quality.improvement.plan"].search(
            [
                ("contract_id", "in", self.contract_id.ids),
                ("state", "in", LIVE_STATES),
            ]
        )
        actions._measure()
        by_contract = actions.grouped("contract_id")
        vals_list = [
            form._prepare_improvement_plan(targets)
            for form in self.filtered("gate_band_id.needs_action")
            if (
                targets := form._get_targets(
                    by_contract.get(form.contract_id, actions.browse())
                )
            )
        ]
        opened = server_create(actions, vals_list)
        opened._tell_vendor()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_targets(self, live):
        """Return the targets of the metrics that no live plan works on yet."""
        self.ensure_one()
        bounds = [
            band.lower_bound
            for band in self.template_id.band_ids
            if not band.needs_action
        ]
        goal = min(bounds, default=100.0) or 100.0
        lines = self.line_ids.filtered(lambda line: line.status != "exclude")
        poor = lines.filtered(
            lambda line: line.is_failed_critical or line.points < goal
        )
        return [
            {
                "metric_id": line.metric_id.id,
                "points_before": line.points,
                "minimum_points": goal,
                "target_points": goal,
            }
            for line in poor
            if line.metric_id not in live.target_ids.metric_id
        ]

    def _prepare_improvement_plan(self, targets):
        self.ensure_one()
        owner = self.contract_id.owner_id or self.collected_by_id
        return {
            "subject": self.env._(
                "Grade %(grade)s in %(form)s",
                grade=self.gate_band_id.grade,
                form=self.name,
            ),
            "contract_id": self.contract_id.id,
            "form_id": self.id,
            "owner_id": owner.id,
            "date_due": self.company_id._outsourcing_today() + timedelta(days=DUE_DAYS),
            "target_ids": [Command.create(target) for target in targets],
        }
