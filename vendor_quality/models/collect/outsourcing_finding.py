from odoo import models


class OutsourcingFinding(models.Model):
    """A finding against the service, which may lead to an improvement plan.

    It counts in the period of its day once it is verified.
    """

    _name = "outsourcing.finding"
    _inherit = ["outsourcing.finding", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset({"contract_id", "date", "finding_type", "verified_on"})

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_new_improvement_plan(self):
        """Open a new plan about what was found."""
        self.ensure_one()
        self.check_access("read")
        return self.env["vendor.quality.improvement.plan"]._open_new(
            self.contract_id, self.subject, finding_id=self.id
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_quality_days(self):
        for finding in self.filtered("verified_on"):
            yield finding.contract_id, finding.date, finding.date
