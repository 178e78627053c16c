from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import FEBRUARY, GateCommon

ORDER = "account.payment.order"


class PaymentOrderCommon(GateCommon):
    """Payment orders of either OCA add-on, which write the bank's file."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant.group_ids |= cls.env.ref(
            f"{cls.module}.group_account_payment"
        ) | cls.env.ref("account.group_validate_bank_account")
        cls.method = cls.env.ref(cls.method_xmlid)
        # sudo: bank accounts are data of the fixture.
        admin = cls.env(su=True)
        cls.company.partner_id.write(
            {"city": "Ghent", "country_id": cls.env.ref("base.be").id}
        )
        cls.vendor_bank, cls.company_bank = admin["res.partner.bank"].create(
            [
                {
                    "acc_number": number,
                    "partner_id": partner.id,
                    "allow_out_payment": True,
                    "bank_id": admin["res.bank"]
                    .create({"name": "Bank", "bic": "GEBABEBB"})
                    .id,
                }
                for number, partner in (
                    ("BE96 9988 7766 5544", cls.vendor),
                    ("BE62 5100 0754 7061", cls.company.partner_id),
                )
            ]
        )
        cls.bank_journal.bank_account_id = cls.company_bank
        cls.way = cls._create_way()

    def _new_bills(self, *amounts, **values):
        bills = self.env["account.move"]
        for amount in amounts:
            bills |= self._new_posted_bill(
                amount=amount,
                partner_bank_id=self.vendor_bank.id,
                ref=f"Bill {amount}",
                **values,
            )
        return bills

    def _new_order(self, bills, **values):
        """Put the bills on an order as the accountant, as their wizards do."""
        order = (
            self.env[ORDER]
            .with_user(self.accountant)
            .create(
                {
                    "payment_type": "outbound",
                    "date_prefered": "now",
                    "journal_id": self.bank_journal.id,
                    **self._prepare_order(),
                }
            )
        )
        Line = self.env["account.payment.line"].with_user(self.accountant)
        for bill in bills:
            item = self._get_payable_line(bill)
            Line.create(
                {
                    "order_id": order.id,
                    "move_line_id": item.id,
                    "partner_id": bill.partner_id.id,
                    "partner_bank_id": bill.partner_bank_id.id,
                    "currency_id": bill.currency_id.id,
                    "amount_currency": bill.amount_residual,
                    "communication": bill.ref,
                    "communication_type": "normal" if self.is_moded else "free",
                    **values,
                }
            )
        return order

    @classmethod
    def _get_payable_line(cls, bill):
        return bill.line_ids.filtered(
            lambda line: line.account_id.account_type == "liability_payable"
        )

    def _get_files(self, order):
        files = self.env["ir.attachment"].search(
            [("res_model", "=", ORDER), ("res_id", "=", order.id)]
        )
        if "payment_file_id" in order._fields:
            files |= order.sudo().payment_file_id
        return files

    @contextmanager
    def _refused_with(self, text):
        """Expect a refusal that names ``text``, and roll the attempt back."""
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            yield
        self.env.invalidate_all()
        self.assertIn(text, str(caught.exception))

    def _lose_form(self):
        """The form loses its approval after the order was confirmed."""
        self._set(self.form, state="superseded")


class PaymentOrderCases:
    """What holds with either add-on; a mixin, so that it is not run by itself."""

    def test_plain_way(self):
        self.form = self._new_form(fee_amount=1000.0)
        bill = self._new_bills(1000.0)
        order = self._new_order(bill)
        order.draft2open()
        order.open2generated()
        self.assertTrue(self._get_files(order))
        order.generated2uploaded()
        self.assertEqual(order.state, "uploaded")
        self.assertFalse(bill.amount_residual)
        self._assert_proof()

    def test_held_bill(self):
        """A bill whose payment is held is not in any file, even for a day."""
        self.form = self._new_form(fee_amount=1000.0)
        bill = self._new_bills(1000.0)
        order = self._new_order(bill)
        self._lose_form()
        with self._refused_with(bill.name):
            order.draft2open()
        self.assertEqual(order.state, "draft")

    def test_held_after_confirmation(self):
        self.form = self._new_form(fee_amount=1000.0)
        bill = self._new_bills(1000.0)
        order = self._new_order(bill)
        order.draft2open()
        self._lose_form()
        with self._refused_with(bill.name):
            order.open2generated()
        self.assertFalse(self._get_files(order))
        with self._refused_with(bill.name):
            order.write({"state": "generated"})
        # By RPC, and as superuser.
        for payer in (order, order.sudo()):
            with self._refused_with(bill.name):
                payer.generate_payment_file()

    def test_payable_binds(self):
        self.form = self._new_form(fee_amount=1000.0, payable_amount=900.0)
        bill = self._new_bills(1000.0)
        with self._refused_with(bill.name):
            self._new_order(bill).draft2open()
        order = self._new_order(bill, amount_currency=bill.amount_total * 0.9)
        order.draft2open()
        order.open2generated()

    def test_held_beside_payable(self):
        """What another bill of the vendor may take pays no held one."""
        self.form = self._new_form(fee_amount=1000.0)
        held = self._new_bills(1000.0)
        self._new_form(FEBRUARY, fee_amount=5000.0)
        self._new_bills(5000.0, period=FEBRUARY)
        order = self._new_order(held)
        self._lose_form()
        with self._refused_with(held.name):
            order.draft2open()

    def test_twice(self):
        """What is in a file is as good as paid."""
        self.form = self._new_form(fee_amount=1000.0)
        bill = self._new_bills(1000.0)
        first, second = self._new_order(bill), self._new_order(bill)
        first.draft2open()
        second.draft2open()
        first.open2generated()
        with self._refused_with(bill.name):
            second.open2generated()
        with self._refused_with(bill.name):
            self._pay(bill)
        with self._refused_with(self.vendor.name):
            self.env["account.payment"].with_user(self.accountant).create(
                {
                    "payment_type": "outbound",
                    "partner_type": "supplier",
                    "partner_id": self.vendor.id,
                    "amount": bill.amount_total,
                    "journal_id": self.bank_journal.id,
                }
            ).action_post()
        first.generated2uploaded()
        self.assertFalse(bill.amount_residual)

    def test_without_bill(self):
        order = self._new_order(self.env["account.move"])
        self.env["account.payment.line"].with_user(self.accountant).create(
            {
                "order_id": order.id,
                "partner_id": self.vendor.id,
                "partner_bank_id": self.vendor_bank.id,
                "currency_id": self.company.currency_id.id,
                "amount_currency": 500.0,
                "communication": "Something",
                "communication_type": "normal" if self.is_moded else "free",
            }
        )
        with self._refused_with(self.vendor.name):
            order.draft2open()

    def test_raised_payment(self):
        """The file is written from the payments, not from the lines."""
        self.form = self._new_form(fee_amount=1000.0)
        bill = self._new_bills(1000.0)
        order = self._new_order(bill)
        order.draft2open()
        order.payment_ids.write({"amount": 9000.0})
        with self._refused_with(self.vendor.name):
            order.open2generated()
        self.assertFalse(self._get_files(order))

    def test_other_vendor(self):
        bill = self._new_posted_bill(vendor=self.other_vendor, ref="Paper")
        bill.partner_bank_id = self.vendor_bank.copy(
            {
                "acc_number": "FR7630006000011234567890189",
                "partner_id": self.other_vendor.id,
                "allow_out_payment": True,
            }
        )
        order = self._new_order(bill)
        order.draft2open()
        order.open2generated()
        order.generated2uploaded()
        self.assertFalse(bill.amount_residual)


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestGatePaymentOrders(PaymentOrderCases, PaymentOrderCommon):
    """Orders of ``account_payment_order`` with SEPA credit transfers."""

    allow_inherited_tests_method = True
    module = "account_payment_order"
    method_xmlid = "account_banking_sepa_credit_transfer.sepa_credit_transfer"
    is_moded = True

    @classmethod
    def _create_way(cls):
        cls.bank_journal.outbound_payment_method_line_ids = [
            Command.create({"payment_method_id": cls.method.id})
        ]
        return cls.env["account.payment.mode"].create(
            {
                "name": "SEPA",
                "payment_method_id": cls.method.id,
                "bank_account_link": "fixed",
                "fixed_journal_id": cls.bank_journal.id,
                "group_lines": False,
            }
        )

    def _prepare_order(self):
        return {"payment_mode_id": self.way.id}


@tagged("post_install", "-at_install", "-standard", "neighbours_batches")
class TestGatePaymentBatches(PaymentOrderCases, PaymentOrderCommon):
    """Orders of ``account_payment_batch_oca`` with SEPA credit transfers."""

    allow_inherited_tests_method = True
    module = "account_payment_batch_oca"
    method_xmlid = "account_payment_sepa_credit_transfer.sepa_credit_transfer"
    is_moded = False

    @classmethod
    def _create_way(cls):
        return cls.env["account.payment.method.line"].create(
            {
                "name": "SEPA",
                "payment_method_id": cls.method.id,
                "bank_account_link": "fixed",
                "journal_id": cls.bank_journal.id,
                "payment_account_id": cls.company_data["default_account_assets"].id,
                "selectable": True,
                "group_lines": False,
            }
        )

    def _prepare_order(self):
        return {"payment_method_line_id": self.way.id}
