from odoo import Command
from odoo.tests import tagged

from .attack_callers import Caller
from .test_gate_attack_ledger import FEE, LedgerCommon


@tagged("post_install", "-at_install")
class TestGateAttackRetyped(LedgerCommon):
    """An account that stood for the bank does for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rpc = Caller(cls.env(user=cls.accountant), "rpc")
        cls.revenue = cls.company_data["default_account_revenue"]

    def _new_account(self, kind, **values):
        return self.payable.copy({"account_type": kind, "reconcile": False, **values})

    def _fill(self, account):
        self._new_lines((account, self.none, 2000), (self.revenue, self.none, -2000))

    def _assert_bank(self, account):
        """An entry that takes money from the account pays the vendor."""
        self.assertTrue(account.vendor_quality_was_liquid)
        paid = (self.expense, self.vendor, 900), (account, self.none, -900)
        with self._refused("pays the vendor"):
            self._new_lines(*paid)
        entry = self._new_lines(*paid, post=False)
        self.env.flush_all()
        self._set(entry, state="posted")
        self._set(entry.line_ids, parent_state="posted")
        self.assertEqual(self._prove().get(entry), "entry_paid")

    def test_till_without_a_journal(self):
        till = self._new_account("asset_cash")
        self._fill(till)
        self.rpc(till, "write", {"account_type": "asset_current"})
        self._assert_bank(till)

    def test_account_that_a_journal_gives_up(self):
        other = self._new_account("asset_cash")
        self._fill(self.bank)
        # Nobody booked on it in a bank journal: the journal says what it is.
        statement = self._new_statement(10, self.expense, partner_id=False)
        self.assertEqual(statement.move_id.state, "posted")
        self.rpc(self.bank_journal, "write", {"default_account_id": other.id})
        self.rpc(self.bank, "write", {"account_type": "asset_current"})
        self._assert_bank(self.bank)

    def test_account_of_a_method_that_is_replaced(self):
        first, second = (self._new_account("asset_current") for _index in range(2))
        method = self.bank_journal.outbound_payment_method_line_ids[:1]
        self.rpc(method, "write", {"payment_account_id": first.id})
        payment = self._new_payment(100, payment_method_line_id=method.id)
        self.assertEqual(payment.outstanding_account_id, first)
        self.rpc(method, "write", {"payment_account_id": second.id})
        self._assert_bank(first)
        self.assertFalse(second.vendor_quality_was_liquid)

    def test_journal_that_is_none_of_money_any_more(self):
        till = self._new_account("asset_current")
        journal = self.env["account.journal"].create(
            {"name": "T", "code": "TILL", "type": "cash", "default_account_id": till.id}
        )
        self._new_lines(
            (till, self.none, 50),
            (self.revenue, self.none, -50),
            journal_id=journal.id,
        )
        self.rpc(journal, "write", {"type": "general"})
        self._assert_bank(till)

    def test_transfer_account_that_is_replaced(self):
        old = self.company.transfer_account_id
        self._fill(old)
        system = self._new_users({"chief": "base.group_system"})["chief"]
        values = {"transfer_account_id": self._new_account("asset_current").id}
        Caller(self.env(user=system), "rpc")(self.company, "write", values)
        self._assert_bank(old)

    def test_account_that_is_merged_into_another(self):
        """Accounts of two companies become one: the first of them."""
        elsewhere = self.setup_other_company()["company"]
        self.accountant.company_ids |= elsewhere
        old = self._new_account("asset_current")
        self._fill(old)
        self._set(old, vendor_quality_was_liquid=True)
        other = (
            self.env["account.account"]
            .with_company(elsewhere)
            .create(
                {
                    "name": "Sundry",
                    "code": "SUNDRY",
                    "account_type": "asset_current",
                    "company_ids": [Command.set(elsewhere.ids)],
                }
            )
        )
        accounts = other | old
        env = self.env(
            user=self.accountant,
            context={
                "active_model": "account.account",
                "active_ids": accounts.ids,
                "allowed_company_ids": (self.company | elsewhere).ids,
            },
        )
        env["account.merge.wizard"].create({}).action_merge()
        kept = accounts.exists()
        self.assertEqual(len(kept), 1)
        self._assert_bank(kept)

    def test_nothing_booked_is_nothing_remembered(self):
        """Honest corrections of the chart of accounts; costs are never the bank."""
        empty = self._new_account("asset_cash")
        self.rpc(empty, "write", {"account_type": "asset_current"})
        self.rpc(self.bank_journal, "write", {"suspense_account_id": self.expense.id})
        self._new_statement(10, self.expense, partner_id=False)
        current = self._new_account("asset_current")
        self.rpc(self.bank_journal, "write", {"suspense_account_id": current.id})
        for account in empty | current | self.expense:
            self.assertFalse(account.vendor_quality_was_liquid)

    def test_nobody_says_what_stood_for_the_bank(self):
        name = "vendor_quality_was_liquid"
        values = {"name": "A", "code": "A99", "account_type": "asset_current"}
        for act in (
            lambda: self.rpc(self.expense, "write", {name: True}),
            lambda: self.rpc.create("account.account", {**values, name: True}),
            lambda: self.rpc.create(
                "account.account", values, {f"default_{name}": True}
            ),
        ):
            with self._refused("noted by the system"):
                act()

    def test_account_of_two_steps_keeps_its_type(self):
        clearing = self._new_account("asset_current")
        self._new_lines((self.payable, self.vendor, 90), (clearing, self.none, -90))
        self._new_lines((clearing, self.none, 90), (self.bank, self.none, -90))
        for kind in ("expense", "income_other", "asset_receivable"):
            with self._refused("the type stays"):
                self.rpc(clearing, "write", {"account_type": kind, "reconcile": True})
        self.rpc(clearing, "write", {"account_type": "liability_current"})
        free = self._new_account("asset_current")
        self._new_lines((self.payable, self.other_vendor, 9), (free, self.none, -9))
        self.rpc(free, "write", {"account_type": "expense"})


@tagged("post_install", "-at_install")
class TestGateAttackTwoSteps(LedgerCommon):
    """What is paid over an account in between is listed by the nightly proof."""

    def _pay_over(self, account):
        entry = self._new_lines(
            (self.payable, self.vendor, 900), (account, self.none, -900)
        )
        self.assertFalse(self._prove())
        self._new_lines((account, self.none, 900), (self.bank, self.none, -900))
        return entry

    def test_over_capital_and_assets(self):
        for kind in ("equity", "asset_fixed"):
            account = self.payable.copy({"account_type": kind, "reconcile": False})
            with self.subTest(kind=kind):
                self.assertEqual(
                    self._prove_again(self._pay_over(account)), "entry_paid"
                )

    def test_over_costs_and_income(self):
        for kind in ("expense", "income_other"):
            account = self.payable.copy({"account_type": kind, "reconcile": False})
            with self.subTest(kind=kind):
                self.assertEqual(
                    self._prove_again(self._pay_over(account)), "entry_paid"
                )

    def _prove_again(self, entry):
        rule = self._prove().get(entry)
        self.call(entry, "button_draft")
        self.assertFalse(self._prove())
        return rule

    def test_debt_of_somebody_else(self):
        """A factor, or nobody at all, is owed what the vendor was owed."""
        for account, partner in (
            (self.payable, self.other_vendor),
            (self.payable, self.none),
            (self.receivable, self.other_vendor),
        ):
            with self.subTest(partner=partner.name):
                entry = self._new_lines(
                    (self.payable, self.vendor, 900), (account, partner, -900)
                )
                self.assertEqual(self._prove_again(entry), "entry_paid")

    def test_what_is_matched_with_bills_is_quiet(self):
        """Within what may be paid: a discount, and a factor who is paid."""
        discount = self.payable.copy({"account_type": "income_other"})
        self._new_lines((discount, self.none, 5), (self.bank, self.none, -5))
        off = self._new_lines(
            (self.payable, self.vendor, 10), (discount, self.none, -10)
        )
        factor = self._new_lines(
            (self.payable, self.vendor, 900), (self.payable, self.other_vendor, -900)
        )
        self._get_payable_line(off | self.bill).reconcile()
        lines = self._get_payable_line(factor | self.bill)
        lines.filtered(lambda line: line.partner_id == self.vendor).reconcile()
        self.assertEqual(self.bill.amount_residual, self.total - 910)
        self.assertFalse(self._prove())

    def test_credit_note_on_an_account_in_between(self):
        """It frees the fee of the form, and the bank pays the account later."""
        clearing = self.payable.copy({"account_type": "asset_current"})
        note = self.call.create(
            "account.move",
            {
                "move_type": "in_refund",
                "partner_id": self.vendor.id,
                "invoice_date": "2026-02-06",
                "reversed_entry_id": self.bill.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Back",
                            "price_unit": FEE,
                            "account_id": clearing.id,
                            "tax_ids": False,
                        }
                    )
                ],
            },
        )
        self.call(note, "action_post")
        self.assertFalse(self._prove())
        self._new_lines((clearing, self.none, FEE), (self.bank, self.none, -FEE))
        self.assertEqual(self._prove(), {note: "entry_paid"})
