from odoo import Command
from odoo.tests import tagged

from .attack_callers import Caller
from .attack_routes import PayRoutes
from .common import FEBRUARY


@tagged("post_install", "-at_install")
class TestGateAttackPay(PayRoutes):
    """Every way to a paid bill, while the score is under the threshold."""

    def test_no_route_pays_a_blocked_bill(self):
        self._run_routes(self._routes(), self._find_paid)

    def test_routes_work_with_a_good_score(self):
        """The attempts are real: with a good score, they pay the bill."""
        self._set(self.form, score=95.0)
        ledger = self._ledger_routes()
        refused = []
        for name in (
            "wizard",
            "wizard, two bills",
            "wizard, difference written off",
            "wizard from the items",
            "payment posted, then matched",
            "payment of the bill",
            "payment written under way",
            "outstanding entry",
            "reconcile",
            "created reconciliation",
            "reconciliation through the line",
            "matched through the line",
        ):
            caller = Caller(self.env(user=self.accountant), "ui")

            def act(name=name, caller=caller):
                if name not in ledger:
                    # Else it is money that left and waits to be matched.
                    self.entry.button_draft()
                self._routes()[name](caller)

            leak, refusal = self._attempt(act, self._find_paid)
            if not leak:
                refused.append(f"{name}: {refusal}")
        self.assertFalse(refused, "\n".join(refused))

    def test_no_route_pays_above_the_payable_amount(self):
        self._set(self.form, score=95.0, payable_amount=200.0, deduction_amount=800.0)
        room = self.total * 0.5

        def find_leak():
            self.env["account.move"].flush_model()
            paid = self.total - self.bill.amount_residual
            other = self.other_bill.amount_total - self.other_bill.amount_residual
            out = sum(
                payment.amount
                for payment in self.env["account.payment"].search(
                    [
                        ("company_id", "=", self.company.id),
                        ("state", "in", ("in_process", "paid")),
                    ]
                )
            )
            return (
                max(paid + other, out) > room + 0.01 and (paid, other, out)
            ) or self.draft.payment_state == "paid"

        routes = self._routes()
        for name in [name for name in routes if "forged" in name]:
            routes.pop(name)
        callers = [
            (Caller(self.env(user=self.biller), "rpc"), "biller rpc"),
            (Caller(self.env(user=self.accountant), "sudo"), "accountant sudo"),
        ]
        self._run_routes(routes, find_leak, callers)

    def test_many_payments_do_not_add_up(self):
        """Money paid out and not matched yet counts for the next payment."""
        self._set(self.form, score=95.0)
        self.entry.button_draft()
        room = self.bill.amount_total + self.other_bill.amount_total
        first = self._new_payment(Caller(self.env(user=self.accountant), "ui"), room)
        first.action_post()
        self.assertIn(first.state, ("in_process", "paid"))
        second = self._new_payment(Caller(self.env(user=self.accountant), "ui"), 1)
        with self._refused("cannot be paid out"):
            second.action_post()
        lines = self._get_payable_line(first.move_id) | self._get_payable_line(
            self.bill | self.other_bill
        )
        lines.reconcile()
        self.assertEqual(self.bill.amount_residual, 0)
        self._assert_proof()

    def test_bank_line_is_history_and_an_incident(self):
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Paid at the counter",
                "partner_id": self.vendor.id,
                "amount": -self.total,
                "counterpart_account_id": self.payable.id,
            }
        )
        lines = self._get_payable_line(statement.move_id | self.bill)
        lines.with_user(self.biller).reconcile()
        self.assertEqual(self.bill.amount_residual, 0)
        incident = self.bill.vendor_quality_hold_ids.filtered(
            lambda hold: hold.stage == "bank"
        )
        self.assertRecordValues(
            incident,
            [
                {
                    "state": "active",
                    "actor": "finance",
                    "amount": self.total,
                    "placed_by_id": self.biller.id,
                }
            ],
        )
        self.assertTrue(incident.activity_ids)
        self._assert_proof()
        incident = incident.with_user(self.finance)
        with self._refused("what was found"):
            incident.action_resolve_incident()
        incident.resolution = "The vendor paid it back"
        incident.action_resolve_incident()
        self.assertEqual(incident.state, "released")

    def test_entry_that_poses_as_bank_line(self):
        """Only a real statement line is history."""
        entry = self._new_entry(self.total)
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": "2026-02-09",
                "payment_ref": "Other",
                "amount": -1,
            }
        )
        self._set(entry, statement_line_id=statement.id)
        with self._refused():
            self._get_payable_line(entry | self.bill).reconcile()

    def test_credit_note_passes(self):
        refund = self.bill._reverse_moves(
            [{"invoice_date": self.bill.invoice_date, "date": self.bill.date}],
            cancel=True,
        )
        self.assertEqual(refund.state, "posted")
        self.assertEqual(self.bill.payment_state, "reversed")
        self._assert_proof()

    def test_credit_note_is_no_cover_for_a_payment(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.other_vendor.id,
                "amount": self.total,
                "journal_id": self.bank_journal.id,
                "date": "2026-02-10",
            }
        )
        payment.action_post()
        payment.move_id.with_context(skip_readonly_check=True).move_type = "in_refund"
        with self._refused():
            self._get_payable_line(payment.move_id | self.bill).reconcile()

    def test_exchange_difference_passes(self):
        self.entry.button_draft()
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-02-10", 4.0)]
        )
        form = self._new_form(FEBRUARY, fee_amount=1000)
        bill = self._new_posted_bill(
            amount=100, currency_id=currency.id, period=FEBRUARY
        )
        self._pay(bill, currency_id=currency.id)
        self.assertEqual(bill.amount_residual, 0)
        self.assertTrue(
            bill.line_ids.matched_debit_ids.exchange_move_id
            or bill.line_ids.matched_credit_ids.exchange_move_id
        )
        self.assertAlmostEqual(form.paid_amount, 50)
        self._assert_proof()

    def test_cash_basis_passes(self):
        self.company.tax_exigibility = True
        self._set(self.form, score=95.0)
        transition = self.copy_account(
            self.company_data["default_account_assets"], {"reconcile": True}
        )
        tax = self.env["account.tax"].create(
            {
                "name": "Cash basis",
                "type_tax_use": "purchase",
                "amount": 10,
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": transition.id,
            }
        )
        bill = self._new_posted_bill(
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Cleaning",
                        "price_unit": 100,
                        "account_id": self.expense.id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
            ]
        )
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self.assertTrue(bill.tax_cash_basis_created_move_ids)

    def test_inbound_payments_are_free(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.vendor.id,
                "amount": 50,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.assertIn(payment.state, ("in_process", "paid"))
