from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.tools import party

from .vendor_quality_identity import check_keys

KEYS = frozenset({"vendor_quality_key"})
"""What bank accounts are compared by."""
TARGET = ("sanitized_acc_number", "partner_id", "bank_id", "clearing_number")
"""What says to which account the bank pays."""


class ResPartnerBank(models.Model):
    """Bank accounts of vendors are remembered, whoever holds them later.

    An account stays what it is while a payment to a governed vendor goes there.
    """

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
        Gate = self.env["vendor.quality.gate"]
        targets, known = {}, None
        if vals.keys() & {"acc_number", *TARGET}:
            targets = {
                account: account._vendor_quality_get_target() for account in self
            }
            known = Gate._get_governed_on_the_way(self)
        result = super().write(vals)
        if {"acc_number", "partner_id", "sanitized_acc_number"} & vals.keys():
            self.env["vendor.quality.identity"]._remember_partners(self.partner_id)
        redirected = self.filtered(
            lambda account: (
                account in targets
                and account._vendor_quality_get_target() != targets[account]
            )
        )
        if redirected:
            Gate._check_redirected(redirected, known)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_get_target(self):
        self.ensure_one()
        return tuple(self[name] for name in TARGET)
