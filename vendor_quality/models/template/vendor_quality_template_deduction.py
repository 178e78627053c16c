from odoo import fields, models


class VendorQualityTemplateDeduction(models.Model):
    """The share of the fee that a score costs, from a lower bound upwards."""

    _name = "vendor.quality.template.deduction"
    _description = "Deduction of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, lower_bound desc, id"

    _flow_parent = "template_id"
    _flow_parent_lines = "deduction_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    lower_bound = fields.Float(string="From Score", required=True, digits=(16, 2))
    rate = fields.Float(string="Deduction (%)", required=True, digits=(16, 2))

    _ranges = models.Constraint(
        "CHECK (lower_bound BETWEEN 0 AND 100 AND rate BETWEEN 0 AND 100)",
        "Score and deduction lie between 0 and 100.",
    )
    _bound_unique = models.UniqueIndex(
        "(template_id, lower_bound)", "Each row has its own lower bound."
    )
