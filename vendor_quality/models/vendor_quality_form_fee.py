from odoo import models

from ..tools import periods, scoring


class VendorQualityForm(models.Model):
    """The fee of a period: accepted milestones, or a share of the contract amount."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # FEE
    # ------------------------------------------------------------

    def _propose_fees(self):
        """Fill the fee of forms where nobody entered one."""
        open_forms = self.filtered(lambda form: form.fee_basis != "manual")
        milestones = self.env["outsourcing.contract.milestone"].search(
            [("contract_id", "in", open_forms.contract_id.ids)]
        )
        by_contract = milestones.grouped("contract_id")
        for form in open_forms:
            if form.fee_amount and not form.fee_basis:
                form.fee_basis = "manual"
            elif planned := by_contract.get(form.contract_id):
                accepted = planned.filtered(
                    lambda item, form=form: (
                        item.state == "accepted"
                        and form.date_start <= item.date_due <= form.date_end
                    )
                )
                form.write(
                    {
                        "fee_amount": sum(accepted.mapped("amount")),
                        "fee_basis": "milestone",
                    }
                )
            else:
                form.write(
                    {
                        "fee_amount": form._get_contract_share(),
                        "fee_basis": "contract",
                    }
                )

    def _get_contract_share(self):
        """Return the part of the contract amount that falls on the period."""
        self.ensure_one()
        contract = self.contract_id
        if not contract.date_start or not contract.date_end:
            return 0.0
        spans = list(
            periods.iterate_periods(
                contract.date_start, contract.date_end, self.template_id.period_type
            )
        )
        whole = periods.count_months(contract.date_start, contract.date_end)
        months = [periods.count_months(start, end) for start, end in spans]
        if not whole:
            return 0.0
        parts = scoring.allocate(
            contract.amount_total, months, self.currency_id.rounding
        )
        return float(
            sum(
                part
                for part, (start, end) in zip(parts, spans, strict=True)
                if self.date_start <= start and end <= self.date_end
            )
        )
