from odoo import api, fields, models


class VendorQualityTemplateBand(models.Model):
    """A grade from a lower bound up to the next one, and what it blocks.

    Only lower bounds are stored, so that grades can neither overlap nor leave
    a gap.
    """

    _name = "vendor.quality.template.band"
    _description = "Grade of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, lower_bound desc, id"
    _rec_name = "grade"

    _flow_parent = "template_id"
    _flow_parent_lines = "band_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    grade = fields.Char(required=True)
    lower_bound = fields.Float(string="From Score", required=True, digits=(16, 2))
    color = fields.Integer()
    blocks_invitation = fields.Boolean(
        help="The vendor is not invited to new tenders.",
    )
    blocks_order = fields.Boolean(
        help="Purchase orders to the vendor cannot be confirmed.",
    )
    blocks_posting = fields.Boolean(help="Bills of the contract are not posted.")
    blocks_payment = fields.Boolean(help="Bills of the contract are not paid.")
    needs_action = fields.Boolean(
        string="Improvement Plan",
        compute="_compute_needs_action",
        store=True,
        readonly=False,
        precompute=True,
        help="A form approved with this grade opens an improvement plan. By default "
        "every grade that blocks something.",
    )

    _bound_range = models.Constraint(
        "CHECK (lower_bound BETWEEN 0 AND 100)", "A lower bound lies in 0 to 100."
    )
    _bound_unique = models.UniqueIndex(
        "(template_id, lower_bound)", "Each grade has its own lower bound."
    )
    _grade_unique = models.UniqueIndex(
        "(template_id, grade)", "Each grade has its own name."
    )

    @api.depends(
        "blocks_invitation", "blocks_order", "blocks_posting", "blocks_payment"
    )
    def _compute_needs_action(self):
        for band in self:
            band.needs_action = (
                band.blocks_invitation
                or band.blocks_order
                or band.blocks_posting
                or band.blocks_payment
            )
