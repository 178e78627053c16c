from inspect import unwrap

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from odoo.addons.account.models.account_move_line import AccountMoveLine as CoreLine
from odoo.addons.outsourcing_mgmt.models.base.grants import (
    find_caller,
    get_granted_names,
    spend,
)

from ...tools.computing import differences

RECONCILING_CODE = unwrap(CoreLine._reconcile_plan_with_sync).__code__
"""The function of core that books differences of exchange rates."""

LEDGER_COMPUTES = ("_compute_amount_residual",)
"""Core's computation of what is left to pay, from reconciliations."""

DECIDED_ON = frozenset(
    {
        "account_id",
        "amount_currency",
        "balance",
        "credit",
        "currency_id",
        "debit",
        "discount",
        "display_type",
        "move_id",
        "partner_id",
        "price_unit",
        "product_id",
        "purchase_line_id",
        "quantity",
        "tax_ids",
        "tax_repartition_line_id",
    }
)
"""What a decision to post looks at."""

AMOUNTS = frozenset(
    {"amount_currency", "balance", "discount", "price_unit", "quantity", "tax_ids"}
)
"""What changes how much a line takes off."""

FROZEN = frozenset(
    {
        "account_id",
        "amount_currency",
        "balance",
        "credit",
        "currency_id",
        "debit",
        "move_id",
        "partner_id",
    }
)
"""What a posted item that paid a governed vendor keeps until it is reset."""


class AccountMoveLine(models.Model):
    """Lines of posted bills: a change is judged like a new posting.

    A line may take the deductions of a quality form off a draft bill; that link
    is set by the server only.
    """

    _inherit = "account.move.line"

    vendor_quality_deduction_form_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Deductions of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        granted = frozenset()
        if any("vendor_quality_deduction_form_id" in vals for vals in vals_list):
            granted = get_granted_names(self.browse())
            spend(self, "create")
        lines = super().create(vals_list)
        if not lines:
            return lines
        # Values may also come from defaults in the context of the caller.
        if lines.filtered("vendor_quality_deduction_form_id"):
            self._vendor_quality_check_deduction_link(granted)
        lines.move_id._vendor_quality_note_author()
        bills = lines._vendor_quality_get_posted()
        if bills:
            self._vendor_quality_enforce(bills)
        return lines

    def write(self, vals):
        keys = vals.keys()
        if "vendor_quality_deduction_form_id" in keys:
            self._vendor_quality_check_deduction_link(get_granted_names(self))
            spend(self)
        if keys & self._vendor_quality_get_ledger_results():
            self._vendor_quality_check_results()
        if keys & FROZEN:
            self._vendor_quality_check_frozen(vals)
        if "partner_id" in keys:
            self._vendor_quality_list_renamed(vals)
        bills = self.env["account.move"]
        if keys & DECIDED_ON:
            bills = self._vendor_quality_get_posted()
            self.move_id._vendor_quality_note_author()
        result = super().write(vals)
        if bills:
            bills |= self._vendor_quality_get_posted()
            self._vendor_quality_enforce(bills)
        if keys & AMOUNTS:
            self._vendor_quality_follow_deductions()
        return result

    def unlink(self):
        if not self:
            # Core brings the lines of a bill up to date by deleting none.
            return super().unlink()
        self._vendor_quality_check_frozen()
        bills = self._vendor_quality_get_posted()
        self.move_id._vendor_quality_note_author()
        result = super().unlink()
        if bills:
            self._vendor_quality_enforce(bills)
        return result

    # ------------------------------------------------------------
    # ACCOUNT OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def _reconcile_plan_with_sync(self, plan_list, all_amls):
        """Let reconciliations name the differences of rates booked for them."""
        token = differences.set(set())
        try:
            return super()._reconcile_plan_with_sync(plan_list, all_amls)
        finally:
            differences.reset(token)

    @api.model
    def _create_exchange_difference_moves(self, exchange_diff_values_list):
        booked_for = differences.get()
        moves = super()._create_exchange_difference_moves(exchange_diff_values_list)
        if booked_for is not None and find_caller(RECONCILING_CODE):
            booked_for.update(moves.ids)
        return moves

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _vendor_quality_get_ledger_results(self):
        """Return the figures of the ledger, which nobody writes on a bill."""
        return frozenset(
            {"parent_state"}
            | {
                name
                for name, field in self._fields.items()
                if field.store and field.compute in LEDGER_COMPUTES
            }
        )

    @api.model
    def _vendor_quality_check_deduction_link(self, granted):
        if "vendor_quality_deduction_form_id" not in granted:
            raise AccessError(
                self.env._(
                    "Which deductions a bill line takes off is set by the list of "
                    "deductions to apply and cannot be written."
                )
            )

    def _vendor_quality_get_posted(self):
        return self.move_id.filtered(lambda move: move.state == "posted")

    def _vendor_quality_enforce(self, bills):
        """Judge bills whose lines changed while they are posted."""
        self.env["vendor.quality.gate"]._enforce_posting(bills.browse(), bills)
        self.env["vendor.quality.gate"]._enforce_entries(bills)
        if refunded := bills._vendor_quality_get_refunded():
            self.env["vendor.quality.gate"]._check_fee(refunded)

    def _vendor_quality_check_results(self):
        Gate = self.env["vendor.quality.gate"]
        governed = Gate._filter_governed(self.move_id)
        governed |= Gate._filter_governed_items(
            self._vendor_quality_get_settling()
        ).move_id
        governed |= Gate._filter_paying(self.move_id - governed)
        if governed:
            raise UserError(
                self.env._(
                    "%(bills)s: what is left to pay follows from the payments and is "
                    "not written. Register the payment.",
                    bills=format_list(self.env, governed.mapped("display_name")),
                )
            )

    def _vendor_quality_get_settling(self):
        """Return the items of posted entries that settle bills or invoices."""
        return self.filtered(
            lambda line: (
                line.partner_id
                and line.move_id.state == "posted"
                and line.move_id.move_type == "entry"
                and line.account_id.account_type
                in ("asset_receivable", "liability_payable")
            )
        )

    def _vendor_quality_check_frozen(self, vals=None):
        """Refuse to change or delete what says that money left to a vendor.

        :param dict vals: what is written; None: the lines are deleted
        """
        Move = self.env["account.move"]
        changed = self._vendor_quality_get_settling().filtered(
            lambda line: (
                line.balance > 0
                and line.move_id.statement_line_id.move_id != line.move_id
                and (
                    vals is None
                    or any(
                        Move._field_will_change(line, vals, name)
                        for name in FROZEN & vals.keys()
                    )
                )
            )
        )
        governed = self.env["vendor.quality.gate"]._filter_governed_items(changed)
        if governed:
            raise UserError(
                self.env._(
                    "%(entries)s: the entry shows what was paid to a vendor under a "
                    "contract with quality forms, so its items stay as they are. "
                    "Accounting can reset it to draft, correct it and post it again.",
                    entries=format_list(
                        self.env, governed.move_id.mapped("display_name")
                    ),
                )
            )

    def _vendor_quality_list_renamed(self, vals):
        """List bank lines to a governed vendor that are given another partner.

        A guess of the import is corrected so, and money to the vendor would no
        longer count. Lines that nobody has booked yet stand on the suspense account.
        """
        Move = self.env["account.move"]
        renamed = self.filtered(
            lambda line: (
                line.partner_id
                and line.balance > 0
                and not line.reconciled
                and line.move_id.statement_line_id.move_id == line.move_id
                and line.account_id != line.move_id.journal_id.suspense_account_id
                and Move._field_will_change(line, vals, "partner_id")
            )
        )
        Gate = self.env["vendor.quality.gate"]
        moves = Gate._filter_governed_items(renamed).move_id
        if moves:
            Gate._list_bank_lines(moves)

    def _vendor_quality_follow_deductions(self):
        """Count again what posted credit notes and bills take off a form."""
        moves = self.move_id.filtered(
            lambda move: move.state == "posted" and move.is_purchase_document()
        )
        marked = moves.filtered(
            lambda move: (
                move.vendor_quality_deduction_form_id
                or move.invoice_line_ids.vendor_quality_deduction_form_id
            )
        )
        if marked:
            marked._vendor_quality_follow_deductions(marked)
