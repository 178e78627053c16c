from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import TenderCommon


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestOrderDeposit(TenderCommon):
    """Deposits of OCA's ``purchase_deposit`` on the order of a tender."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = new_test_user(
            cls.env,
            login="outsourcing_deposit_buyer",
            groups="purchase.group_purchase_manager,account.group_account_manager",
        )
        cls.tender = cls._create_proposed()
        award = cls.tender.award_id
        award.reasons = "<p>Best total.</p>"
        award.action_submit()
        cls._pass_reviews(award, cls.officer_user, cls.finance_user)
        award.action_approve()
        award.action_notify()
        with freeze_time(award.standstill_end):
            award.action_finalise()
        cls.tender.action_confirm_order()
        cls.order = cls._get_bid(cls.tender, 0).purchase_order_id
        # sudo: back to a buyer's rights.
        cls.order = cls.order.with_user(cls.buyer).sudo(False)
        company = cls.order.company_id
        if not company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=company, install_demo=False
            )
        cls.expense = cls.env["account.account"].search(
            [
                ("account_type", "=", "expense"),
                ("company_ids", "in", company.ids),
            ],
            limit=1,
        )

    def _deposit(self):
        product = self.env["product.product"].create(
            {
                "name": "Deposit",
                "type": "service",
                "purchase_method": "purchase",
                "property_account_expense_id": self.expense.id,
                "supplier_taxes_id": [Command.clear()],
            }
        )
        wizard = (
            self.env["purchase.advance.payment.inv"]
            .with_user(self.buyer)
            .with_context(active_model="purchase.order", active_ids=self.order.ids)
            .create(
                {
                    "advance_payment_method": "percentage",
                    "amount": 20,
                    "purchase_deposit_product_id": product.id,
                }
            )
        )
        wizard.create_invoices()
        return self.order.order_line.filtered("is_deposit")

    def test_deposit_orders_nothing(self):
        before = self.order.amount_total
        line = self._deposit()
        self.assertEqual(line.product_qty, 0)
        self.assertEqual(self.order.amount_total, before)
        bill = self.order.invoice_ids
        bill.invoice_date = "2026-02-01"
        bill.action_post()
        self.assertEqual(bill.state, "posted")
        self.assertEqual(bill.amount_untaxed, self.order.amount_untaxed / 5)

    def test_deposit_is_no_way_to_order(self):
        line = self._deposit()
        for vals in (
            {"product_qty": 5},
            {"product_qty": 5, "price_unit": 1},
            {"product_id": self.order.order_line[0].product_id.id},
            {"is_deposit": False, "product_qty": 1},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                line.write(vals)
        bid = self.order.order_line - line
        for vals in ({"is_deposit": True, "price_unit": 1}, {"price_unit": 1}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                bid.write(vals)
        with self.assertRaises(UserError):
            self.env["purchase.order.line"].with_user(self.buyer).create(
                {
                    "order_id": self.order.id,
                    "product_id": bid[0].product_id.id,
                    "is_deposit": True,
                    "product_qty": 3,
                    "price_unit": 10,
                }
            )
