from odoo import models

from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion

USED = frozenset({"journal_id", "payment_account_id"})


class AccountPaymentMethodLine(models.Model):
    """Accounts on which payments waited for their statement stood for the bank."""

    _inherit = "account.payment.method.line"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if vals.keys() & USED:
            self._vendor_quality_remember_accounts()
        return super().write(vals)

    @guards_deletion
    def _unlink_if_remembered(self):
        self._vendor_quality_remember_accounts()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_remember_accounts(self):
        self.payment_account_id._vendor_quality_remember_liquid(self.journal_id)
