from odoo import models


class OutsourcingContractMilestone(models.Model):
    """A milestone that counts, and is paid, in the period in which it is due."""

    _name = "outsourcing.contract.milestone"
    _inherit = ["outsourcing.contract.milestone", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"amount", "contract_id", "date_due", "state", "submitted_on"}
    )

    def _get_quality_days(self):
        """The first or the last milestone changes how all fees are proposed."""
        for milestone in self:
            contract = milestone.contract_id
            if contract.milestone_ids - self:
                yield contract, milestone.date_due, milestone.date_due
            else:
                yield contract, False, False
