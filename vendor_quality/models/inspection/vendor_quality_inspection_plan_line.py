from odoo import fields, models


class VendorQualityInspectionPlanLine(models.Model):
    """One item of a plan's checklist."""

    _name = "vendor.quality.inspection.plan.line"
    _description = "Checklist Item of an Inspection Plan"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one(
        comodel_name="vendor.quality.inspection.plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="What Is Checked", required=True)
    photo_required = fields.Boolean(
        help="The item cannot be passed or failed without a photo.",
    )
