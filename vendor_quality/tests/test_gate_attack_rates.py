from odoo.tests import tagged

from .test_gate_attack_ledger import LedgerCommon


@tagged("post_install", "-at_install")
class TestGateAttackRates(LedgerCommon):
    """A rate of the day that is entered for one bill or payment, and put back."""

    def test_rate_of_the_day_that_is_put_back(self):
        currency = self.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        feb = ("2026-02-01", "2026-02-28")
        self._new_form(feb, fee_amount=1000)
        rate = self.env["res.currency.rate"].create(
            {
                "name": "2026-02-05",
                "rate": 100.0,
                "currency_id": currency.id,
                "company_id": self.company.id,
            }
        )
        bill = self._new_posted_bill(90000, period=feb, currency_id=currency.id)
        self.assertFalse(self._prove())
        rate.rate = 2.0
        self.assertEqual(self._prove(), {bill: "settings_changed"})

    def _confirm(self, amount, currency_id, **values):
        """Confirm a payment, of which the database says ``values`` by then."""
        payment = self._new_payment(amount, post=False, currency_id=currency_id)
        self._set(payment, **values)
        self.call(payment, "action_post")
        return payment

    def _pay_in_own_money(self, bill, rate):
        amount = round(bill.amount_total / rate, 2)
        return self._pay(bill, amount=amount, currency_id=self.company.currency_id.id)

    def test_a_difference_is_a_part_of_what_is_paid(self):
        """Ten times a bill in another currency is no difference of rates."""
        euro = self._new_currency("XEU", 1)
        feb = ("2026-02-01", "2026-02-28")
        self._new_form(feb, fee_amount=20000)
        foreign = self._new_posted_bill(1000, period=feb, currency_id=euro.id)
        self.env["res.currency.rate"].sudo().create(
            {
                "name": "2026-02-10",
                "company_rate": 0.1,
                "currency_id": euro.id,
                "company_id": self.company.id,
            }
        )
        with self._refused("may be paid now"):
            self._pay_in_own_money(foreign, 0.1)

    def test_rate_of_a_payment_that_is_put_back(self):
        """On account and on the bill, in the money of either of them."""
        euro = self._new_currency("XEU", 1)
        rate = (
            self.env["res.currency.rate"]
            .sudo()
            .create(
                {
                    "name": "2026-02-10",
                    "company_rate": 10,
                    "currency_id": euro.id,
                    "company_id": self.company.id,
                }
            )
        )
        feb = ("2026-02-01", "2026-02-28")
        self._new_form(feb, fee_amount=20000)
        foreign = self._new_posted_bill(1000, period=feb, currency_id=euro.id)
        much = round(self.total * 10, 2)
        for way, factor, pay in (
            (
                "on account",
                10,
                lambda: self._new_payment(much, currency_id=euro.id),
            ),
            (
                "without an entry",
                10,
                lambda: self._confirm(
                    much, currency_id=euro.id, outstanding_account_id=None
                ),
            ),
            (
                "of a draft that waited",
                10,
                lambda: self._confirm(
                    much, currency_id=euro.id, create_date="2025-12-01 10:00:00"
                ),
            ),
            (
                "on account, in the money of the company",
                0.1,
                lambda: self._new_payment(self.total + foreign.amount_total * 10),
            ),
            (
                "on the bill",
                10,
                lambda: self._pay(self.bill, amount=much, currency_id=euro.id),
            ),
            (
                "on a bill in this currency",
                0.85,
                lambda: self._pay_in_own_money(foreign, 0.85),
            ),
        ):
            with self.subTest(way=way), self.cr.savepoint() as savepoint:
                rate.company_rate = factor
                payment = pay()
                self.assertFalse(self._prove())
                rate.company_rate = factor * 1.02
                self.assertFalse(self._prove(), "a small correction")
                rate.company_rate = 1
                self.assertEqual(self._prove(), {payment: "settings_changed"})
                savepoint.rollback()
            self.env.invalidate_all()
