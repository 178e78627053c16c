from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import JANUARY, TODAY, ConsequenceCommon, dates


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStandingOrder(ConsequenceCommon):
    """Orders to a vendor whose grade blocks them, on every route."""

    def test_message_says_all(self):
        form = self._block()
        order = self._create_order()
        with self.assertRaises(UserError) as caught:
            order.button_confirm()
        text = str(caught.exception)
        for word in (
            order.name,
            self.vendor.name,
            self.contract.name,
            "01/01/2026",
            "01/31/2026",
            "25.00",
            "grade C",
            form.name,
            form.improvement_plan_ids.name,
            "quality manager",
            "quality finance",
        ):
            self.assertIn(word, text)

    def test_said_before_the_click(self):
        order = self._create_order()
        free = self._create_order(self.free_vendor)
        done = self._create_order()
        done.button_confirm()
        self._block()
        orders = order | free | done
        orders.invalidate_recordset()
        self.assertIn("grade C", order.vendor_quality_block_reason)
        self.assertFalse((free | done).filtered("vendor_quality_block_reason"))
        with Form(self.env["purchase.order"].with_user(self.buyer_user)) as form:
            self.assertFalse(form.vendor_quality_block_reason)
            form.partner_id = self.vendor
            self.assertIn("grade C", form.vendor_quality_block_reason)
            form.partner_id = self.free_vendor
            self.assertFalse(form.vendor_quality_block_reason)

    def test_every_route(self):
        self._block()
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.vendor.id}
        )
        for vendor in (self.vendor, contact):
            order = self._create_order(vendor)
            routes = {
                "button": order.button_confirm,
                "approve": lambda order=order: order.button_approve(force=True),
                "write": lambda order=order: order.write({"state": "purchase"}),
                "to approve": lambda order=order: order.write({"state": "to approve"}),
                "sudo": lambda order=order: order.sudo().button_confirm(),
                "superuser": lambda order=order: order.with_user(1).write(
                    {"state": "purchase"}
                ),
                "context": lambda order=order: order.with_context(
                    outsourcing_flow_key=True, skip_alternative_check=True, force=True
                ).button_confirm(),
            }
            for name, route in routes.items():
                with self.subTest(name), self.assertRaises(UserError):
                    route()
                self.assertEqual(order.state, "draft", name)
            for state in ("purchase", "to approve"):
                with self.assertRaises(UserError):
                    self._create_order(vendor, state=state)
                with self.assertRaises(UserError):
                    self.env["purchase.order"].with_user(self.buyer_user).with_context(
                        default_state=state
                    ).create({"partner_id": vendor.id})

    def test_vendor_cannot_be_exchanged_afterwards(self):
        self._block()
        order = self._create_order(self.free_vendor)
        order.button_confirm()
        for vals in (
            {"partner_id": self.vendor.id},
            {"partner_id": self.vendor.id, "state": "purchase"},
        ):
            with self.assertRaises(UserError):
                order.write(vals)
        self.assertEqual(order.partner_id, self.free_vendor)
        draft = self._create_order(self.free_vendor)
        with self.assertRaises(UserError):
            draft.write({"partner_id": self.vendor.id, "state": "purchase"})

    def test_double_validation(self):
        """Blocked between the confirmation and the approval."""
        self.company.sudo().write({"po_double_validation": "two_step"})
        self.company.sudo().po_double_validation_amount = 10
        clerk = self._new_user("clerk", "purchase.group_purchase_user")
        order = self._create_order(user=clerk)
        order.button_confirm()
        self.assertEqual(order.state, "to approve")
        self._block()
        with self.assertRaises(UserError):
            order.with_user(self.buyer_user).button_approve()
        self.assertEqual(order.state, "to approve")

    def test_other_steps_stay_free(self):
        order = self._create_order()
        order.button_confirm()
        self._block()
        order.write({"partner_ref": "X"})
        order.order_line.product_qty = 2
        order.button_cancel()
        order.button_draft()
        with self.assertRaises(UserError):
            order.button_confirm()

    def test_batch_names_every_blocked_order(self):
        self._block()
        orders = self._create_order() | self._create_order()
        free = self._create_order(self.free_vendor)
        with self.assertRaises(UserError) as caught:
            (orders | free).write({"state": "purchase"})
        for order in orders:
            self.assertIn(order.name, str(caught.exception))
        self.assertNotIn(free.name, str(caught.exception))
        free.button_confirm()
        self.assertEqual(free.state, "purchase")

    def test_better_form_lifts(self):
        self._block()
        self._lift()
        order = self._create_order()
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_worst_contract_counts(self):
        other = self._create_contract()
        self._block()
        self._create_approved_form(100, contract=other, **dates(JANUARY))
        with self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_unrated_period_lifts_nothing(self):
        self._block()
        form = self._create_form()
        form.action_collect()
        form.action_submit()
        self._review(form)
        form.with_user(self.manager_user).action_approve()
        self.assertFalse(form.is_rated)
        with self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_superseding_lifts_nothing_before_the_successor(self):
        """One officer alone could lift the block otherwise."""
        form = self._block()
        successor = self.env["vendor.quality.form"].browse(
            form.with_user(self.officer_user).action_supersede("Late data")["res_id"]
        )
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        successor.with_user(self.officer_user).action_cancel()
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        again = self._block(presence=95)
        self.assertEqual(again.grade, "B")
        self._create_order().button_confirm()

    def test_ended_contract_counts_for_its_months(self):
        self._block()
        manager = self.contract.with_user(self.owner_user)
        manager.action_terminate("Bad service")
        self.assertEqual(self.contract.state, "terminated")
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        with freeze_time("2027-01-31 12:00:00"), self.assertRaises(UserError):
            self._create_order().button_confirm()
        with freeze_time("2027-02-01 12:00:00"):
            self._create_order().button_confirm()
        self.company.sudo().vendor_quality_standing_months = 24
        with freeze_time("2027-02-01 12:00:00"), self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_running_contract_never_expires(self):
        self._block()
        with freeze_time("2028-01-01 12:00:00"), self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_companies(self):
        """A contract binds its company and the branches, not a sister."""
        self._block()
        sister = self.env["res.company"].create({"name": "Sister"})
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        companies = self.company | sister | branch
        buyer = self._new_user(
            "buyer2",
            "purchase.group_purchase_manager",
            company_ids=[Command.set(companies.ids)],
        )

        def create(company):
            return self._create_order(
                user=buyer.with_company(company), company_id=company.id
            )

        create(sister).button_confirm()
        with self.assertRaises(UserError):
            create(branch).button_confirm()
        order = create(sister)
        order.button_confirm()
        with self.assertRaises(UserError):
            order.sudo().write({"company_id": branch.id})

    def test_nobody_writes_the_standing(self):
        self._block()
        standing = self.contract.vendor_quality_standing_ids
        for user in (self.manager_user, self.officer_user, self.finance_user):
            with self.assertRaises(AccessError):
                standing.with_user(user).write({"blocks_order": False})
        with self.assertRaises(AccessError):
            standing.sudo().with_context(outsourcing_flow_key=True).unlink()

    def test_ungoverned_orders_cost_one_query_a_batch(self):
        def count(number):
            orders = self.env["purchase.order"].with_user(self.buyer_user)
            for _index in range(number):
                orders |= self._create_order(self.free_vendor)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            orders._vendor_quality_check_order()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(1), 1)
        self.assertLessEqual(count(20), 1)
        order = self._create_order(self.free_vendor)
        with patch.object(
            type(self.env["vendor.quality.block"]), "_check", autospec=True
        ) as check:
            order.write({"partner_ref": "X"})
        check.assert_not_called()
