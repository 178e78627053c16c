from odoo import api, models

from ...tools.group_members import MEMBERSHIP, find_lost, read_members
from ..messages.mail_activity import hand_on_activities
from .outsourcing_price_reader import note_readers


class ResGroups(models.Model):
    """Whoever joins or leaves a role through its group, or through one that implies it.

    Whoever joins finance waits to read the prices of before. What waits for whoever
    lost a role is handed on.
    """

    _inherit = "res.groups"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        note_readers(self.env)
        return groups

    def write(self, vals):
        if not self or MEMBERSHIP.isdisjoint(vals):
            return super().write(vals)
        before = read_members(self)
        result = super().write(vals)
        note_readers(self.env)
        if lost := find_lost(before):
            hand_on_activities(lost)
        return result

    def unlink(self):
        before = read_members(self) if self else {}
        result = super().unlink()
        if before and (lost := find_lost(before)):
            hand_on_activities(lost)
        return result
