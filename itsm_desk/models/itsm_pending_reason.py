from odoo import fields, models


class ItsmPendingReason(models.Model):
    """Why work on a ticket pauses. The reason decides what the pause means."""

    _name = "itsm.pending.reason"
    _description = "Reason for Pausing"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    resume_on_reply = fields.Boolean(
        string="Resume on Reply",
        help="The ticket goes back to work by itself when its requester answers.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to share the reason among all companies.",
    )
