from odoo import api, fields, models

COPIED = (
    "partner_id",
    "currency_id",
    "fee_amount",
    "deduction_amount",
    "credited_amount",
    "to_credit_amount",
    "to_return_amount",
)


class VendorQualityDeductionApplyLine(models.TransientModel):
    """One quality form whose deductions are about to be taken off the bills."""

    _name = "vendor.quality.deduction.apply.line"
    _description = "Form in Apply Deductions"
    # Invoicing takes off what forms deduct, and is told of no more than that.
    _shown_links = ("form_id",)

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
        comodel_name="res.partner", string="Vendor", compute="_compute_figures"
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency", compute="_compute_figures"
    )
    fee_amount = fields.Monetary(string="Fee", compute="_compute_figures")
    deduction_amount = fields.Monetary(string="Deduction", compute="_compute_figures")
    credited_amount = fields.Monetary(
        string="Taken off Bills", compute="_compute_figures"
    )
    to_credit_amount = fields.Monetary(
        string="To Take off Now", compute="_compute_figures"
    )
    to_return_amount = fields.Monetary(
        string="Goes Back to the Vendor", compute="_compute_figures"
    )
    explanation = fields.Text(compute="_compute_figures")

    @api.depends("form_id")
    @api.depends_context("allowed_company_ids")
    def _compute_figures(self):
        """Show what accounting applies; of other forms it sees nothing."""
        for line in self:
            # sudo: accounting reads no forms.
            form = line.form_id.sudo()
            if form.state != "approved" or form.company_id not in self.env.companies:
                form = form.browse()
            for name in COPIED:
                line[name] = form[name]
            line.explanation = "\n".join(
                text
                for item in form.deduction_ids
                if item.kind != "retention" and (text := item.explanation)
            )
