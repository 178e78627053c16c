from odoo import fields, models


class ItsmResolutionCode(models.Model):
    """How a ticket ended, as counted in reports."""

    _name = "itsm.resolution.code"
    _description = "Resolution Code"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the code among all companies.",
    )
