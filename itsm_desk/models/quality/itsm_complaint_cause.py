from odoo import fields, models


class ItsmComplaintCause(models.Model):
    """One of the causes that complaints are sorted by.

    Every employee reads the list, managers of the desk write it.
    """

    _name = "itsm.complaint.cause"
    _description = "Cause of Complaints"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to use it in every company.",
    )
