from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import GateCommon


@tagged("post_install", "-at_install", "-standard", "neighbours_orders")
class TestGateNeighbours(GateCommon):
    """Money by OCA's ``purchase_advance_payment`` and ``account_payment_return``."""

    def _new_advance(self, amount):
        """Pay in advance for an order; their wizard posts the payment at once."""
        product = self.env["product.product"].create(
            {"name": "Cleaning", "type": "service"}
        )
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_qty": 1,
                            "price_unit": 20000.0,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )
        order.button_confirm()
        self.accountant.group_ids |= self.env.ref("purchase.group_purchase_user")
        self.env["account.voucher.wizard.purchase"].with_user(
            self.accountant
        ).with_context(active_ids=order.ids, active_id=order.id).create(
            {
                "order_id": order.id,
                "journal_id": self.bank_journal.id,
                "currency_id": order.currency_id.id,
                "amount_advance": amount,
                "date": "2026-02-08",
            }
        ).make_advance_payment()

    def _get_gone(self):
        """Return what left the bank to the vendor, by the ledger."""
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", self.vendor.id),
                ("account_id.account_type", "=", "liability_payable"),
                ("move_id.move_type", "=", "entry"),
                ("parent_state", "=", "posted"),
            ]
        )
        return sum(lines.mapped("balance"))

    def test_advance_without_bill(self):
        with self.assertRaisesRegex(UserError, "posted bills"), self.env.cr.savepoint():
            self._new_advance(5000.0)
        self.assertFalse(self._get_gone())

    def test_advance_counts_when_the_bill_is_paid(self):
        self._new_form(fee_amount=1000.0)
        bill = self._new_posted_bill(amount=1000.0)
        self._new_advance(bill.amount_total)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._pay(bill)
        self.env.invalidate_all()
        self.assertLessEqual(self._get_gone(), bill.amount_total)

    def test_return_of_a_payment_is_no_second_outflow(self):
        self._new_form(fee_amount=1000.0)
        bill = self._new_posted_bill(amount=1000.0)
        payment = self._pay(bill)
        item = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == self.payable
        )
        back = (
            self.env["payment.return"]
            .with_user(self.accountant)
            .create(
                {
                    "journal_id": self.bank_journal.id,
                    "date": "2026-02-12",
                    "line_ids": [
                        Command.create(
                            {
                                "partner_id": self.vendor.id,
                                "move_line_ids": [Command.set(item.ids)],
                                "amount": bill.amount_total,
                            }
                        )
                    ],
                }
            )
        )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            back.action_confirm()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertLessEqual(self._get_gone(), bill.amount_total)
