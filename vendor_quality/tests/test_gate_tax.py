from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .attack_callers import AttackCommon, Caller


@tagged("post_install", "-at_install")
class TestGateTax(AttackCommon):
    """Tax that people type is no money: core's tax engine says what is payable."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._new_form()

    @classmethod
    def _new_line(cls, price, taxes=None, **values):
        taxes = cls.tax_purchase_a if taxes is None else taxes
        return Command.create(
            {
                "name": "Cleaning",
                "price_unit": price,
                "account_id": cls.expense.id,
                "tax_ids": [Command.set(taxes.ids)],
                **values,
            }
        )

    @classmethod
    def _new_tax(cls, amount, **values):
        return cls.env["account.tax"].create(
            {
                "name": f"Tax {amount} {sorted(values)}",
                "type_tax_use": "purchase",
                "amount": amount,
                **values,
            }
        )

    @classmethod
    def _type_tax(cls, bill, amount):
        """Correct the tax below the lines, as the form of the bill lets people do."""
        totals = bill.tax_totals
        totals["subtotals"][0]["tax_groups"][0]["tax_amount_currency"] = amount
        bill.tax_totals = totals

    def _post_with_tax(self, amount, price=1000, **values):
        bill = self._new_bill(price, **values)
        self._type_tax(bill, amount)
        bill.action_post()
        self.assertAlmostEqual(bill.amount_total, price + amount)
        return bill

    def _get_paid(self, bills):
        return sum(bill.amount_total - bill.amount_residual for bill in bills)

    # ------------------------------------------------------------
    # TYPED TAX
    # ------------------------------------------------------------

    def test_nothing_billed_pays_nothing(self):
        """The fee is used up; +100 with tax, -100 and a typed tax of 5,000."""
        self._new_posted_bill(amount=1000)
        none = self.env["account.tax"]
        for prices in ((100, -100), (100, -300)):
            bill = self._new_bill(
                invoice_line_ids=[
                    self._new_line(prices[0]),
                    self._new_line(prices[1], none),
                ]
            )
            self._type_tax(bill, 5000)

            def act(bill=bill):
                bill.action_post()
                self._pay(bill, amount=bill.amount_total)

            leak, refusal = self._attempt(act, lambda bill=bill: self._get_paid(bill))
            self.assertFalse(leak)
            self.assertTrue(refusal)

    def test_surplus_waits_for_a_second_person(self):
        bill = self._post_with_tax(54000)
        with self._refused("tax"):
            self._pay(bill, amount=bill.amount_total)
        with self._refused():
            self._pay(bill, amount=1150.01)
        self._pay(bill, amount=1150)
        self.assertAlmostEqual(bill.amount_residual, 53850)
        with self._refused("tax"):
            self._pay(bill, amount=1)
        self._refresh_holds()
        self.assertRecordValues(
            bill.vendor_quality_hold_ids.filtered(lambda hold: hold.state == "active"),
            [{"rule": "tax_surplus", "stage": "payment", "actor": "finance"}],
        )
        self._except(bill, amount_limit=850)
        with self._refused():
            self._pay(bill, amount=851)
        self._pay(bill, amount=850)
        self.assertAlmostEqual(self._get_paid(bill), 2000)
        self._assert_proof()

    def test_wizard_proposes_what_the_lines_give(self):
        bill = self._post_with_tax(54000)
        payment = self._pay(bill)
        self.assertAlmostEqual(payment.amount, 1150)

    def test_surplus_is_no_cover_for_the_next_bill(self):
        """Paid of a form is measured on what the lines give, not on typed totals."""
        self._set(self.form, payable_amount=500, deduction_amount=500)
        bill = self._post_with_tax(4000, price=500)
        self._pay(bill, amount=575)
        other = self._new_posted_bill(amount=500)
        with self._refused():
            self._pay(other, amount=50)

    def test_payment_on_account_counts_no_surplus(self):
        self._post_with_tax(54000)
        call = Caller(self.env(user=self.accountant), "rpc")
        values = {
            "payment_type": "outbound",
            "partner_type": "supplier",
            "partner_id": self.vendor.id,
            "amount": 1150.01,
            "journal_id": self.bank_journal.id,
        }
        payment = call.create("account.payment", values)
        with self._refused("cannot be paid out"):
            call(payment, "action_post")
        call(payment, "write", {"amount": 1150})
        call(payment, "action_post")

    def test_tax_by_hand_on_every_way(self):
        """A tax line, a rounding line and stored tax data, all written by RPC."""
        call = Caller(self.env(user=self.accountant), "rpc")

        def write_line(bill):
            line = bill.line_ids.filtered("tax_repartition_line_id")
            call(line, "write", {"amount_currency": 5000, "balance": 5000})

        def add_line(bill):
            line = bill.line_ids.filtered("tax_repartition_line_id")
            values = {
                "account_id": line.account_id.id,
                "display_type": "tax",
                "tax_repartition_line_id": line.tax_repartition_line_id.id,
                "amount_currency": 5000,
                "balance": 5000,
            }
            call(bill, "write", {"line_ids": [Command.create(values)]})

        def add_rounding(bill):
            line = bill.line_ids.filtered("tax_repartition_line_id")
            values = {
                "account_id": line.account_id.id,
                "display_type": "rounding",
                "tax_repartition_line_id": line.tax_repartition_line_id.id,
                "amount_currency": 5000,
                "balance": 5000,
            }
            call(bill, "write", {"line_ids": [Command.create(values)]})

        def store_data(bill):
            line = bill.invoice_line_ids
            amounts = {"tax_amount_currency": 5000, "tax_amount": 5000}
            data = {
                "currency_id": bill.currency_id.id,
                "price_unit": line.price_unit,
                "discount": 0.0,
                "quantity": line.quantity,
                "rate": 1.0,
                "manual_tax_amounts": {str(line.tax_ids.id): amounts},
            }
            call(line, "write", {"extra_tax_data": data})
            call(line, "write", {"price_unit": line.price_unit + 1})
            call(line, "write", {"price_unit": line.price_unit - 1})

        def after_posting(bill):
            call(bill, "action_post")
            lines = bill.line_ids.filtered(
                lambda item: item.display_type in ("tax", "payment_term")
            )
            for line in lines:
                value = 5000 if line.display_type == "tax" else -6000
                call(
                    line,
                    "write",
                    {"amount_currency": value, "balance": value},
                )

        for change in (write_line, add_line, add_rounding, store_data, after_posting):
            bill = self._new_bill(1000)

            def act(bill=bill, change=change):
                change(bill)
                if bill.state == "draft":
                    call(bill, "action_post")
                for amount in (bill.amount_residual, 1150):
                    with self.env.cr.savepoint():
                        self._pay(bill, amount=amount)

            leak, _refusal = self._attempt(
                act, lambda bill=bill: self._get_paid(bill) > 1150.5
            )
            self.assertFalse(leak, change.__name__)

    # ------------------------------------------------------------
    # HONEST TAX
    # ------------------------------------------------------------

    def test_cents_of_the_paper(self):
        for typed, payable in ((150.05, 1150.05), (149.95, 1149.95), (150.06, 1150)):
            bill = self._new_bill(1000)
            self._type_tax(bill, typed)

            def act(bill=bill, payable=payable):
                bill.action_post()
                self._pay(bill, amount=payable)

            leak, refusal = self._attempt(act, lambda bill=bill: self._get_paid(bill))
            self.assertFalse(refusal)
            self.assertAlmostEqual(leak, payable)

    def test_taxes_that_core_computes(self):
        repartition = [
            Command.create({"document_type": kind, **values})
            for kind in ("invoice", "refund")
            for values in (
                {"repartition_type": "base"},
                {"repartition_type": "tax", "factor_percent": 100},
                {"repartition_type": "tax", "factor_percent": -100},
            )
        ]
        children = self._new_tax(10) | self._new_tax(5)
        compound = self._new_tax(10, include_base_amount=True, sequence=1)
        taxes = {
            "two": (self._new_tax(7.7) | self._new_tax(2.5), 1102),
            "compound": (compound | self._new_tax(5, sequence=2), 1155),
            "group": (
                self._new_tax(
                    0, amount_type="group", children_tax_ids=[Command.set(children.ids)]
                ),
                1150,
            ),
            "included": (
                self._new_tax(21, price_include_override="tax_included"),
                1000,
            ),
            "division": (self._new_tax(20, amount_type="division"), 1250),
            "fixed": (self._new_tax(3.3, amount_type="fixed"), 1003.3),
            "reverse charge": (
                self._new_tax(21, repartition_line_ids=repartition),
                1000,
            ),
            "withholding": (self.tax_purchase_a | self._new_tax(-20), 950),
            "none": (self.env["account.tax"], 1000),
        }
        for name, (tax, total) in taxes.items():
            bill = self._new_bill(invoice_line_ids=[self._new_line(1000, tax)])

            def act(bill=bill):
                bill.action_post()
                self._pay(bill)

            leak, refusal = self._attempt(act, lambda bill=bill: self._get_paid(bill))
            self.assertFalse(refusal, name)
            self.assertAlmostEqual(leak, total, msg=name)

    def test_many_lines_with_odd_cents(self):
        self._set(self.form, fee_amount=9000, payable_amount=9000)
        included = self._new_tax(21, price_include_override="tax_included")
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for tax in (self.tax_purchase_a, included):
                lines = [
                    self._new_line(10.33 + index / 7, tax, quantity=3, discount=7.5)
                    for index in range(30)
                ]
                bill = self._new_bill(invoice_line_ids=lines)

                def act(bill=bill):
                    bill.action_post()
                    self._pay(bill)

                leak, refusal = self._attempt(act, lambda bill=bill: bill.payment_state)
                self.assertFalse(refusal)
                self.assertEqual(leak, "paid")

    def test_other_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        bill = self._new_bill(500, currency_id=currency.id)
        bill.action_post()
        self._pay(bill, currency_id=currency.id)
        self.assertEqual(bill.payment_state, "paid")

    # ------------------------------------------------------------
    # TOLERANCE
    # ------------------------------------------------------------

    def test_raising_the_tolerance_takes_two_persons(self):
        self.assertEqual(self.company.vendor_quality_tax_tolerance, 0.05)
        self.company.vendor_quality_tax_tolerance = 0.02
        for amount in (0.05, 1000):
            with self.assertRaises(AccessError):
                self.company.vendor_quality_tax_tolerance = amount
        change = (
            self.env["vendor.quality.gate.change"]
            .with_user(self.accountant)
            .create({"kind": "tolerance", "tax_tolerance": 0.1, "reason": "Rounding"})
        )
        change.action_submit()
        change = change.with_user(self.finance)
        change.validate_tier()
        change.action_approve()
        self.assertEqual(self.company.vendor_quality_tax_tolerance, 0.1)
        self.assertEqual(change.tolerance_before, 0.02)
        bill = self._post_with_tax(150.1)
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
