from odoo import models


class VendorQualityFormLine(models.Model):
    """A line of the statistics may show what must improve."""

    _inherit = "vendor.quality.form.line"

    def action_new_improvement_plan(self):
        """Open a new plan about the metric of the line."""
        self.ensure_one()
        return self.env["vendor.quality.improvement.plan"]._open_new(
            self.contract_id,
            f"{self.metric_id.name}, {self.form_id.name}",
            metrics=self.metric_id,
            form_id=self.form_id.id,
        )
