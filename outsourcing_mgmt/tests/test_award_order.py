import re

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import TenderCommon
from .fake_person import as_console


@tagged("post_install", "-at_install")
class TestTenderOrder(TenderCommon):
    """No route confirms an order of a tender early, or another than was bid."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.purchase_manager = new_test_user(
            cls.env,
            login="outsourcing_purchase_manager",
            groups="purchase.group_purchase_manager",
        )
        cls.tender = cls._create_proposed()
        cls.order = cls._get_bid(cls.tender, 0).purchase_order_id
        cls.order = cls.order.with_user(cls.purchase_manager).sudo(False)
        cls.loser = cls._get_bid(cls.tender, 1).purchase_order_id
        cls.loser = cls.loser.with_user(cls.purchase_manager).sudo(False)

    @classmethod
    def _make_final(cls, tender=None):
        award = (tender or cls.tender).award_id
        award.reasons = "<p>Best total.</p>"
        award.action_submit()
        cls._pass_reviews(award, cls.officer_user, cls.finance_user)
        award.action_approve()
        award.action_notify()
        with freeze_time(award.standstill_end):
            award.action_finalise()
        return award

    # ------------------------------------------------------------
    # EARLY
    # ------------------------------------------------------------

    def _assert_not_confirmable(self, order):
        skip = order.with_context(skip_alternative_check=True)
        warning = self.env["purchase.requisition.alternative.warning"].with_user(
            self.purchase_manager
        )
        routes = {
            "confirm": skip.button_confirm,
            "approve": order.button_approve,
            "force": lambda: order.button_approve(force=True),
            "write purchase": lambda: order.write({"state": "purchase"}),
            "write to approve": lambda: order.write({"state": "to approve"}),
            "sudo": lambda: order.sudo().write({"state": "purchase"}),
            "client key": lambda: order.with_context(outsourcing_flow_key=True).write(
                {"state": "purchase"}
            ),
            "keep alternatives": lambda: warning.create(
                {
                    "po_ids": [Command.set(order.ids)],
                    "alternative_po_ids": [Command.set(self.loser.ids)],
                }
            ).action_keep_alternatives(),
            "cancel alternatives": lambda: warning.create(
                {
                    "po_ids": [Command.set(order.ids)],
                    "alternative_po_ids": [Command.set(self.loser.ids)],
                }
            ).action_cancel_alternatives(),
            "mass": lambda: (skip | self.loser).button_confirm(),
        }
        for name, route in routes.items():
            with self.subTest(route=name):
                state = order.state
                with self.assertRaises(UserError), self.cr.savepoint():
                    route()
                order.invalidate_recordset()
                self.assertEqual(order.state, state)

    def test_not_confirmed_before_the_award_is_final(self):
        self._assert_not_confirmable(self.order)

    def test_loser_is_never_confirmed(self):
        self._make_final()
        self._assert_not_confirmable(self.loser)

    def test_winner_is_confirmed_on_the_tender_only(self):
        self._make_final()
        self._assert_not_confirmable(self.order)
        for user in (self.officer_user, self.manager_user, self.purchase_manager):
            with self.assertRaises(UserError):
                self.tender.with_user(user).sudo().action_confirm_order()
        self.tender.action_confirm_order()
        self.assertEqual(self.order.state, "purchase")
        self.assertEqual(self.tender.state, "contracted")
        with self.assertRaisesRegex(UserError, "already"):
            self.tender.action_confirm_order()

    def test_comparison_stays_readable_after_the_order(self):
        def get_figures():
            self.tender.invalidate_recordset(["comparison"])
            return re.findall(r"\d+\.\d\d", self.tender.comparison)

        self._make_final()
        before = get_figures()
        self.assertTrue(before)
        self.tender.action_confirm_order()
        self.assertEqual(get_figures(), before)

    def test_annulled_award_blocks_again(self):
        award = self._make_final()
        award.action_annul(reason="Winner withdrew")
        with self.assertRaises(UserError):
            self.tender.action_confirm_order()
        self._assert_not_confirmable(self.order)

    def test_second_validation_is_kept(self):
        self.company.write(
            {"po_double_validation": "two_step", "po_double_validation_amount": 1000}
        )
        self._make_final()
        self.tender.action_confirm_order()
        self.assertEqual(self.order.state, "to approve")
        self.assertEqual(self.loser.state, "cancel")
        self.assertEqual(self.tender.state, "awarded")
        buyer = self.order.with_user(self.procurement_user)
        buyer.button_approve()
        self.assertEqual(self.order.state, "to approve")
        with self.assertRaisesRegex(UserError, "purchase manager"):
            buyer.write({"state": "purchase"})
        with self.assertRaisesRegex(AccessError, "own act of a person"):
            as_console(self.order.button_approve)
        self.order.button_approve()
        self.assertEqual(self.order.state, "purchase")
        self.assertEqual(self.tender.state, "contracted")

    def test_refused_second_validation_can_be_tried_again(self):
        self.company.write(
            {"po_double_validation": "two_step", "po_double_validation_amount": 1000}
        )
        self._make_final()
        self.tender.action_confirm_order()
        self.order.button_cancel()
        with self.assertRaises(UserError):
            self.order.button_draft()
        self.tender.action_confirm_order()
        self.assertEqual(self.order.state, "to approve")
        self.assertEqual(self._get_bid(self.tender, 0).state, "won")
        self.order.button_cancel()
        self.tender.award_ids.action_annul(reason="The winner gave up")
        self.assertEqual(
            [self._get_bid(self.tender, number).state for number in range(3)],
            ["ranked"] * 3,
        )
        self._get_bid(self.tender, 0).with_user(
            self.procurement_user
        ).action_disqualify(reason="Gave up")
        self.tender.action_propose_award()
        self.assertEqual(self.tender.award_id.partner_id, self.vendors[1])
        self._make_final()
        self.tender.action_confirm_order()
        self.assertEqual(self.loser.state, "to approve")

    # ------------------------------------------------------------
    # OTHER CONTENT
    # ------------------------------------------------------------

    def test_terms_are_frozen(self):
        line = self.order.order_line
        changes = {
            "price": lambda: line.write({"price_unit": 1}),
            "quantity": lambda: line.write({"product_qty": 99}),
            "discount": lambda: line.write({"discount": 10}),
            "tax": lambda: line.write({"tax_ids": [Command.clear()]}),
            "command": lambda: self.order.write(
                {"order_line": [Command.update(line.id, {"price_unit": 1})]}
            ),
            "new line": lambda: self.order.write(
                {
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_qty": 1,
                                "price_unit": 5,
                            }
                        )
                    ]
                }
            ),
            "remove": lambda: self.order.write({"order_line": [Command.clear()]}),
            "unlink": line.unlink,
            "move out": lambda: line.write({"order_id": self._foreign().id}),
            "move in": lambda: self._foreign().order_line.write(
                {"order_id": self.order.id}
            ),
            "clear": line.action_clear_quantities,
            "vendor": lambda: self.order.write({"partner_id": self.vendors[1].id}),
            "company": lambda: self.order.write({"company_id": self.company.id}),
            "currency": lambda: self.order.write(
                {"currency_id": self.env.ref("base.EUR").id}
            ),
            "claim": lambda: self.order.write({"outsourcing_tender_id": False}),
            "other bid": lambda: self.order.write(
                {"outsourcing_bid_id": self._get_bid(self.tender, 1).id}
            ),
            "cancel": self.order.button_cancel,
            "delete": self.order.unlink,
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                with self.assertRaises(UserError), self.cr.savepoint():
                    change()
        self.order.invalidate_recordset()
        self.assertEqual(self.order.amount_untaxed, 90000)

    def _foreign(self):
        return (
            self.env["purchase.order"]
            .with_user(self.purchase_manager)
            .create(
                {
                    "partner_id": self.vendors[0].id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_qty": 1,
                                "price_unit": 5,
                            }
                        )
                    ],
                }
            )
        )

    def test_content_changed_behind_the_back_is_found(self):
        self._make_final()
        self.env.cr.execute(
            "UPDATE purchase_order_line SET price_unit = 1 WHERE order_id = %s",
            (self.order.id,),
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "not what the vendor bid"):
            self.tender.action_confirm_order()

    def test_frozen_after_the_confirmation_too(self):
        self._make_final()
        self.tender.action_confirm_order()
        line = self.order.order_line
        with self.assertRaises(UserError):
            line.write({"price_unit": 9000})
        with self.assertRaises(UserError):
            line.copy({"order_id": self.order.id, "product_qty": 5})
        line.qty_received = 1
        self.assertEqual(line.qty_to_invoice, 1)

    # ------------------------------------------------------------
    # FALSE CLAIMS
    # ------------------------------------------------------------

    def test_nobody_claims_a_tender(self):
        Order = self.env["purchase.order"].with_user(self.purchase_manager)
        Defaults = self.env["ir.default"].with_user(self.purchase_manager)
        vals = {"partner_id": self.vendors[0].id}
        claims = {
            "outsourcing_tender_id": self.tender.id,
            "outsourcing_bid_id": self._get_bid(self.tender, 0).id,
        }
        for name, value in claims.items():
            with self.assertRaises(AccessError):
                Order.create({**vals, name: value})
            with self.assertRaises(AccessError):
                Order.sudo().create({**vals, name: value})
            with self.assertRaises(AccessError):
                Order.with_context(**{f"default_{name}": value}).create(vals)
            with self.assertRaises(AccessError), self.cr.savepoint():
                Defaults.set("purchase.order", name, value, user_id=True)
                Order.create(vals)
            with self.assertRaises(AccessError):
                self._foreign().write({name: value})

    def test_not_copied_into_the_alternatives(self):
        with self.assertRaises(UserError):
            self.order.copy()
        copy = self.order.copy({"purchase_group_id": False})
        self.assertFalse(copy.outsourcing_tender_id)

    def test_not_merged(self):
        foreign = self._foreign()
        with self.assertRaises(UserError):
            (self.order | foreign).action_merge()
        self.assertEqual(foreign.state, "draft")

    def test_foreign_order_is_no_alternative(self):
        foreign = self._foreign()
        group = self.order.purchase_group_id
        routes = (
            lambda: foreign.write({"purchase_group_id": group.id}),
            lambda: (
                self.env["purchase.order"]
                .with_user(self.purchase_manager)
                .with_context(origin_po_id=self.order.id)
                .create({"partner_id": self.vendors[0].id})
            ),
            lambda: foreign.write(
                {"alternative_po_ids": [Command.link(self.order.id)]}
            ),
            lambda: self.env["purchase.order.group"].create(
                {"order_ids": [Command.set((foreign | self.order).ids)]}
            ),
        )
        for route in routes:
            with self.assertRaises(UserError), self.cr.savepoint():
                route()
        self.env.invalidate_all()
        self.assertEqual(len(self.order.alternative_po_ids), 3)
        self.assertFalse(foreign.purchase_group_id)

    # ------------------------------------------------------------
    # LEAKS
    # ------------------------------------------------------------

    def test_price_is_not_published_on_the_product(self):
        self._make_final()
        self.tender.action_confirm_order()
        self.assertEqual(self.order.state, "purchase")
        self.assertFalse(self.product.seller_ids)

    def test_other_orders_are_untouched(self):
        foreign = self._foreign()
        foreign.button_confirm()
        self.assertEqual(foreign.state, "purchase")
        self.assertTrue(self.product.seller_ids)

    def test_vendor_does_not_read_the_tender_by_rpc(self):
        vendor = self.order.with_user(self.vendor_users[0])
        vendor.read(["name"])
        for name in ("outsourcing_tender_id", "outsourcing_bid_id"):
            with self.assertRaises(AccessError):
                vendor.read([name])
            with self.assertRaises(AccessError):
                vendor.search([(name, "!=", False)])

    def test_no_order_before_the_prices_are_open(self):
        self.procedure.envelopes = "two"
        tender = self._create_opened()
        self.assertFalse(
            self.env["purchase.order"].search(
                [("outsourcing_tender_id", "=", tender.id)]
            )
        )
