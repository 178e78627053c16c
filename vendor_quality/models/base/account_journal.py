from odoo import models
from odoo.fields import Domain

from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion

from .account_account import MONEY_JOURNALS

USED = frozenset({"default_account_id", "suspense_account_id", "type"})
"""What makes accounts stand for the bank."""


class AccountJournal(models.Model):
    """Accounts that a bank journal gives up stood for the bank until then."""

    _inherit = "account.journal"

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
        journals = self.filtered_domain(Domain("type", "in", MONEY_JOURNALS))
        methods = journals.outbound_payment_method_line_ids
        methods |= journals.inbound_payment_method_line_ids
        accounts = journals.default_account_id | journals.suspense_account_id
        accounts |= methods.payment_account_id
        accounts._vendor_quality_remember_liquid(journals)
