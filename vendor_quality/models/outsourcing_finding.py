from odoo import models


class OutsourcingFinding(models.Model):
    """A finding against the service may lead to an improvement plan."""

    _inherit = "outsourcing.finding"

    def action_new_improvement_plan(self):
        """Open a new plan about what was found."""
        self.ensure_one()
        return self.env["vendor.quality.action"]._open_new(
            self.contract_id, self.subject, finding_id=self.id
        )
