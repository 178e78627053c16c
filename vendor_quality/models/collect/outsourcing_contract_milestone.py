from odoo import models

from ..base.vendor_quality_counted_mixin import lists_days


class OutsourcingContractMilestone(models.Model):
    """A milestone that counts, and is paid, in the period in which it is due."""

    _name = "outsourcing.contract.milestone"
    _inherit = ["outsourcing.contract.milestone", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"amount", "contract_id", "date_due", "state", "submitted_on"}
    )

    def _on_enter_accepted(self, origins):
        """Ask about deliveries whose period has its form already."""
        super()._on_enter_accepted(origins)
        # sudo: whoever accepts deliveries need not read forms.
        forms = self.env["vendor.quality.form"].sudo()
        for form in forms.search(
            [
                ("contract_id", "in", self.contract_id.ids),
                ("state", "in", ("review", "approved")),
                ("fee_basis", "=", "milestone"),
                ("date_start", "<=", max(self.mapped("date_due"))),
                ("date_end", ">=", min(self.mapped("date_due"))),
            ]
        ):
            late = self.filtered(
                lambda item, form=form: (
                    item.contract_id == form.contract_id
                    and item.amount
                    and form.date_start <= item.date_due <= form.date_end
                )
            )
            if late:
                form._ask_about_late_acceptance(late)

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
