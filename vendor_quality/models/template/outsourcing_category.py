from odoo import fields, models


class OutsourcingCategory(models.Model):
    """A kind of service with the way in which it is usually scored."""

    _inherit = "outsourcing.category"

    vendor_quality_template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        string="Quality Template",
        check_company=True,
        ondelete="set null",
        domain="[('state', '=', 'active')]",
        help="Proposed for contracts that buy the service product of the category.",
    )
