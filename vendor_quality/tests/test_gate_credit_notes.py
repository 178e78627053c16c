from odoo import Command
from odoo.tests import tagged

from .attack_callers import AttackCommon, Caller


@tagged("post_install", "-at_install")
class TestGateCreditNotes(AttackCommon):
    """Only what the same vendor gives back by its ledger frees the fee of a form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._new_form()
        cls.bill = cls._new_posted_bill(amount=1000)

    def _callers(self):
        yield Caller(self.env(user=self.accountant), "rpc"), "accountant rpc"

    def _new_refund(self, amount=1000, post=True, **values):
        refund = self._new_bill(
            amount,
            period=None,
            **{
                "move_type": "in_refund",
                "reversed_entry_id": self.bill.id,
                **values,
            },
        )
        if post:
            refund.action_post()
        return refund

    def _find_second(self):
        """Return what is posted beside the first bill."""
        return [
            bill.amount_untaxed
            for bill in self.env["account.move"].search(
                [
                    ("commercial_partner_id", "=", self.vendor.id),
                    ("move_type", "=", "in_invoice"),
                    ("state", "=", "posted"),
                    ("id", "!=", self.bill.id),
                ]
            )
        ]

    def _bill_again(self, call, amount=1000):
        bill = self._new_bill(amount)
        call(bill, "action_post")

    def test_no_route_frees_the_fee(self):
        def of_another_vendor(call):
            self._new_refund(partner_id=self.other_vendor.id)
            self._bill_again(call)

        def written_amount(call):
            refund = self._new_refund(1)
            call(refund, "write", {"amount_untaxed": 1000})
            self._bill_again(call)

        def written_in_draft(call):
            refund = self._new_refund(1, post=False)
            call(refund, "write", {"amount_untaxed": 1000, "state": "posted"})
            self._bill_again(call)

        def written_amount_of_the_bill(call):
            self._new_refund(100)
            call(self.bill, "write", {"amount_untaxed": 100})
            self._bill_again(call)

        def of_another_currency(call):
            currency = self.setup_other_currency("JPY", rates=[("2026-01-01", 100.0)])
            self._new_refund(currency_id=currency.id)
            self._bill_again(call)

        def given_back_by_tax(call):
            refund = self._new_refund(post=False)
            totals = refund.tax_totals
            totals["subtotals"][0]["tax_groups"][0]["tax_amount_currency"] = -990
            refund.tax_totals = totals
            refund.action_post()
            self.assertAlmostEqual(refund.amount_total, 10)
            self._bill_again(call)

        def taken_away_later(call):
            refund = self._new_refund()
            self._bill_again(call)
            call(refund, "button_draft")

        def redirected_later(call):
            refund = self._new_refund()
            self._bill_again(call)
            call(
                refund,
                "write",
                {"partner_id": self.other_vendor.id},
                extra={"skip_readonly_check": True},
            )

        def line_redirected_later(call):
            refund = self._new_refund()
            self._bill_again(call)
            call(
                self._get_payable_line(refund),
                "write",
                {"partner_id": self.other_vendor.id},
            )

        def paid_bill_in_draft(call):
            self._pay(self.bill)
            call(self.bill, "button_draft")
            self._bill_again(call)

        def paid_bill_cancelled_by_state(call):
            self._pay(self.bill)
            call(self.bill, "write", {"state": "cancel"})
            self._bill_again(call)

        routes = [
            of_another_vendor,
            written_amount,
            written_in_draft,
            written_amount_of_the_bill,
            of_another_currency,
            given_back_by_tax,
            taken_away_later,
            redirected_later,
            line_redirected_later,
            paid_bill_in_draft,
            paid_bill_cancelled_by_state,
        ]
        self._run_routes({route.__name__: route for route in routes}, self._find_second)

    def test_results_of_a_credit_note_are_not_written(self):
        refund = self._new_refund(10)
        for user in (self.biller, self.accountant):
            for values in (
                {"amount_untaxed": 1000},
                {"amount_total": 1000},
                {"amount_residual": 0},
                {"payment_state": "paid"},
            ):
                with self._refused("not written"):
                    refund.with_user(user).sudo().write(values)

    def test_an_honest_credit_note_frees_what_it_gives_back(self):
        self._new_refund(400)
        with self._refused("fee"):
            self._new_posted_bill(amount=401)
        self._new_posted_bill(amount=400)
        self._assert_proof()

    def test_a_paid_bill_is_corrected(self):
        """Reset and posted again: its own money and fee are no obstacle."""
        self._pay(self.bill)
        self.bill.button_draft()
        self.bill.invoice_line_ids.name = "Cleaning, corrected"
        self.bill.action_post()
        self.assertEqual(self.bill.state, "posted")
        self.assertEqual(self.bill.payment_state, "paid")

    def test_what_is_no_longer_paid_is_free(self):
        payment = self._pay(self.bill)
        payment.action_draft()
        payment.action_cancel()
        self.bill.button_draft()
        self.bill.button_cancel()
        self._new_posted_bill(amount=1000)

    def test_proof_finds_a_form_billed_twice(self):
        bill = self._new_bill(1000)
        refund = self._new_refund(1000)
        bill.action_post()
        self._assert_proof()
        self.env.flush_all()
        self._set(refund, state="cancel")
        self.env.invalidate_all()
        found = dict(self.env["vendor.quality.gate"]._find_undecided())
        self.assertIn("over_fee", {verdict.rule for verdict in found.values()})

    def test_deductions_follow_the_ledger_too(self):
        """What other credit notes gave back is measured the same way."""
        self._set(self.form, deduction_amount=100, payable_amount=900)
        self._new_refund(400, partner_id=self.other_vendor.id)
        ledger = self.form._get_ledgers()[self.form]
        self.assertAlmostEqual(ledger.billed, 1000)
        self._new_refund(400)
        ledger = self.form._get_ledgers()[self.form]
        self.assertAlmostEqual(ledger.billed, 600)

    def test_line_by_line(self):
        """A credit note with a line that takes nothing back."""
        lines = [
            Command.create(
                {
                    "name": name,
                    "price_unit": price,
                    "account_id": self.expense.id,
                    "tax_ids": [Command.set(self.tax_purchase_a.ids)],
                }
            )
            for name, price in (("Back", 300), ("Not", -100))
        ]
        self._new_refund(invoice_line_ids=lines)
        with self._refused("fee"):
            self._new_posted_bill(amount=201)
        self._new_posted_bill(amount=200)
