from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.base.res_company import set_gate_from
from .common import FEBRUARY, JANUARY, GateCommon


@tagged("post_install", "-at_install")
class TestGateFlow(GateCommon):
    """What a buyer sees: a bill from refusal to payment."""

    def test_refused_without_form_posted_with_it(self):
        bill = self._new_bill(user=self.biller)
        self.assertEqual(bill.outsourcing_contract_id, self.contract)
        with self._refused("No quality form"):
            bill.action_post()
        self.assertEqual(bill.state, "draft")
        form = self._new_form(state="review")
        with self._refused("is not approved"):
            bill.action_post()
        self._set(form, state="approved")
        bill.action_post()
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.vendor_quality_form_ids, form)
        self.assertRecordValues(
            bill.vendor_quality_decision_ids,
            [
                {
                    "stage": "post",
                    "ground": "form",
                    "form_id": form.id,
                    "amount": 1000.0,
                    "is_current": True,
                    "user_id": self.biller.id,
                }
            ],
        )
        self.assertEqual(form.billed_amount, 1000)
        self._assert_proof()

    def test_paid_with_a_good_score(self):
        self._new_form()
        bill = self._new_posted_bill()
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self._assert_proof()

    def test_payment_refused_under_the_threshold(self):
        self._new_form(score=70)
        bill = self._new_posted_bill()
        with self._refused("under the threshold 80"):
            self._pay(bill)
        self.assertEqual(bill.payment_state, "not_paid")
        hold = bill.vendor_quality_hold_ids
        self.assertRecordValues(
            hold, [{"state": "active", "stage": "payment", "actor": "finance"}]
        )

    def test_payment_refused_above_the_payable_amount(self):
        form = self._new_form(payable_amount=900.0)
        bill = self._new_posted_bill()
        payable = bill.amount_total * 0.9
        self.assertAlmostEqual(bill.vendor_quality_payable, payable)
        with self._refused("may be paid"):
            self._pay(bill, amount=bill.amount_total)
        self._pay(bill, amount=payable)
        self.assertEqual(bill.payment_state, "partial")
        self.assertAlmostEqual(form.paid_amount, 900)
        with self.assertRaises(UserError):
            self._pay(bill, amount=0.01)
        self._assert_proof()

    def test_bill_says_why_not_all_of_it_may_be_paid(self):
        form = self._new_form(payable_amount=900.0)
        self._set(form, deduction_amount=100.0)
        bill = self._new_posted_bill().with_user(self.accountant)
        payable = bill.amount_total * 0.9
        money = bill.currency_id
        self.assertAlmostEqual(bill.vendor_quality_room, payable)
        for text in (
            f"Only {money.format(payable)} of the bill may be paid.",
            f"Before tax, {form.name}: {money.format(100)} is deducted.",
            "ask for an exception",
        ):
            self.assertIn(text, bill.vendor_quality_rest_notice)
        self._pay(bill)
        bill.invalidate_recordset()
        self.assertAlmostEqual(bill.vendor_quality_room, 0)
        self.assertAlmostEqual(bill.vendor_quality_payable, payable)
        self.assertIn("may be paid", bill.vendor_quality_rest_notice)

    def test_bill_that_may_be_paid_says_nothing(self):
        self._new_form()
        bill = self._new_posted_bill().with_user(self.accountant)
        self.assertAlmostEqual(bill.vendor_quality_room, bill.amount_total)
        self.assertFalse(bill.vendor_quality_rest_notice)

    def test_wizard_proposes_the_payable_amount(self):
        self._new_form(payable_amount=900.0)
        bill = self._new_posted_bill()
        self._pay(bill)
        self.assertAlmostEqual(bill.amount_residual, bill.amount_total * 0.1)

    def test_wizard_says_why_it_proposes_less(self):
        form = self._new_form(payable_amount=900.0)
        bill = self._new_posted_bill()

        def open_wizard(bills):
            return (
                self.env["account.payment.register"]
                .with_user(self.accountant)
                .with_context(active_model="account.move", active_ids=bills.ids)
                .create({"journal_id": self.bank_journal.id})
            )

        wizard = open_wizard(bill)
        money = bill.currency_id.with_user(self.accountant)
        self.assertLess(wizard.amount, bill.amount_total)
        for amount in (bill.amount_total, wizard.amount):
            self.assertIn(money.format(amount), wizard.vendor_quality_notice)
        self._set(form, deduction_amount=60.0, retention_amount=40.0)
        notice = open_wizard(bill).vendor_quality_notice
        for text in (form.name, f"{money.format(60)} is deducted", money.format(40)):
            self.assertIn(text, notice)
        stranger = self.env["res.partner"].create({"name": "Another Vendor"})
        free = self._new_posted_bill(vendor=stranger)
        self.assertFalse(open_wizard(free).vendor_quality_notice)

    def test_fee_is_shared_by_all_bills(self):
        self._new_form()
        self._new_posted_bill(amount=600)
        bill = self._new_bill(amount=500)
        with self._refused("exceed the fee"):
            bill.action_post()

    def test_fee_in_one_batch(self):
        self._new_form()
        bills = self._new_bill(amount=600) | self._new_bill(amount=600)
        with self._refused("exceed the fee"):
            bills.action_post()

    def test_credit_note_gives_the_fee_back(self):
        self._new_form()
        bill = self._new_posted_bill()
        refund = bill._reverse_moves(
            [{"invoice_date": bill.invoice_date, "date": bill.date}], cancel=True
        )
        self.assertEqual(refund.state, "posted")
        again = self._new_posted_bill()
        self.assertEqual(again.state, "posted")
        with self._refused("exceed"):
            refund.button_draft()

    def test_credit_notes_reset_in_one_batch(self):
        """Each bill fits the fee without the other."""
        self._new_form()
        refunds = self.env["account.move"]
        for _number in range(2):
            refunds |= self._credit(self._new_posted_bill(amount=600), 600)
        with self._refused("exceed"):
            refunds.button_draft()

    def test_one_of_two_credit_notes_is_reset(self):
        """What the other one gives back is still there to be used."""
        self._new_form()
        bill = self._new_posted_bill()
        self._credit(bill, 600)
        refund = self._credit(bill, 200)
        self._new_posted_bill(amount=600)
        refund.button_draft()
        self.assertEqual(refund.state, "draft")

    def _credit(self, bill, amount):
        refund = bill._reverse_moves(
            [{"invoice_date": bill.invoice_date, "date": bill.date}]
        )
        refund.invoice_line_ids.price_unit = amount
        refund.action_post()
        return refund

    def test_one_bill_over_two_periods(self):
        january, february = self._new_form(), self._new_form(FEBRUARY)
        bill = self._new_posted_bill(amount=1500, period=(JANUARY[0], FEBRUARY[1]))
        self.assertEqual(
            {row.form_id: row.amount for row in bill.vendor_quality_decision_ids},
            {january: 750.0, february: 750.0},
        )
        self._set(february, score=10)
        with self.assertRaises(UserError):
            self._pay(bill)

    def test_period_missing(self):
        bill = self._new_bill(period=None)
        with self._refused("service period"):
            bill.action_post()

    def test_period_comes_from_the_oldest_open_form(self):
        self._new_form()
        self._new_form(FEBRUARY)
        self._new_posted_bill()
        bill = self._new_bill(
            service_date_start=False, service_date_end=False, period=None
        )
        bill.service_date_start = bill.service_date_end = False
        bill.outsourcing_contract_id = False
        bill.outsourcing_contract_id = self.contract
        self.assertEqual((bill.service_date_start, bill.service_date_end), FEBRUARY)

    def test_superseded_form_stops_payment_until_the_new_one(self):
        form = self._new_form()
        bill = self._new_posted_bill()
        self._set(form, state="superseded")
        with self.assertRaises(UserError):
            self._pay(bill)
        new = self._new_form(payable_amount=500.0)
        self._pay(bill, amount=bill.amount_total / 2)
        with self.assertRaises(UserError):
            self._pay(bill)
        self.assertAlmostEqual(new.paid_amount, 500)

    def test_panel(self):
        bill = self._new_bill().with_user(self.biller)
        self.assertEqual(bill.vendor_quality_stage, "post")
        self.assertIn("No quality form", bill.vendor_quality_gate_reason)
        self.assertTrue(bill.vendor_quality_gate_unblock)
        self.assertEqual(bill.vendor_quality_gate_actor, "Quality officer")
        free = self._new_bill(vendor=self.other_vendor, period=None)
        self.assertEqual(free.vendor_quality_stage, "free")
        self.assertFalse(free.vendor_quality_gate_reason)

    def test_holds_are_listed_and_released(self):
        bill = self._new_bill()
        self._refresh_holds()
        hold = bill.vendor_quality_hold_ids
        self.assertRecordValues(
            hold, [{"stage": "post", "actor": "officer", "state": "active"}]
        )
        self._new_form()
        hold.with_user(self.biller).action_recheck()
        self.assertEqual(hold.state, "released")
        for user in (self.biller, self.finance):
            for values in ({"state": "active"}, {"reason": "x"}):
                with self.assertRaises(AccessError):
                    hold.with_user(user).write(values)
        with self.assertRaises(AccessError):
            hold.sudo().unlink()
        with self.assertRaises(AccessError):
            self.env["vendor.quality.hold"].sudo().create(
                {
                    "move_id": bill.id,
                    "stage": "post",
                    "rule": "x",
                    "actor": "finance",
                }
            )

    def test_proof_finds_what_passed_around_the_gate(self):
        bill = self._new_bill()
        self.env["vendor.quality.gate"]._cron_prove()
        self.assertFalse(bill.vendor_quality_hold_ids)
        self._set(bill, state="posted")
        self.assertEqual(self.env["vendor.quality.gate"]._cron_prove(), 1)
        self.assertRecordValues(
            bill.vendor_quality_hold_ids,
            [{"stage": "leak", "rule": "undecided", "actor": "finance"}],
        )
        self.env["vendor.quality.gate"]._cron_prove()
        self.assertEqual(len(bill.vendor_quality_hold_ids), 1)
        self._new_form()
        with self._refused("before anybody decided"):
            self._pay(bill, amount=1)

    def test_branch_falls_under_the_contracts_of_its_parent(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids |= branch
        vendor = self.vendor.with_company(branch)
        vendor.property_account_payable_id = self.payable
        bill = self._new_bill(
            company_id=branch.id,
            journal_id=self.company_data["default_journal_purchase"].id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Cleaning",
                        "price_unit": 10,
                        "tax_ids": [],
                        "account_id": self.expense.id,
                    }
                )
            ],
        )
        self.assertEqual(bill.outsourcing_contract_id, self.contract)
        with self._refused("No quality form"):
            bill.action_post()

    def test_accounting_chooses_the_contract(self):
        other = self._new_contract(self.vendor)
        bill = self._new_bill(user=self.biller)
        self.assertFalse(bill.outsourcing_contract_id)
        found = self.env["outsourcing.contract"].with_user(self.biller)
        names = found.name_search("", [("partner_id", "=", self.vendor.id)])
        self.assertEqual({row[0] for row in names}, {self.contract.id, other.id})
        bill.outsourcing_contract_id = self.contract
        self._new_form()
        bill.action_post()
        self.assertEqual(bill.state, "posted")

    def test_decisions_are_append_only(self):
        self._new_form()
        decision = self._new_posted_bill().vendor_quality_decision_ids
        for operation in (
            lambda: decision.sudo().write({"amount": 0}),
            lambda: decision.sudo().unlink(),
            lambda: decision.sudo().copy(),
            lambda: self.env["vendor.quality.decision"].sudo().create({}),
        ):
            with self.assertRaises(AccessError):
                operation()

    def test_weakening_the_gate_takes_two_persons(self):
        admin = self._new_user("admin", "base.group_system,base.group_erp_manager")
        company = self.company.with_user(admin)
        for day in (False, date(2027, 1, 1)):
            with self.assertRaises(AccessError):
                company.vendor_quality_gate_from = day
            with self.assertRaises(AccessError):
                self.company.sudo().vendor_quality_gate_from = day
        company.vendor_quality_gate_from = date(2025, 12, 1)
        change = (
            self.env["vendor.quality.gate.change"]
            .with_user(self.accountant)
            .create({"reason": "Migration", "company_id": self.company.id})
        )
        change.action_submit()
        with self.assertRaises(UserError):
            change.validate_tier()
        change = change.with_user(self.finance)
        change.validate_tier()
        change.action_approve()
        self.assertFalse(self.company.vendor_quality_gate_from)
        self.assertEqual(change.day_before, date(2025, 12, 1))
        bill = self._new_posted_bill()
        self.assertEqual(bill.state, "posted")

    def test_decision_on_the_gate_is_no_method(self):
        """Templates and server actions call any method of a record."""
        change = (
            self.env["vendor.quality.gate.change"]
            .with_user(self.accountant)
            .create({"reason": "Migration", "company_id": self.company.id})
        )
        day = self.company.vendor_quality_gate_from
        for code, error in {
            "record._on_enter_approved({})": AccessError,
            "record._apply()": ValueError,
            "record._flow_run_hooks('approved', {})": ValueError,
        }.items():
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Lift the gate",
                    "model_id": self.env["ir.model"]._get_id(change._name),
                    "state": "code",
                    "code": code,
                }
            )
            with (
                self.assertRaises(error),
                mute_logger("odoo.addons.base.models.ir_actions"),
            ):
                action.with_context(
                    active_model=change._name, active_id=change.id
                ).run()
        self.assertEqual(self.company.vendor_quality_gate_from, day)
        self.assertEqual(change.state, "draft")

    def test_payments_are_not_put_off_by_a_method(self):
        """A block of a method could be begun by evaluated code and never ended."""
        gate = self.env["vendor.quality.gate"]
        self.assertFalse([name for name in dir(gate) if "at_end" in name])

    def test_go_live(self):
        set_gate_from(self.company, False)
        bill = self._new_bill()
        wizard = (
            self.env["vendor.quality.go.live"]
            .with_user(
                self._new_user(
                    "live",
                    "account.group_account_invoice,vendor_quality.group_quality_finance",
                )
            )
            .create({"gate_from": date(2026, 1, 1)})
        )
        self.assertIn(bill, wizard.move_ids)
        wizard.action_start()
        self.assertEqual(self.company.vendor_quality_gate_from, date(2026, 1, 1))
        self.assertTrue(bill.vendor_quality_hold_ids)
        wizard.reason = "Ordered before the contract"
        wizard.action_request()
        self.assertEqual(bill.vendor_quality_exception_ids.state, "submitted")

    def test_go_live_by_finance_without_accounting(self):
        set_gate_from(self.company, False)
        bill = self._new_bill()
        arch = self.env["vendor.quality.go.live"].with_user(self.finance).get_view()
        self.assertNotIn("move_ids", arch["arch"])
        self.assertNotIn("action_request", arch["arch"])
        with Form(self.env["vendor.quality.go.live"].with_user(self.finance)) as form:
            form.gate_from = date(2026, 1, 1)
            self.assertGreaterEqual(form.bill_count, 1)
        form.record.action_start()
        self.assertEqual(self.company.vendor_quality_gate_from, date(2026, 1, 1))
        self.assertTrue(bill.vendor_quality_hold_ids)

    def test_go_live_of_another_company(self):
        self._new_bill()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._new_user("other", "vendor_quality.group_quality_finance")
        stranger.write(
            {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        )
        Wizard = self.env["vendor.quality.go.live"].with_user(stranger)
        values = {"company_id": self.company.id, "gate_from": "2026-01-01"}
        with self._refused("not in your companies", AccessError):
            Wizard.create(values)
        wizard = Wizard.create({})
        with self._refused("not in your companies", AccessError):
            wizard.company_id = self.company
        spec = {name: {} for name in (*values, "bill_count")}
        seen = Wizard.onchange(values, ["company_id"], spec)["value"]
        self.assertFalse(seen.get("bill_count"))
        with self.assertRaises(AccessError):
            wizard.read(["move_ids"])

    def test_purchase_order_names_the_contract(self):
        self._new_contract(self.vendor)
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_a.id,
                            "product_qty": 1,
                            "price_unit": 1000,
                        }
                    )
                ],
            }
        )
        contract = self._new_contract(self.vendor, activate=False, amount_total=1000.0)
        order.outsourcing_contract_id = contract
        self._sign(contract)
        self.assertEqual(
            order._prepare_invoice()["outsourcing_contract_id"], contract.id
        )
        bill = self._new_bill()
        self.assertFalse(bill.outsourcing_contract_id)
        with self._refused("several contracts"):
            bill.action_post()
