from odoo import api, fields, models


class StockPicking(models.Model):
    """Names the technician who gives its products out; the origin is the ticket."""

    _inherit = "stock.picking"

    itsm_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Given Out by",
        compute="_compute_itsm_user_id",
        compute_sudo=True,
        help="The technician of the service desk who asked for it with a ticket.",
    )

    @api.depends("move_ids.itsm_line_id.user_id")
    def _compute_itsm_user_id(self):
        for picking in self:
            picking.itsm_user_id = picking.move_ids.itsm_line_id.user_id[:1]
