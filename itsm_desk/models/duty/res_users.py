from odoo import api, models

from ...tools.open_activities import hand_on_activities
from ..vendor.moved_people import MOVED_ON, noting_move, refuse_moved_on

RIGHTS = frozenset({"active", "company_ids", "group_ids"})


class ResUsers(models.Model):
    """A user who changes the company or the role, or leaves."""

    _inherit = "res.users"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(MOVED_ON in vals for vals in vals_list):
            refuse_moved_on(self)
        return super().create(vals_list)

    def write(self, vals):
        with noting_move(self, vals):
            result = super().write(vals)
        if RIGHTS.intersection(vals):
            hand_on_activities(self)
        return result
