from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FEBRUARY, JANUARY, MARCH, GateCommon


@tagged("post_install", "-at_install")
class TestGateOddBills(GateCommon):
    """Bills that do not fit the month: nothing is lost, nothing counts twice."""

    def _get_taken(self, *forms):
        """Return what posted bills take from each form, by the decisions."""
        self.env.flush_all()
        rows = dict(
            self.env["vendor.quality.decision"]._read_group(
                [
                    ("is_current", "=", True),
                    ("stage", "=", "post"),
                    ("move_id.state", "=", "posted"),
                ],
                ["form_id"],
                ["amount:sum"],
            )
        )
        return [rows.get(form, 0.0) for form in forms]

    def test_one_bill_over_three_periods(self):
        january, march = self._new_form(), self._new_form(MARCH, fee_amount=2000)
        bill = self._new_bill(amount=3500, period=(JANUARY[0], MARCH[1]))
        with self._refused("02/01/2026"):
            bill.action_post()
        february = self._new_form(FEBRUARY, fee_amount=500.01)
        bill.action_post()
        taken = self._get_taken(january, february, march)
        self.assertAlmostEqual(sum(taken), 3500, 2)
        for form, amount in zip(january | february | march, taken, strict=True):
            self.assertLessEqual(amount, form.fee_amount)
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=1, period=FEBRUARY)
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self._assert_proof()

    def test_bill_is_dated_anew_after_the_decision(self):
        january, february = self._new_form(), self._new_form(FEBRUARY)
        bill = self._new_posted_bill(amount=600)
        self.assertEqual(self._get_taken(january, february), [600, 0])
        bill.write({"service_date_start": FEBRUARY[0], "service_date_end": FEBRUARY[1]})
        self.assertEqual(self._get_taken(january, february), [0, 600])
        with self.assertRaises(UserError), self.cr.savepoint():
            bill.write({"service_date_start": MARCH[0], "service_date_end": MARCH[1]})
        self.assertEqual(bill.service_date_start, FEBRUARY[0])
        self.assertEqual(self._get_taken(january, february), [0, 600])
        self._new_posted_bill(amount=1000)
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=500, period=FEBRUARY)
        self._assert_proof()

    def test_bill_is_dated_anew_at_another_rate(self):
        """A later rate may make more of the fee, and is judged again."""
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 2.0), ("2026-02-07", 1.0)]
        )
        form = self._new_form(fee_amount=1000)
        bill = self._new_posted_bill(amount=1200, currency_id=currency.id)
        self.assertEqual(self._get_taken(form), [600])
        # Clients may send this context along, and cores of other countries do.
        later = bill.with_context(skip_readonly_check=True)
        with self._refused("exceed the fee"), self.cr.savepoint():
            later.invoice_date = date(2026, 2, 8)
        self._set(form, fee_amount=1500, payable_amount=1500)
        later.invoice_date = date(2026, 2, 8)
        self.assertEqual(self._get_taken(form), [1200])
        self._assert_proof()

    def test_advance_then_final_bill(self):
        form = self._new_form()
        advance = self._new_bill(amount=300)
        self._except(advance, purpose="advance")
        advance.action_post()
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=700.01)
        final = self._new_posted_bill(amount=700)
        self._pay(advance)
        self._pay(final)
        self.assertEqual((advance | final).mapped("payment_state"), ["paid"] * 2)
        self.assertEqual(sum(self._get_taken(form)), 700)
        self._assert_proof()

    def test_final_bill_before_the_advance(self):
        self._new_form()
        self._new_posted_bill(amount=800)
        advance = self._new_bill(amount=300)
        self._except(advance, purpose="advance")
        advance.action_post()
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=1)

    def test_contract_without_template(self):
        """No quality was agreed, so no form is asked for."""
        vendor = self.env["res.partner"].create({"name": "Plain", "is_company": True})
        self._new_contract(vendor, vendor_quality_template_id=False)
        bill = self._new_posted_bill(vendor=vendor)
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self.assertEqual(bill.vendor_quality_stage, "free")

    def test_negative_and_zero_fees(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            with self.cr.savepoint():
                self._new_form(FEBRUARY, fee_amount=-100)
        form = self._new_form(fee_amount=0)
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=1)
        nothing = self._new_posted_bill(amount=0)
        self.assertEqual(nothing.state, "posted")
        self.assertEqual(self._get_taken(form), [0])
        self._assert_proof()

    def test_huge_amounts(self):
        form = self._new_form(fee_amount=10**12, payable_amount=10**12)
        bill = self._new_posted_bill(amount=10**12)
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=0.01)
        self._pay(bill)
        self.assertEqual(self._get_taken(form), [10**12])

    def test_twin_by_tax_number_takes_from_the_same_form(self):
        """A vendor entered twice has one fee, not two."""
        self._new_form()
        twin = self.env["res.partner"].create(
            {"name": "Clean and Co.", "is_company": True, "vat": "BE 0477 472 701"}
        )
        self._new_posted_bill(amount=600)
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=500, vendor=twin)
        self._new_posted_bill(amount=400, vendor=twin)
        self._assert_proof()

    def test_posted_twice_counts_once(self):
        form = self._new_form()
        bill = self._new_posted_bill(amount=600)
        bill.button_draft()
        self.assertEqual(self._get_taken(form), [0])
        bill.action_post()
        self.assertEqual(self._get_taken(form), [600])
        self._new_posted_bill(amount=400)
        self._assert_proof()
