from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.tools import party

from .vendor_quality_identity import check_keys

KEYS = frozenset({"vendor_quality_key"})
"""What bank accounts are compared by."""


class ResPartnerBank(models.Model):
    """Bank accounts of vendors are remembered, whoever holds them later."""

    _inherit = "res.partner.bank"

    vendor_quality_key = fields.Char(
        string="Key of the Account",
        compute="_compute_vendor_quality_key",
        store=True,
        index="btree_not_null",
        groups="base.group_user",
        help="The number without its head as IBAN. Empty where it identifies nobody.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("acc_number")
    def _compute_vendor_quality_key(self):
        for account in self:
            account.vendor_quality_key = party.account_key(account.acc_number)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        check_keys(self, vals_list, KEYS)
        accounts = super().create(vals_list)
        self.env["vendor.quality.identity"]._remember_partners(accounts.partner_id)
        return accounts

    def write(self, vals):
        check_keys(self, [vals], KEYS)
        result = super().write(vals)
        if {"acc_number", "partner_id", "sanitized_acc_number"} & vals.keys():
            self.env["vendor.quality.identity"]._remember_partners(self.partner_id)
        return result
