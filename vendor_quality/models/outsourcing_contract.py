from odoo import fields, models


class OutsourcingContract(models.Model):
    """A contract whose service is inspected and scored."""

    _inherit = "outsourcing.contract"

    vendor_quality_template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        string="Quality Template",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', '=', 'active')]",
        help="How the service is scored. With a template, bills of the vendor need an "
        "approved quality form.",
    )
    vendor_quality_plan_ids = fields.One2many(
        comodel_name="vendor.quality.inspection.plan", inverse_name="contract_id"
    )
    vendor_quality_inspection_ids = fields.One2many(
        comodel_name="vendor.quality.inspection", inverse_name="contract_id"
    )
    vendor_quality_form_ids = fields.One2many(
        comodel_name="vendor.quality.form", inverse_name="contract_id"
    )
    vendor_quality_standing_ids = fields.One2many(
        comodel_name="vendor.quality.standing", inverse_name="contract_id"
    )
