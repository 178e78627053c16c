from odoo import models

from ..base.vendor_quality_counted_mixin import lists_days


class OutsourcingContractMilestone(models.Model):
    """A milestone that counts, and is paid, in the period in which it is due."""

    _name = "outsourcing.contract.milestone"
    _inherit = ["outsourcing.contract.milestone", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"amount", "contract_id", "date_due", "state", "submitted_on"}
    )

    @lists_days
    def _compute_amount(self):
        return super()._compute_amount()

    def _get_quality_days(self):
        """The first or the last one with money changes how all fees are proposed."""
        for milestone in self:
            contract = milestone.contract_id
            others = contract.milestone_ids - self
            if milestone.amount and not any(others.mapped("amount")):
                yield contract, False, False
            else:
                yield contract, milestone.date_due, milestone.date_due
