from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list

SETTLING = ("asset_receivable", "liability_payable")
"""Types of accounts on which the gate reads what is owed and paid."""


class AccountAccount(models.Model):
    """What is paid on a bill is read on accounts of its type, which stays."""

    _inherit = "account.account"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if "account_type" in vals:
            self._vendor_quality_check_type(vals["account_type"])
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _vendor_quality_get_last_items(self, accounts):
        """Return the last posted item of each partner on some accounts."""
        # sudo: items of every company on the accounts count.
        Item = self.env["account.move.line"].sudo()
        rows = Item._read_group(
            [
                ("account_id", "in", accounts.ids),
                ("partner_id", "!=", False),
                ("parent_state", "=", "posted"),
            ],
            ["partner_id", "company_id"],
            ["id:max"],
        )
        return Item.browse([line_id for _partner, _company, line_id in rows])

    def _vendor_quality_check_type(self, account_type):
        """Refuse to make payables something else, or the other way round."""
        changed = self.filtered(
            lambda account: (
                account.account_type != account_type
                and {account.account_type, account_type} & set(SETTLING)
            )
        )
        if not changed:
            return
        items = self._vendor_quality_get_last_items(changed)
        governed = self.env["vendor.quality.gate"]._filter_governed_items(items)
        if governed:
            raise UserError(
                self.env._(
                    "%(accounts)s: the type stays as it is, for there are items of "
                    "vendors under contracts with quality forms, and what is paid on "
                    "their bills is read by it. Make a new account.",
                    accounts=format_list(
                        self.env, governed.account_id.mapped("display_name")
                    ),
                )
            )
