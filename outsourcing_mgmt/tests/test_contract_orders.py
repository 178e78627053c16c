from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.base.grants import server_write
from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestContractOrders(ContractCommon):
    """Orders of a contract stay within it, in its currency, and follow amendments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.currency"].create(
            {
                "name": "XOT",
                "symbol": "x",
                "rate_ids": [
                    Command.create({"name": "2020-01-01", "company_rate": 0.5})
                ],
            }
        )
        cls.order = cls._create_order(quantity=10)
        cls.contract = cls._create_active(order=cls.order, amount_total=10000)
        cls.line = cls.order.order_line

    def _call_off(self, price, currency=None):
        order = self._create_order(confirm=False, quantity=1, price=price)
        order.currency_id = currency or self.company.currency_id
        return order

    def _amend(self, change=None, user=None, **values):
        if change is not None:
            values["amount_change"] = change
        return (
            self.env["outsourcing.contract.amendment"]
            .with_user(user or self.procurement_user)
            .create(
                {
                    "name": "More floors",
                    "contract_id": self.contract.id,
                    "reason": "The company rents two more floors",
                    **values,
                }
            )
        )

    def _change(self, **values):
        return {
            "line_ids": [Command.create({"purchase_line_id": self.line.id, **values})]
        }

    def _approve(self, amendment):
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user, self.finance_user)
        amendment.with_user(self.procurement_user).action_approve()

    # ------------------------------------------------------------
    # Orders within the contract
    # ------------------------------------------------------------

    def test_call_off_in_another_currency_is_converted(self):
        """A unit of the foreign currency is two of the contract's."""
        self._approve(self._amend(1000))
        within = self._call_off(500, self.foreign)
        within.outsourcing_contract_id = self.contract
        beyond = self._call_off(1, self.foreign)
        with self.assertRefused("above the contract"):
            beyond.outsourcing_contract_id = self.contract
        with self.assertRefused("above the contract"):
            within.order_line.price_unit = 501
        within.order_line.price_unit = 400
        with self.assertRefused("above the contract"):
            self._call_off(201).outsourcing_contract_id = self.contract
        local = self._call_off(200)
        local.outsourcing_contract_id = self.contract
        with self.assertRefused("above the contract"):
            local.currency_id = self.foreign

    def test_signed_in_one_currency(self):
        order = self._call_off(5000, self.foreign)
        contract = self._create_contract(order=order, amount_total=5000)
        with self.assertRefused("one currency"):
            self._send_to_sign(contract)

    def test_linked_order_does_not_grow(self):
        """By no way: its lines, a new line, or an order that was cancelled."""
        buyer = self.procurement_user
        order = self.order.with_user(buyer)
        for vals in (
            {"order_line": [Command.update(self.line.id, {"product_qty": 11})]},
            {"order_line": [Command.update(self.line.id, {"price_unit": 1001})]},
            {
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_qty": 1,
                            "price_unit": 1,
                        }
                    )
                ]
            },
        ):
            with self.subTest(vals=vals), self.assertRefused("above the contract"):
                order.write(vals)
        tax = self.env["account.tax"].create(
            {
                "name": "Included",
                "amount": 20,
                "price_include_override": "tax_included",
                "type_tax_use": "purchase",
            }
        )
        self.line.with_user(buyer).tax_ids = tax
        self.line.with_user(buyer).price_unit = 1200
        with self.assertRefused("above the contract"):
            self.line.with_user(buyer).tax_ids = [Command.clear()]
        cancelled = self._call_off(1)
        cancelled.button_cancel()
        cancelled.outsourcing_contract_id = self.contract
        with self.assertRefused("above the contract"):
            cancelled.with_user(buyer).button_draft()

    # ------------------------------------------------------------
    # Amendments
    # ------------------------------------------------------------

    def test_amendment_stays_above_the_orders(self):
        with self.assertRefused("orders come to", ValidationError):
            self._amend(-1)
        later = self._amend(500)
        self._approve(later)
        lower = self._amend(-500)
        lower.request_validation()
        self._pass_reviews(lower, self.officer_user)
        self._call_off(500).outsourcing_contract_id = self.contract
        with self.assertRefused("orders come to"):
            lower.action_approve()

    def test_rounding_is_no_shortfall(self):
        """Lines that were rounded one by one come to a cent more than the contract."""
        server_write(self.contract, {"amount_total": 9999.99})
        self._approve(self._amend(**self._change(quantity=8)))
        self.assertEqual(self.contract.amount_total, 7999.99)
        self.assertEqual(self.order.amount_untaxed, 8000)
        with self.assertRefused("orders come to", ValidationError):
            self._amend(-0.01)

    def test_approval_changes_the_order_lines(self):
        amendment = self._amend(**self._change(quantity=12, price_unit=950))
        self.assertRecordValues(
            amendment.line_ids,
            [
                {
                    "quantity_before": 10,
                    "price_before": 1000,
                    "amount_change": 12 * 950 - 10000,
                }
            ],
        )
        self.assertEqual(amendment.amount_change, 1400)
        with self.assertRefused("Both must be equal", ValidationError):
            amendment.amount_change = 9000
        self._approve(amendment)
        self.assertRecordValues(
            self.line, [{"product_qty": 12, "price_unit": 950, "price_subtotal": 11400}]
        )
        self.assertEqual(self.contract.amount_total, 11400)
        self.assertIn("More floors", self.order.message_ids[1:3].mapped("body")[0])
        # What was before stays on the approved amendment.
        self.assertEqual(amendment.line_ids.quantity_before, 10)
        for vals in ({"quantity": 20}, {"price_unit": 1}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                amendment.line_ids.write(vals)
        with self.assertRaises(UserError):
            amendment.line_ids.unlink()

    def test_amendment_takes_away(self):
        amendment = self._amend()
        amendment.with_user(self.procurement_user).action_add_order_lines()
        amendment.line_ids.quantity = 8
        self.assertEqual(amendment.amount_change, -2000)
        self._approve(amendment)
        self.assertEqual(self.order.amount_untaxed, 8000)
        self.assertEqual(self.contract.amount_total, 8000)

    def test_not_below_what_was_received_or_planned(self):
        self.line.qty_received = 6
        with self.assertRefused("received or billed", ValidationError):
            self._amend(**self._change(quantity=5))
        self.line.qty_received = 0
        self.env["outsourcing.contract.milestone"].with_user(self.officer_user).create(
            {
                "name": "January",
                "contract_id": self.contract.id,
                "date_due": self.today,
                "purchase_line_id": self.line.id,
                "quantity": 7,
            }
        )
        with self.assertRefused("milestones plan", ValidationError):
            self._amend(**self._change(quantity=6))

    def test_lines_of_other_contracts(self):
        other = self._create_order()
        with self.assertRefused("no confirmed order of", ValidationError):
            self._amend(
                line_ids=[Command.create({"purchase_line_id": other.order_line.id})]
            )

    def test_a_changed_line_voids_the_review(self):
        amendment = self._amend(**self._change(quantity=11))
        amendment.request_validation()
        self._pass_reviews(amendment, self.officer_user)
        amendment.line_ids.quantity = 19
        with self.assertRefused("request its validation"):
            amendment.action_approve()

    def test_finance_reads_lines_only(self):
        amendment = self._amend(**self._change(quantity=11))
        line = amendment.line_ids.with_user(self.finance_user)
        self.assertEqual(line.quantity, 11)
        with self.assertRaises(AccessError):
            line.quantity = 12
