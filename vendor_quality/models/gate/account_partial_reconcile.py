from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion

from ...tools.computing import differences
from .vendor_quality_decision import (
    TAKEN_BACK,
    record_decisions,
    record_payments,
)
from .vendor_quality_gate_reader_open import FOREIGN_SLACK

SETTLES = frozenset(
    {
        "amount",
        "credit_amount_currency",
        "credit_move_id",
        "debit_amount_currency",
        "debit_move_id",
    }
)


class AccountPartialReconcile(models.Model):
    """The one place where a bill becomes paid: every route ends here."""

    _inherit = "account.partial.reconcile"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        # Values may also come from defaults in the context of the caller.
        if named := partials.exchange_move_id:
            partials._vendor_quality_check_difference(named.ids)
        partials._vendor_quality_enforce()
        return partials

    def write(self, vals):
        if "exchange_move_id" in vals:
            self._vendor_quality_check_difference([vals["exchange_move_id"]])
        result = super().write(vals)
        if vals.keys() & SETTLES:
            self._vendor_quality_enforce()
        return result

    @guards_deletion
    def _unlink_if_noted(self):
        self._vendor_quality_keep_decided()
        self._vendor_quality_note_undone()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_enforce(self):
        """Judge the bills that the reconciliations pay."""
        self._vendor_quality_check_amounts()
        self._vendor_quality_check_accounts()
        self._vendor_quality_check_cover()
        moves = (self.debit_move_id | self.credit_move_id).move_id
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(moves)
        if not bills or not Gate._is_on(bills.company_id):
            return
        Gate._enforce_paid(bills, moves)

    def _vendor_quality_check_difference(self, named):
        """Refuse an entry that core did not book for the reconciliation that runs.

        The nightly proof lists differences of rates that no reconciliation names.

        :param list named: ids of entries, or false
        """
        companies = (self.debit_move_id | self.credit_move_id).company_id
        if not (differences.get() or set()).issuperset(named) and (
            self.env["vendor.quality.gate"]._is_on(companies)
        ):
            raise UserError(
                self.env._(
                    "A reconciliation names the difference of exchange rates that was "
                    "booked for it when it was made. Remove the reconciliation and "
                    "match the journal items again."
                )
            )

    def _vendor_quality_check_amounts(self):
        """Refuse to match more of money to a governed vendor than of what it pays.

        Core computes the amounts of both sides from each other. Whoever writes them
        could settle a payment in full with a cent of a bill, and pay the bill again.
        """
        odd = self.filtered(lambda partial: partial._vendor_quality_is_odd())
        lines = (odd.debit_move_id | odd.credit_move_id).filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        )
        governed = self.env["vendor.quality.gate"]._filter_governed_items(lines)
        if governed:
            raise UserError(
                self.env._(
                    "%(entries)s: the amounts that are matched with each other are not "
                    "worth the same. Match the journal items, and the amounts follow.",
                    entries=format_list(
                        self.env, governed.move_id.mapped("display_name")
                    ),
                )
            )

    def _vendor_quality_is_odd(self):
        """Whether more is matched than one of both sides has of it.

        A difference of exchange rates has no amount in the currency of its item.
        """
        self.ensure_one()
        sides = (
            (self.debit_move_id, self.debit_amount_currency),
            (self.credit_move_id, self.credit_amount_currency),
        )
        if not any(amount for _line, amount in sides) and not all(
            line.amount_currency for line, _amount in sides
        ):
            return False
        currency = self.company_currency_id
        for line, amount in sides:
            if not line.amount_currency or not line.balance:
                continue
            worth = abs(amount * line.balance / line.amount_currency)
            if line.currency_id != currency:
                worth = worth * FOREIGN_SLACK + currency.rounding
            if currency.compare_amounts(self.amount, worth) > 0:
                return True
        return False

    def _vendor_quality_check_accounts(self):
        """Refuse to match money to a governed vendor with another kind of account.

        Core matches items of one account; whoever creates reconciliations need not.
        """
        odd = self.filtered(
            lambda partial: (
                partial.debit_move_id.account_id.account_type == "liability_payable"
                and partial.credit_move_id.account_id.account_type
                != "liability_payable"
            )
        )
        Gate = self.env["vendor.quality.gate"]
        if governed := Gate._filter_governed_items(odd.debit_move_id):
            raise UserError(
                self.env._(
                    "%(entries)s: what was paid to a vendor under a contract with "
                    "quality forms is matched with items on payable accounts only.",
                    entries=format_list(
                        self.env, governed.move_id.mapped("display_name")
                    ),
                )
            )

    def _vendor_quality_check_cover(self):
        """Refuse to cover money to a governed vendor by what is owed to another.

        It would no longer count when the vendor's own bills are paid. Lines of bank
        statements are history; the nightly proof lists them.
        """
        foreign = self.filtered(
            lambda partial: (
                partial.debit_move_id.partner_id.commercial_partner_id
                != partial.credit_move_id.partner_id.commercial_partner_id
                and partial.debit_move_id.move_id.move_type == "entry"
                and partial.debit_move_id.account_id.account_type == "liability_payable"
                and not partial._vendor_quality_is_of_bank()
            )
        )
        Gate = self.env["vendor.quality.gate"]
        governed = Gate._filter_governed_items(foreign.debit_move_id)
        covered = foreign.filtered(
            lambda partial: (
                partial.debit_move_id in governed
                and not Gate._is_of_family(
                    partial.debit_move_id, partial.credit_move_id.partner_id
                )
            )
        )
        if covered:
            raise UserError(
                self.env._(
                    "%(money)s paid a vendor under a contract with quality forms and "
                    "is not matched with what is owed to another partner "
                    "(%(owed)s). Match it with bills of the vendor. If it went to "
                    "somebody else, reset the payment to draft and correct it.",
                    money=format_list(
                        self.env, covered.debit_move_id.move_id.mapped("display_name")
                    ),
                    owed=format_list(
                        self.env, covered.credit_move_id.move_id.mapped("display_name")
                    ),
                )
            )

    def _vendor_quality_is_of_bank(self):
        """Whether a line of a bank statement is matched."""
        moves = (self.debit_move_id | self.credit_move_id).move_id
        # sudo: whoever matches need not read statements.
        return any(move.statement_line_id.move_id == move for move in moves.sudo())

    def _vendor_quality_keep_decided(self):
        """Note that payments were decided on together with the bills they leave.

        What was right when it was decided stays right: such a payment waits to be
        matched again, and is none that nobody decided on.
        """
        moves = (self.debit_move_id | self.credit_move_id).move_id
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(moves)
        payments = (moves - bills).origin_payment_id
        if not payments or not Gate._is_on(bills.company_id):
            return
        # sudo: whoever matches need not read decisions.
        decisions = self.env["vendor.quality.decision"].sudo()
        decided = decisions.search(
            [("move_id", "in", bills.ids), ("stage", "=", "payment")]
        ).move_id
        known = decisions.search(
            [("payment_id", "in", payments.ids), ("ground", "not in", TAKEN_BACK)]
        ).payment_id
        leaving = {}
        for partial in self:
            pair = (partial.debit_move_id | partial.credit_move_id).move_id
            payment = pair.origin_payment_id - known
            if payment and pair & decided:
                leaving[payment] = payment.move_id.id
        record_payments(self.env, leaving)

    def _vendor_quality_note_undone(self):
        """Note that bank lines which paid governed bills are matched with them no more.

        What the bank paid stays paid: where the line is then deleted or changed, and
        the same is paid again, the nightly proof lists it.
        """
        rows = []
        Gate = self.env["vendor.quality.gate"]
        for partial in self.filtered(
            lambda partial: partial._vendor_quality_is_of_bank()
        ):
            moves = (partial.debit_move_id | partial.credit_move_id).move_id
            bill = Gate._filter_governed(Gate._filter_bills(moves))
            if bill:
                rows.append(
                    {
                        "company_id": bill.company_id.id,
                        "move_id": (moves - bill).id,
                        "move_name": (moves - bill).name,
                        "partner_id": bill.commercial_partner_id.id,
                        "stage": "payment",
                        "ground": "reset",
                        "currency_id": bill.company_id.currency_id.id,
                        "amount": partial.amount,
                        "paid_total": partial.amount,
                    }
                )
        record_decisions(self.env, rows)
