from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormApply(MoneyCommon):
    """Fee 10,000, 10 % deducted, 15 % tax: 10,350 may be paid on 11,500."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money_contract = cls._new_money_contract()
        cls.form = cls._new_approved(cls.money_contract)

    # ------------------------------------------------------------
    # CREDIT NOTES
    # ------------------------------------------------------------

    def test_full_bill_credit_note_and_the_rest_paid(self):
        bill = self._bill(10000, self.money_contract)
        self.assertEqual(bill.amount_total, 11500)
        self.assertEqual(self.form.to_credit_amount, 1000)
        note = self._apply(self.form)
        self.assertRecordValues(
            note,
            [
                {
                    "move_type": "in_refund",
                    "state": "posted",
                    "amount_untaxed": 1000,
                    "amount_total": 1150,
                    "reversed_entry_id": bill.id,
                    "currency_id": bill.currency_id.id,
                    "amount_residual": 0,
                }
            ],
        )
        self.assertEqual(
            note.invoice_line_ids.account_id, bill.invoice_line_ids.account_id
        )
        self.assertEqual(note.invoice_line_ids.tax_ids, bill.invoice_line_ids.tax_ids)
        self.assertEqual(bill.amount_residual, 10350)
        self._assert_items("applied", self.form)
        self.assertRecordValues(
            self.form, [{"credited_amount": 1000, "to_credit_amount": 0}]
        )
        with self._refused("cannot be paid"):
            self._pay(bill, amount=10350.01)
        self._pay(bill, amount=10350)
        self.assertEqual(bill.payment_state, "paid")
        self._assert_proof()

    def test_credited_amount_is_not_billed_again(self):
        self._bill(10000, self.money_contract)
        self._apply(self.form)
        with self._refused("fee"):
            self._bill(1000, self.money_contract)
        with self._refused("fee"):
            self._bill(0.01, self.money_contract)

    def test_other_credit_notes_still_free_the_fee(self):
        bill = self._bill(10000, self.money_contract)
        self._apply(self.form)
        note = bill._reverse_moves([{"invoice_date": "2026-03-01"}])
        note.invoice_line_ids.price_unit = 400
        note.action_post()
        again = self._bill(400, self.money_contract)
        self.assertEqual(again.state, "posted")
        with self._refused("fee"):
            self._bill(1, self.money_contract)

    def test_bill_without_the_deduction_needs_no_credit_note(self):
        bill = self._bill(9000, self.money_contract)
        self.assertEqual(self.form.to_credit_amount, 0)
        with self._refused("Nothing to take off"):
            self._apply(self.form)
        self._run_cron("_cron_follow_bills")
        self._assert_items("applied", self.form)
        self._pay(bill, amount=10350)
        self.assertEqual(bill.payment_state, "paid")

    def test_part_of_the_deduction_left_out(self):
        self._bill(9400, self.money_contract)
        note = self._apply(self.form)
        self.assertEqual(note.amount_untaxed, 400)
        self._assert_items("applied", self.form)

    def test_two_bills_of_one_form(self):
        first = self._bill(6000, self.money_contract)
        with self._refused("Nothing to take off"):
            self._apply(self.form)
        self._assert_items("approved", self.form)
        second = self._bill(4000, self.money_contract)
        self._set(first, amount_residual=0)
        note = self._apply(self.form)
        self.assertEqual((note.reversed_entry_id, note.amount_untaxed), (second, 1000))

    def test_deduction_above_one_bill_goes_to_several(self):
        contract = self._new_money_contract(
            code="HALF",
            credit_ids=[
                (0, {"below_points": 60, "allocation_rate": 50}),
            ],
        )
        form = self._new_approved(contract)
        self.assertEqual(form.deduction_amount, 6000)
        self._bill(5000, contract)
        self._bill(5000, contract)
        notes = self._apply(form)
        self.assertEqual(sorted(notes.mapped("amount_untaxed")), [1000, 5000])
        self._assert_items("applied", form)
        self.assertEqual(form.credited_amount, 6000)

    def test_draft_credit_note_counts_when_it_is_posted(self):
        bill = self._bill(10000, self.money_contract)
        note = self._apply(self.form, is_posted=False)
        self.assertEqual(note.state, "draft")
        self._assert_items("approved", self.form)
        with self._refused("draft credit note"):
            self._apply(self.form)
        note.action_post()
        self._assert_items("applied", self.form)
        note.button_draft()
        self._assert_items("approved", self.form)
        note.action_post()
        self._assert_items("applied", self.form)
        note.button_draft()
        note.button_cancel()
        self._assert_items("approved", self.form)
        self.assertEqual(bill.amount_residual, 11500)
        note = self._apply(self.form)
        self._assert_items("applied", self.form)
        self.assertEqual(self.form.credited_amount, 1000)

    def test_nothing_is_applied_twice(self):
        bill = self._bill(10000, self.money_contract)
        note = self._apply(self.form, is_posted=False)
        with self._refused("draft credit note"):
            self._apply(self.form)
        note.action_post()
        with self._refused("Nothing to take off"):
            self._apply(self.form)
        # A second one that somebody makes by force is stopped at its posting.
        forms = self.form.sudo()
        share = forms._get_ledgers()[forms].shares[0]
        second = forms._create_credit_note(share, 1000, None)
        self.assertEqual(second.reversed_entry_id, bill)
        with self._refused("would take"):
            second.action_post()

    def test_credit_note_above_the_deduction_is_refused(self):
        self._bill(10000, self.money_contract)
        note = self._apply(self.form, is_posted=False)
        note.invoice_line_ids.price_unit = 1000.01
        with self._refused("would take"):
            note.action_post()
        note.invoice_line_ids.price_unit = 400
        note.action_post()
        self._assert_items("approved", self.form)
        self.assertEqual(self.form.to_credit_amount, 600)
        note = self._apply(self.form)
        self.assertEqual(note.amount_untaxed, 600)
        self._assert_items("applied", self.form)

    def test_posted_credit_note_takes_off_no_more(self):
        self._bill(10000, self.money_contract)
        note = self._apply(self.form)
        line = note.invoice_line_ids
        payable = note.line_ids - line - note.line_ids.filtered("tax_line_id")
        commands = [
            Command.update(line.id, {"amount_currency": -5000, "balance": -5000}),
            Command.update(payable.id, {"amount_currency": 5150, "balance": 5150}),
        ]
        for record in (note.with_user(self.accountant), note.sudo()):
            with self.assertRaises(UserError), self.cr.savepoint():
                record.write({"line_ids": commands})
        line.write({"price_unit": 5000})
        self.assertEqual(note.amount_untaxed, 1000)
        self.assertEqual(self.form.credited_amount, 1000)

    def test_credit_note_stays_with_its_bill(self):
        bill = self._bill(10000, self.money_contract)
        note = self._apply(self.form, is_posted=False)
        other = self._new_bill(5, vendor=self.other_vendor)
        for values in (
            {"reversed_entry_id": other.id},
            {"reversed_entry_id": False},
            {"partner_id": self.other_vendor.id},
        ):
            for record in (note.with_user(self.accountant), note.sudo()):
                with self.assertRaises(UserError):
                    record.write(values)
        for record in (note.with_user(self.accountant), note.sudo(), bill.sudo()):
            with self.assertRaises(AccessError):
                record.write({"vendor_quality_deduction_form_id": False})
            with self.assertRaises(AccessError):
                record.write({"vendor_quality_deduction_form_id": self.form.id})

    def test_marks_cannot_be_forged(self):
        values = {
            "move_type": "in_refund",
            "partner_id": self.vendor.id,
            "vendor_quality_deduction_form_id": self.form.id,
        }
        Move = self.env["account.move"]
        with self.assertRaises(AccessError):
            Move.with_user(self.accountant).create(values)
        with self.assertRaises(AccessError):
            Move.sudo().create(values)
        with self.assertRaises(AccessError):
            Move.with_context(
                default_vendor_quality_deduction_form_id=self.form.id
            ).create({"move_type": "in_refund", "partner_id": self.vendor.id})
        bill = self._new_bill(10)
        line = {"name": "x", "vendor_quality_deduction_form_id": self.form.id}
        with self.assertRaises(AccessError):
            bill.sudo().write({"invoice_line_ids": [Command.create(line)]})
        with self.assertRaises(AccessError):
            bill.invoice_line_ids.sudo().write(
                {"vendor_quality_deduction_form_id": self.form.id}
            )

    def test_who_applies(self):
        self._bill(10000, self.money_contract)
        Wizard = self.env["vendor.quality.deduction.apply"]
        for user in (self.officer, self.manager, self.finance):
            with self.assertRaises(AccessError):
                Wizard.with_user(user).with_context(
                    active_model=self.form._name, active_ids=self.form.ids
                ).create({})
        # No right on quality forms is needed.
        note = self._apply(self.form.deduction_ids, user=self.biller)
        self.assertEqual(note.state, "posted")

    def test_accounting_reads_the_list_without_rights_on_forms(self):
        contract = self._new_money_contract(
            code="READ", credit_ids=[(0, {"below_points": 60, "allocation_rate": 5})]
        )
        form = self._new_approved(contract)
        name = {"fields": {"display_name": {}}}
        for user in (self.biller, self.accountant, self.finance, self.officer):
            rows = (
                self.env["vendor.quality.deduction"]
                .with_user(user)
                .web_search_read(
                    [("form_id", "=", form.id), ("kind", "=", "credit")],
                    {
                        "display_name": {},
                        "form_id": name,
                        "metric_id": name,
                        "contract_id": name,
                        "explanation": {},
                        "can_waive": {},
                        "can_release": {},
                    },
                )["records"]
            )
            self.assertIn("Presence", rows[0]["explanation"])
            self.assertEqual(rows[0]["metric_id"]["display_name"], "Presence")

    def test_unapproved_form_takes_nothing_off(self):
        self._bill(10000, self.money_contract)
        successor = self._supersede(self.form)
        for records in (self.form, successor, self.form.deduction_ids):
            with self.assertRaises(UserError):
                self._apply(records)

    # ------------------------------------------------------------
    # BILL LINES
    # ------------------------------------------------------------

    def test_line_on_a_draft_bill(self):
        bill = self._new_bill(
            10000,
            period=(self.form.date_start, self.form.date_end),
            outsourcing_contract_id=self.money_contract.id,
        )
        self._apply(bill, is_posted=False)
        line = bill.invoice_line_ids.filtered("vendor_quality_deduction_form_id")
        self.assertRecordValues(
            line,
            [{"price_subtotal": -1000, "tax_ids": self.tax_purchase_a.ids}],
        )
        self._assert_items("approved", self.form)
        self._apply(bill, is_posted=False)
        self.assertEqual(len(bill.invoice_line_ids), 2)
        bill.action_post()
        self._assert_items("applied", self.form)
        self.assertEqual(self.form.credited_amount, 1000)
        with self._refused("fee"):
            self._bill(1000, self.money_contract)
        self._pay(bill, amount=10350)
        self.assertEqual(bill.payment_state, "paid")

    def test_line_on_a_bill_that_is_reset(self):
        bill = self._new_bill(
            10000,
            period=(self.form.date_start, self.form.date_end),
            outsourcing_contract_id=self.money_contract.id,
        )
        self._apply(bill)
        self.assertEqual(bill.state, "posted")
        self._assert_items("applied", self.form)
        bill.button_draft()
        self._assert_items("approved", self.form)
        bill.invoice_line_ids.filtered("vendor_quality_deduction_form_id").unlink()
        bill.action_post()
        self.assertEqual(self.form.to_credit_amount, 1000)

    # ------------------------------------------------------------
    # LINES AND TAXES
    # ------------------------------------------------------------

    def test_spread_over_accounts_and_taxes(self):
        """Three lines of two accounts and taxes; 333.33 of each thousand."""
        lines = [
            (3333.33, self.expense, self.tax_purchase_a),
            (3333.33, self.expense, self.tax_purchase_b),
            (3333.34, self.company_data["default_account_assets"], False),
        ]
        bill = self._new_bill(
            period=(self.form.date_start, self.form.date_end),
            outsourcing_contract_id=self.money_contract.id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Part",
                        "price_unit": amount,
                        "account_id": account.id,
                        "tax_ids": [Command.set(tax.ids if tax else [])],
                    }
                )
                for amount, account, tax in lines
            ],
        )
        bill.action_post()
        note = self._apply(self.form)
        self.assertEqual(note.amount_untaxed, 1000)
        self.assertEqual(
            [
                (line.account_id, line.tax_ids, line.price_subtotal)
                for line in note.invoice_line_ids
            ],
            [
                (self.expense, self.tax_purchase_a, 333.33),
                (self.expense, self.tax_purchase_b, 333.33),
                (lines[2][1], self.env["account.tax"], 333.34),
            ],
        )
        self._pay(bill, amount=bill.amount_residual)
        self.assertEqual(bill.payment_state, "paid")

    def test_tax_included_in_the_price(self):
        tax = self.tax_purchase_a.copy(
            {"name": "All in", "price_include_override": "tax_included"}
        )
        bill = self._new_bill(
            period=(self.form.date_start, self.form.date_end),
            outsourcing_contract_id=self.money_contract.id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "All in",
                        "price_unit": 11500,
                        "account_id": self.expense.id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
            ],
        )
        bill.action_post()
        note = self._apply(self.form)
        self.assertRecordValues(note, [{"amount_untaxed": 1000, "amount_total": 1150}])

    def test_odd_cents_are_paid_to_the_last_one(self):
        """Taxes of bill and credit note are rounded apart: no cent is left over."""
        for cents in (0.01, 0.03, 0.07, 0.33, 0.67, 0.99):
            contract = self._new_money_contract(code=f"ODD{cents}")
            form = self._new_approved(contract, fee=1234 + cents)
            bill = self._bill(1234 + cents, contract)
            self._apply(form)
            with self._refused("cannot be paid"), self.cr.savepoint():
                self._pay(bill, amount=bill.amount_residual + 0.01)
            self._pay(bill, amount=bill.amount_residual)
            self.assertEqual(bill.payment_state, "paid", cents)
