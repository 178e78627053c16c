from odoo import models

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from .account_account import WAS_LIQUID


class AccountMergeWizard(models.TransientModel):
    """An account that takes in what stood for the bank stood for it, too."""

    _inherit = "account.merge.wizard"

    def _action_merge(self, accounts):
        # sudo: whoever merges accounts need not read what is noted of them.
        was_liquid = any(accounts.sudo().mapped(WAS_LIQUID))
        result = super()._action_merge(accounts)
        if was_liquid:
            server_write(accounts[0].sudo(), {WAS_LIQUID: True})  # sudo: as above
        return result
