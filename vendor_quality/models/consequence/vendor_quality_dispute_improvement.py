from odoo import models


class VendorQualityDispute(models.Model):
    """A dispute may show what must improve."""

    _inherit = "vendor.quality.dispute"

    def action_new_improvement_plan(self):
        """Open a new plan about the metric in dispute."""
        self.ensure_one()
        return self.env["vendor.quality.improvement.plan"]._open_new(
            self.contract_id,
            self.display_name,
            metrics=self.metric_id,
            dispute_id=self.id,
            form_id=self.form_id.id,
        )
