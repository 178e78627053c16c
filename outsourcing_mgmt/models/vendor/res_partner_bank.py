from odoo import models

from .listed import note_vendors


class ResPartnerBank(models.Model):
    """The account of a vendor on the blacklist is kept before it changes or goes."""

    _inherit = "res.partner.bank"

    def write(self, vals):
        if {"acc_number", "partner_id"}.intersection(vals):
            note_vendors(self.partner_id)
        return super().write(vals)

    def unlink(self):
        note_vendors(self.partner_id)
        return super().unlink()
