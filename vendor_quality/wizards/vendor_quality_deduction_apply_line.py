from odoo import fields, models


class VendorQualityDeductionApplyLine(models.TransientModel):
    """One quality form whose deductions are about to be taken off the bills."""

    _name = "vendor.quality.deduction.apply.line"
    _description = "Form in Apply Deductions"

    wizard_id = fields.Many2one(
        comodel_name="vendor.quality.deduction.apply",
        required=True,
        index=True,
        ondelete="cascade",
    )
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form", required=True, readonly=True
    )
    partner_id = fields.Many2one(
        related="form_id.partner_id", string="Vendor", related_sudo=True
    )
    currency_id = fields.Many2one(related="form_id.currency_id", related_sudo=True)
    fee_amount = fields.Monetary(related="form_id.fee_amount", related_sudo=True)
    deduction_amount = fields.Monetary(
        related="form_id.deduction_amount", related_sudo=True
    )
    credited_amount = fields.Monetary(
        related="form_id.credited_amount", related_sudo=True
    )
    to_credit_amount = fields.Monetary(
        related="form_id.to_credit_amount", related_sudo=True
    )
    to_return_amount = fields.Monetary(
        related="form_id.to_return_amount", related_sudo=True
    )
    explanation = fields.Text(compute="_compute_explanation", compute_sudo=True)

    def _compute_explanation(self):
        for line in self:
            line.explanation = "\n".join(
                text
                for item in line.form_id.deduction_ids
                if item.kind != "retention" and (text := item.explanation)
            )
