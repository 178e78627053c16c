from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import (
    get_granted_names,
    server_write,
    spend,
)

SETTLING = ("asset_receivable", "liability_payable")
"""Types of accounts on which the gate reads what is owed and paid."""
LIQUID_TYPES = ("asset_cash", "liability_credit_card")
MONEY_JOURNALS = ("bank", "cash", "credit")
TRANSIT_TYPES = (
    "asset_current",
    "asset_fixed",
    "asset_non_current",
    "asset_prepayments",
    "equity",
    "liability_current",
    "liability_non_current",
)
"""Types of accounts over which an entry can pay a vendor in two steps."""
FOLLOWED_TYPES = frozenset(LIQUID_TYPES + TRANSIT_TYPES)

WAS_LIQUID = "vendor_quality_was_liquid"
"""Whether an account stood for the bank once; noted by the server."""


class AccountAccount(models.Model):
    """What is paid on a bill is read on accounts of its type, which stays.

    An account from which the bank paid stands for the bank for ever, whatever type it
    is given and whatever journal no longer has it.
    """

    _inherit = "account.account"

    vendor_quality_was_liquid = fields.Boolean(
        string="Stood for the Bank",
        readonly=True,
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
        help="Money was booked here as that of a bank, a till or a card, or as a "
        "payment that waits for its bank statement.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if {WAS_LIQUID, f"default_{WAS_LIQUID}"} & set(self.env.context).union(
            *vals_list
        ):
            self._vendor_quality_raise_noted()
        return super().create(vals_list)

    def write(self, vals):
        if WAS_LIQUID in vals:
            if WAS_LIQUID not in get_granted_names(self):
                self._vendor_quality_raise_noted()
            # From here on code of others may run.
            spend(self)
        if "account_type" in vals:
            self._vendor_quality_check_type(vals["account_type"])
            self.filtered(
                lambda account: account.account_type in LIQUID_TYPES
            )._vendor_quality_remember_liquid()
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _vendor_quality_raise_noted(self):
        raise AccessError(
            self.env._(
                "What stood for the bank is noted by the system and not entered."
            )
        )

    def _vendor_quality_remember_liquid(self, journals=None):
        """Note that accounts stood for the bank, where something is booked on them.

        :param account.journal journals: only what was booked in these counts
        """
        # sudo: items of every company on the accounts count, whoever sets them up.
        accounts = self.sudo().filtered(
            lambda account: (
                not account.vendor_quality_was_liquid
                and account.account_type in FOLLOWED_TYPES
            )
        )
        booked = [("parent_state", "=", "posted")]
        if journals is not None:
            booked.append(("journal_id", "in", journals.ids))
        Item = self.env["account.move.line"].sudo()  # sudo: as above
        used = accounts.filtered(
            lambda account: Item.search_count(
                [("account_id", "=", account.id), *booked], limit=1
            )
        )
        server_write(used, {WAS_LIQUID: True})

    @api.model
    def _vendor_quality_get_last_items(self, domain):
        """Return the last posted item of each partner among those of ``domain``."""
        # sudo: items of every company on the accounts count.
        Item = self.env["account.move.line"].sudo()
        rows = Item._read_group(
            [
                *domain,
                ("partner_id", "!=", False),
                ("parent_state", "=", "posted"),
            ],
            ["partner_id", "company_id"],
            ["id:max"],
        )
        return Item.browse([line_id for _partner, _company, line_id in rows])

    def _vendor_quality_check_type(self, account_type):
        """Refuse types by which money to governed vendors would not be seen.

        Payables stay payables. An account over which a vendor was paid in two steps
        stays one that the nightly proof follows.
        """
        changed = self.filtered(lambda account: account.account_type != account_type)
        settling = changed.filtered(
            lambda account: {account.account_type, account_type} & set(SETTLING)
        )
        followed = changed.filtered(
            lambda account: (
                account.account_type in FOLLOWED_TYPES
                and account_type not in FOLLOWED_TYPES
            )
        )
        Gate = self.env["vendor.quality.gate"]
        kept = self.browse()
        if settling:
            items = self._vendor_quality_get_last_items(
                [("account_id", "in", settling.ids)]
            )
            kept |= Gate._filter_governed_items(items).account_id
        for account in followed - kept:
            credit = [("account_id", "=", account.id), ("balance", "<", 0)]
            items = self._vendor_quality_get_last_items(
                [
                    ("move_id.move_type", "=", "entry"),
                    ("move_id.line_ids", "any", credit),
                ]
            )
            if Gate._filter_governed_items(items):
                kept |= account
        if kept:
            raise UserError(
                self.env._(
                    "%(accounts)s: the type stays as it is, for there are items of "
                    "vendors under contracts with quality forms, and what is paid on "
                    "their bills is read by it. Make a new account.",
                    accounts=format_list(self.env, kept.mapped("display_name")),
                )
            )
