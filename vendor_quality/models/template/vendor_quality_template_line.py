from odoo import api, fields, models


class VendorQualityTemplateLine(models.Model):
    """The weight of one metric in one template version."""

    _name = "vendor.quality.template.line"
    _description = "Metric of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, sequence, id"
    _check_company_auto = True

    _flow_parent = "template_id"
    _flow_parent_lines = "line_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    source = fields.Selection(related="metric_id.source")
    direction = fields.Selection(related="metric_id.direction")
    weight_bp = fields.Integer(
        string="Weight (Basis Points)",
        required=True,
        help="10000 basis points are 100 %. The weights of a template sum to 10000.",
    )
    weight = fields.Float(
        string="Weight (%)",
        compute="_compute_weight",
        inverse="_inverse_weight",
        digits=(16, 2),
    )

    _metric_unique = models.UniqueIndex(
        "(template_id, metric_id)", "A template uses each metric once."
    )
    _weight_positive = models.Constraint(
        "CHECK (weight_bp > 0)", "A weight is above zero."
    )

    @api.depends("weight_bp")
    def _compute_weight(self):
        for line in self:
            line.weight = line.weight_bp / 100

    def _inverse_weight(self):
        for line in self:
            line.weight_bp = round(line.weight * 100)
