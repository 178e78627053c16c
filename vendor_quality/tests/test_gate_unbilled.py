from odoo import Command
from odoo.tests import tagged

from .attack_callers import AttackCommon, Caller


@tagged("post_install", "-at_install")
class TestGateUnbilled(AttackCommon):
    """Money to a governed vendor without a bill: decided, or listed the same night."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.bank_journal.default_account_id
        cls.revenue = cls.company_data["default_account_revenue"]

    def _new_lines(self, *lines, post=False, **values):
        """Create an entry from ``(account, partner, balance)``."""
        return self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-02-06",
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner and partner.id,
                            "balance": balance,
                            "name": "Line",
                        }
                    )
                    for account, partner, balance in lines
                ],
                **values,
            }
        )

    def _entries(self):
        vendor, bank, none = self.vendor, self.bank, self.env["res.partner"]
        desk = self.env["res.partner"].create({"name": "Desk", "parent_id": vendor.id})
        outstanding = self.env["account.payment"]._get_outstanding_account("outbound")
        method = self.bank_journal.outbound_payment_method_line_ids[:1]
        method.payment_account_id = self.payable.copy(
            {"account_type": "asset_current", "reconcile": True}
        )
        receipts = self.env["account.payment"]._get_outstanding_account("inbound")
        received = self.bank_journal.inbound_payment_method_line_ids[:1]
        received.payment_account_id = self.payable.copy(
            {"account_type": "asset_current", "reconcile": True}
        )
        card = self.payable.copy({"account_type": "liability_credit_card"})
        return {
            "payable": ((self.payable, vendor, 900), (bank, none, -900)),
            "expense": ((self.expense, vendor, 900), (bank, none, -900)),
            "contact": ((self.payable, desk, 900), (bank, none, -900)),
            "outstanding": ((self.payable, vendor, 900), (outstanding, none, -900)),
            "own outstanding": (
                (self.payable, vendor, 900),
                (method.payment_account_id, none, -900),
            ),
            "receipts": ((self.payable, vendor, 900), (receipts, none, -900)),
            "own receipts": (
                (self.payable, vendor, 900),
                (received.payment_account_id, none, -900),
            ),
            "suspense": (
                (self.payable, vendor, 900),
                (self.bank_journal.suspense_account_id, none, -900),
            ),
            "card": ((self.expense, vendor, 900), (card, none, -900)),
            "partner on the bank": ((self.expense, none, 900), (bank, vendor, -900)),
            "debt and payment": (
                (self.expense, none, 900),
                (self.payable, vendor, -900),
                (self.payable, vendor, 900),
                (bank, none, -900),
            ),
            "hidden among others": (
                (self.expense, self.other_vendor, 100),
                (self.payable, vendor, 900),
                (bank, none, -1000),
            ),
            "receivable": (
                (self.company_data["default_account_receivable"], vendor, 900),
                (bank, none, -900),
            ),
        }

    def _find_entries(self):
        moves = self.env["account.move"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_type", "=", "entry"),
                ("state", "=", "posted"),
                ("vendor_quality_decision_ids", "=", False),
            ]
        )
        return moves.mapped("display_name")

    def test_no_entry_pays_without_a_bill(self):
        routes = {
            name: lambda call, lines=lines: call(self._new_lines(*lines), "action_post")
            for name, lines in self._entries().items()
        }
        free = ((self.expense, self.env["res.partner"], 900),)
        free += ((self.bank, self.env["res.partner"], -900),)
        routes["header"] = lambda call: call(
            self._new_lines(*free, partner_id=self.vendor.id), "action_post"
        )

        def name_later(call):
            entry = self._new_lines(
                (self.expense, self.other_vendor, 900),
                (self.bank, self.env["res.partner"], -900),
            )
            call(entry, "action_post")
            call(
                entry.line_ids.filtered("partner_id"),
                "write",
                {"partner_id": self.vendor.id},
            )

        def credit_the_bank_later(call):
            entry = self._new_lines(
                (self.payable, self.vendor, 900),
                (self.revenue, self.env["res.partner"], -900),
            )
            call(entry, "action_post")
            line = entry.line_ids.filtered(lambda item: item.balance < 0)
            call(line, "write", {"account_id": self.bank.id})

        routes["partner later"] = name_later
        routes["bank later"] = credit_the_bank_later
        callers = [
            (Caller(self.env(user=self.accountant), mode), mode)
            for mode in ("rpc", "sudo")
        ]
        self._run_routes(routes, self._find_named, callers)

    def _find_named(self):
        """Return posted entries that name the vendor and touch the bank."""
        self.env.flush_all()
        moves = self.env["account.move"].browse(
            self.env["account.move"]
            .search(
                [
                    ("company_id", "=", self.company.id),
                    ("move_type", "=", "entry"),
                    ("state", "=", "posted"),
                ]
            )
            .ids
        )
        partners = self.vendor | self.vendor.child_ids
        return [
            move.display_name
            for move in moves
            if (move.partner_id | move.line_ids.partner_id) & partners
            and any(
                line.balance < 0
                and line.account_id.account_type != "income"
                and line.account_id != self.payable
                for line in move.line_ids
            )
        ]

    def test_entry_let_through_by_two_persons(self):
        for lines in list(self._entries().values())[:2]:
            entry = self._new_lines(*lines)
            with self._refused("pays"):
                entry.action_post()
            self._refresh_holds()
            hold = entry.vendor_quality_hold_ids
            self.assertRecordValues(
                hold, [{"rule": "entry_paid", "stage": "post", "state": "active"}]
            )
            self._except(entry)
            entry.action_post()
            self.assertEqual(entry.vendor_quality_decision_ids.ground, "exception")
            self._assert_proof()

    def test_entry_within_what_may_be_paid(self):
        """It is money that left for the posted bills, and counts as such."""
        self._new_form()
        bill = self._new_posted_bill(amount=1000)
        none = self.env["res.partner"]
        lines = (self.payable, self.vendor, 900), (self.bank, none, -900)
        entry = self._new_lines(*lines)
        entry.action_post()
        self._assert_proof()
        second = self._new_lines(*lines)
        with self._refused("pays"):
            second.action_post()
        with self._refused("not matched"):
            self._pay(bill)
        self._get_payable_line(entry | bill).reconcile()
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self._assert_proof()

    def test_entries_that_move_no_money_pass(self):
        none = self.env["res.partner"]
        for lines in (
            ((self.payable, self.vendor, 90), (self.revenue, none, -90)),
            ((self.expense, self.vendor, 90), (self.revenue, none, -90)),
            ((self.expense, self.other_vendor, 90), (self.bank, none, -90)),
            ((self.bank, none, 90), (self.revenue, self.vendor, -90)),
        ):
            entry = self._new_lines(*lines)
            entry.action_post()
            self.assertEqual(entry.state, "posted")
        self._assert_proof()

    def test_items_of_posted_money_stay(self):
        self._new_form()
        self._new_posted_bill(amount=1000)
        none = self.env["res.partner"]
        entry = self._new_lines(
            (self.payable, self.vendor, 900), (self.bank, none, -900)
        )
        entry.action_post()
        line = self._get_payable_line(entry)
        for values in (
            {"partner_id": self.other_vendor.id},
            {"account_id": self.expense.id},
        ):
            with self._refused("reset it to draft"):
                line.with_user(self.accountant).write(values)
        entry.button_draft()
        line.partner_id = self.other_vendor
        entry.action_post()

    # ------------------------------------------------------------
    # PROOF
    # ------------------------------------------------------------

    def _prove(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["vendor.quality.gate"]._cron_prove()

    def test_proof_finds_entries_around_the_gate(self):
        for name, lines in self._entries().items():
            with self.subTest(name):
                entry = self._new_lines(*lines)
                self.env.flush_all()
                self._set(entry, state="posted")
                self._set(entry.line_ids, parent_state="posted")
                self.assertEqual(self._prove(), 1)
                self.assertRecordValues(
                    entry.vendor_quality_hold_ids,
                    [{"stage": "leak", "rule": "entry_paid"}],
                )
                self._set(entry, state="draft")
                self._set(entry.line_ids, parent_state="draft")

    def test_proof_finds_payments_in_two_steps(self):
        """Vendor to clearing, clearing to bank without a name: listed that night."""
        none = self.env["res.partner"]
        kinds = ("liability_current", "asset_current")
        clearing, second = (
            self.payable.copy({"account_type": kind, "reconcile": True})
            for kind in kinds
        )
        debt = self._new_lines((self.payable, self.vendor, 90), (clearing, none, -90))
        cost = self._new_lines((self.expense, self.vendor, 80), (clearing, none, -80))
        stranger = self._new_lines(
            (self.payable, self.other_vendor, 70), (clearing, none, -70)
        )
        (debt | cost | stranger).action_post()
        self.assertEqual(self._prove(), 0)
        self._new_lines((clearing, none, 240), (second, none, -240)).action_post()
        self.assertEqual(self._prove(), 0, "nothing has left the bank")
        self._new_lines((second, none, 240), (self.bank, none, -240)).action_post()
        self._prove()
        holds = self.env["vendor.quality.hold"].search([("stage", "=", "leak")])
        self.assertEqual(holds.move_id, debt | cost)
        self.assertEqual(set(holds.mapped("rule")), {"entry_paid"})
        # once listed, not every night again
        self._prove()
        self.assertEqual(
            self.env["vendor.quality.hold"].search([("stage", "=", "leak")]), holds
        )

    def test_proof_finds_what_the_bank_paid_without_a_bill(self):
        found = 0
        for account in (self.payable, self.expense):
            self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.bank_journal.id,
                    "date": "2026-02-09",
                    "payment_ref": "Paid at the counter",
                    "partner_id": self.vendor.id,
                    "amount": -70,
                    "counterpart_account_id": account.id,
                }
            )
            found += 1
            self.assertEqual(self._prove(), found)
        holds = self.env["vendor.quality.hold"].search([("stage", "=", "leak")])
        self.assertEqual(set(holds.mapped("rule")), {"bank_unbilled"})
        # once listed, not every night again
        self._prove()
        self.assertEqual(
            self.env["vendor.quality.hold"].search_count([("stage", "=", "leak")]), 2
        )

    def test_proof_is_quiet_about_what_the_bank_confirms(self):
        self._new_form()
        bill = self._new_posted_bill(amount=1000)
        payment = self._pay(bill)
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Payment",
                "partner_id": self.vendor.id,
                "amount": -payment.amount,
                "counterpart_account_id": payment.outstanding_account_id.id,
            }
        )
        lines = (payment.move_id | statement.move_id).line_ids.filtered(
            lambda line: line.account_id == payment.outstanding_account_id
        )
        lines.reconcile()
        self.assertEqual(self._prove(), 0)
