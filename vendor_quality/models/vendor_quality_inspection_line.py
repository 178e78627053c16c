from odoo import fields, models


class VendorQualityInspectionLine(models.Model):
    """One item of the checklist of a round, with its result and photo."""

    _name = "vendor.quality.inspection.line"
    _description = "Checklist Item of an Inspection"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "inspection_id, sequence, id"

    _flow_parent = "inspection_id"
    _flow_parent_lines = "line_ids"

    inspection_id = fields.Many2one(
        comodel_name="vendor.quality.inspection",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="inspection_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="What Is Checked", required=True)
    result = fields.Selection(
        selection=[
            ("pass", "Passed"),
            ("fail", "Failed"),
            ("na", "Not applicable"),
        ],
        copy=False,
        index=True,
    )
    note = fields.Char(string="Remark", copy=False)
    photo_required = fields.Boolean()
    photo = fields.Image(attachment=True, max_width=1920, max_height=1920, copy=False)
