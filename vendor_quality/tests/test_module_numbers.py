from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.tests.attack_numbers import ENDLESS, OddNumbers

from .common import GateCommon

MONEY = {
    "account.move.line": ("price_unit", "quantity", "discount", "amount_currency"),
    "account.move": ("invoice_currency_rate",),
}


@tagged("post_install", "-at_install")
class TestAttackNumbers(GateCommon, OddNumbers):
    """No field keeps NaN or infinity, and no bill or payment passes with one."""

    @mute_logger("odoo.sql_db")
    def test_odd_numbers(self):
        self._new_form()
        self.assertFalse(
            self._find_passed("/vendor_quality/", "vendor.quality.", "res.company")
        )

    def _assert_nothing_passes(self, act, values=ENDLESS):
        """No error of our own code, and nothing that is kept."""
        for value in values:
            with self.subTest(value=value):
                problem = self._try_number(
                    lambda vals: act(vals["x"]), {"x": value}, "/vendor_quality/"
                )
                self.assertFalse(problem)

    @mute_logger("odoo.sql_db")
    def test_bill_with_an_odd_number_is_not_posted(self):
        self._new_form()
        for name in ("price_unit", "quantity", "discount"):
            with self.subTest(field=name):
                bill = self._new_bill()

                def post(value, bill=bill, name=name):
                    bill.invoice_line_ids.write({name: value})
                    bill.action_post()

                self._assert_nothing_passes(post)

    @mute_logger("odoo.sql_db")
    def test_payment_of_an_odd_number_is_not_made(self):
        self._new_form()
        bill = self._new_posted_bill()

        def register(value):
            self._pay(bill, amount=value)

        def pay(value):
            payment = self.env["account.payment"].create(
                {
                    "payment_type": "outbound",
                    "partner_type": "supplier",
                    "partner_id": bill.partner_id.id,
                    "amount": value,
                }
            )
            payment.action_post()

        self._assert_nothing_passes(register)
        self._assert_nothing_passes(pay)

    @mute_logger("odoo.sql_db")
    def test_order_with_an_odd_number_is_not_confirmed(self):
        contract = self.contract

        def order(name, value):
            order = self.env["purchase.order"].create(
                {
                    "partner_id": contract.partner_id.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product_a.id,
                                "product_qty": 1,
                                "price_unit": 10,
                                name: value,
                            }
                        )
                    ],
                }
            )
            order.button_confirm()

        for name in ("price_unit", "product_qty", "discount"):
            with self.subTest(field=name):
                self._assert_nothing_passes(
                    lambda value, name=name: order(name, value), ENDLESS[:-1]
                )
