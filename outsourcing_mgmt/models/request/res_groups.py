from odoo import api, models

from .outsourcing_price_reader import note_readers


class ResGroups(models.Model):
    """Whoever joins finance through a group waits to read the prices of before."""

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
        result = super().write(vals)
        if {"user_ids", "implied_ids", "implied_by_ids"}.intersection(vals):
            note_readers(self.env)
        return result
