from odoo import models

from ...tools.group_members import MEMBERSHIP, find_lost, read_members
from ...tools.open_activities import hand_on_activities


class ResGroups(models.Model):
    """What waits for whoever lost a role through its group is handed on."""

    _inherit = "res.groups"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if not self or MEMBERSHIP.isdisjoint(vals):
            return super().write(vals)
        before = read_members(self)
        result = super().write(vals)
        if lost := find_lost(before):
            hand_on_activities(lost)
        return result

    def unlink(self):
        before = read_members(self) if self else {}
        result = super().unlink()
        if before and (lost := find_lost(before)):
            hand_on_activities(lost)
        return result
