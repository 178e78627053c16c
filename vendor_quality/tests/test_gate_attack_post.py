from datetime import date

from odoo import Command
from odoo.tests import tagged

from ..models.base.res_company import set_gate_from
from .attack_callers import Caller
from .attack_routes import PostRoutes
from .common import FEBRUARY, JANUARY


@tagged("post_install", "-at_install")
class TestGateAttackPost(PostRoutes):
    """Every way to a posted bill, while no form is approved."""

    def test_no_route_posts_a_blocked_bill(self):
        self._run_routes(self._routes(), self._find_posted)

    def test_no_route_under_review_or_over_the_fee(self):
        self._new_form(state="review")
        routes = self._routes()
        names = ("button", "write state", "validate wizard", "import of the state")
        self._run_routes({name: routes[name] for name in names}, self._find_posted)

    def test_routes_work_with_an_approved_form(self):
        """The attempts are real: with a form, the plain ones post the bill."""
        self._new_form()
        routes = self._routes()
        for name in (
            "button",
            "mass confirm",
            "validate wizard",
            "write state",
            "import of the state",
        ):
            caller = Caller(self.env(user=self.biller), "ui")
            leak, refusal = self._attempt(
                lambda name=name, caller=caller: routes[name](caller), self._find_posted
            )
            self.assertTrue(leak, f"{name}: {refusal}")

    def test_change_after_posting(self):
        """A posted bill stays what was decided on."""
        self._new_form()
        self._new_form(FEBRUARY, state="review")
        bill = self._new_posted_bill(amount=1000)
        before = bill.amount_total
        changes = {
            "amount on the bill": lambda call: call(
                bill,
                "write",
                {
                    "invoice_line_ids": [
                        Command.update(bill.invoice_line_ids.id, {"price_unit": 9000})
                    ]
                },
            ),
            "amount on the line": lambda call: call(
                bill.invoice_line_ids, "write", {"price_unit": 9000}
            ),
            "balance of the lines": lambda call: self._raise_balance(call, bill),
            "new line": lambda call: call.create(
                "account.move.line",
                {
                    "move_id": bill.id,
                    "name": "More",
                    "quantity": 1,
                    "price_unit": 5000,
                    "account_id": self.expense.id,
                },
            ),
            "period": lambda call: call(
                bill,
                "write",
                {
                    "service_date_start": FEBRUARY[0],
                    "service_date_end": FEBRUARY[1],
                },
            ),
            "posted again with another amount": lambda call: self._post_again(
                call, bill
            ),
        }
        self._run_routes(
            changes,
            lambda: (
                bill.state == "posted"
                and (
                    bill.amount_total != before or bill.service_date_start != JANUARY[0]
                )
            ),
        )

    def test_forged_figures(self):
        self._new_form()
        bill = self._new_posted_bill(amount=1000)
        line = self._get_payable_line(bill)
        routes = {
            name: lambda call, name=name, value=value: call(
                bill, "write", {name: value}
            )
            for name, value in (
                ("payment_state", "paid"),
                ("payment_state", "in_payment"),
                ("payment_state", "invoicing_legacy"),
                ("amount_residual", 0),
                ("amount_total", 1),
                ("amount_untaxed", 1),
                ("status_in_payment", "paid"),
            )
        }
        for name, value in (
            ("amount_residual", 0),
            ("amount_residual_currency", 0),
            ("reconciled", True),
        ):
            routes[f"line {name}"] = lambda call, name=name, value=value: call(
                line, "write", {name: value}
            )
        routes["created as paid"] = lambda call: self._create(
            call, {"payment_state": "paid"}
        )
        routes["created as paid by default"] = lambda call: self._create(
            call, {}, {"default_payment_state": "paid"}
        )
        self._run_routes(routes, self._find_paid)

    def test_paid_as_a_draft_of_another_vendor(self):
        """What was paid before the bill came under the gate is judged with it."""
        self._new_form(score=50.0)
        bill = self._new_bill(vendor=self.other_vendor, period=None)
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=bill.ids)
            .create({"journal_id": self.bank_journal.id})
        )
        wizard._create_payments()
        bill.partner_id = self.vendor
        bill.write({"service_date_start": JANUARY[0], "service_date_end": JANUARY[1]})
        if bill.payment_state == "paid":
            with self._refused("under the threshold"):
                bill.action_post()

    def test_ungoverned_bill_is_untouched(self):
        bill = self._new_bill(vendor=self.other_vendor, period=None)
        self.assertFalse(bill.outsourcing_contract_id)
        bill.with_user(self.biller).action_post()
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self.assertFalse(bill.vendor_quality_decision_ids)
        self.assertFalse(bill.vendor_quality_hold_ids)

    def test_gate_off(self):
        set_gate_from(self.company, False)
        self.bill.action_post()
        self.assertEqual(self.bill.state, "posted")

    def test_other_company(self):
        """A contract governs the bills of its own company only."""
        other = self.setup_other_company()
        other["company"].vendor_quality_gate_from = date(2026, 1, 1)
        bill = (
            self.env["account.move"]
            .with_company(other["company"])
            .create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.vendor.id,
                    "invoice_date": "2026-02-05",
                    "invoice_line_ids": [
                        Command.create({"name": "x", "price_unit": 10, "tax_ids": []})
                    ],
                }
            )
        )
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_ended_contract_governs_until_settled(self):
        form = self._new_form()
        self._set(self.contract, state="expired", date_end=JANUARY[1])
        late = self._new_bill(period=None)
        with self._refused():
            late.action_post()
        self._set(form, state="approved")
        self._new_posted_bill()
        free = self._new_bill(
            period=None,
            invoice_date=date(2026, 6, 1),
            date=date(2026, 6, 1),
        )
        free.service_date_start = free.service_date_end = False
        free.action_post()
        self.assertEqual(free.state, "posted")

    def test_currencies(self):
        """Fees are compared at the official rate, not at the one on the bill."""
        currency = self.setup_other_currency("EUR")
        self._new_form(fee_amount=1000)
        bill = self._new_bill(amount=2000, currency_id=currency.id)
        bill.action_post()
        self.assertEqual(bill.state, "posted")
        more = self._new_bill(amount=2, currency_id=currency.id)
        more.invoice_currency_rate = 1000000
        with self._refused("exceed the fee"):
            more.action_post()

    def test_currency_without_rate(self):
        currency = self.env["res.currency"].create(
            {"name": "QQQ", "symbol": "Q", "rounding": 0.001}
        )
        self._new_form()
        bill = self._new_bill(amount=1, currency_id=currency.id)
        with self._refused("exchange rate"):
            bill.action_post()
