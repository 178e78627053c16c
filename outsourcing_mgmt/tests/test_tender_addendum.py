from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from ..models.bid import vendor as portal
from ..models.conduct import breach_domains
from ..tools import addendum as addendum_tools
from .common import BidCommon


@tagged("post_install", "-at_install")
class TestAddendumChanges(BidCommon):
    """An addendum changes services and criteria; the notice tells what was before."""

    def _create(self, changes, **values):
        return (
            self.env["outsourcing.tender.addendum"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": self.tender.id,
                    "subject": "Six visits instead of four",
                    "change_ids": [Command.create(row) for row in changes],
                    "price_statement": "The rates of the price hold for each visit.",
                    **values,
                }
            )
        )

    def _publish(self, addendum):
        addendum.with_user(self.officer_user).action_sign_off()
        addendum.action_publish()
        self.tender.invalidate_recordset()

    def _window(self):
        return self.tender.line_ids.filtered(lambda line: line.product_qty == 4)

    def test_quantity_changes_with_the_notice(self):
        line = self._window()
        addendum = self._create([{"line_id": line.id, "product_qty": 6}])
        change = addendum.change_ids
        self.assertEqual(change.name, line.name, "proposed as it is")
        with self.assertRaisesRegex(UserError, "an officer .* signs it off first"):
            addendum.action_publish()
        self._publish(addendum)
        self.assertEqual(line.product_qty, 6)
        self.assertEqual(change.before["product_qty"], 4)
        self.assertIn("Quantity: 6 instead of 4", change.summary)

    def test_sealed_bid_is_replaced_where_quantities_change(self):
        bid = self._sealed_bid(self.alpha_user)
        line = self._window()
        self._publish(self._create([{"line_id": line.id, "product_qty": 6}]))
        mine = bid.with_user(self.alpha_user).sudo()
        mine.invalidate_recordset()
        self.assertTrue(mine.needs_reconfirmation)
        self.assertEqual(portal.get_state(mine), "replace")
        with self.assertRaisesRegex(UserError, "replace your bid"):
            portal.reconfirm_bid(mine)
        draft = portal.replace_bid(mine)
        rows = {row["line"]: row for row in portal.read_bid(draft)["rows"]}
        self.assertEqual(float(rows[line.id]["quantity"]), 6)
        self.assertTrue(rows[line.id]["price"], "the price is filled in")

    def test_text_alone_is_confirmed(self):
        bid = self._sealed_bid(self.alpha_user)
        self._create([], body="<p>Keys are at the gate.</p>").action_publish()
        mine = bid.with_user(self.alpha_user).sudo()
        mine.invalidate_recordset()
        portal.reconfirm_bid(mine)
        self.assertFalse(mine.needs_reconfirmation)

    def test_new_and_removed_services(self):
        bid = self._sealed_bid(self.alpha_user)
        line = self._window()
        addendum = self._create(
            [
                {"operation": "remove", "line_id": line.id},
                {
                    "operation": "add",
                    "product_id": self.product.id,
                    "name": "Snow",
                    "product_qty": 2,
                    "product_uom_id": self.product.uom_id.id,
                },
            ]
        )
        self._publish(addendum)
        self.assertFalse(line.active)
        self.assertEqual(self.tender.line_ids.mapped("name")[-1], "Snow")
        self.assertIn("falls away", addendum.change_ids[0].summary)
        draft = portal.replace_bid(bid.with_user(self.alpha_user).sudo())
        content = portal.read_bid(draft)
        self.assertTrue(content["problem"], "the new service needs a price")
        self.assertNotIn(line.id, [row["line"] for row in content["rows"]])

    def test_weights_still_sum_up(self):
        price = self.tender.criterion_ids.filtered(lambda item: item.kind == "price")
        concept = self.tender.criterion_ids - price
        rows = [{"subject": "criterion", "criterion_id": price.id, "weight": 5000}]
        addendum = self._create(rows)
        with self.assertRaisesRegex(UserError, "sum to 90.0 %"):
            addendum.with_user(self.officer_user).action_sign_off()
        rows.append(
            {"subject": "criterion", "criterion_id": concept.id, "weight": 5000}
        )
        self._publish(self._create(rows))
        self.assertEqual(self.tender.criterion_ids.mapped("weight"), [5000, 5000])

    def test_sign_off_is_another_officer_s_and_ends_with_a_change(self):
        line = self._window()
        addendum = self._create([{"line_id": line.id, "product_qty": 6}])
        with self.assertRaises(UserError):
            addendum.action_sign_off()
        addendum.with_user(self.officer_user).subject = "Seven visits"
        with self.assertRaisesRegex(UserError, "another officer"):
            addendum.with_user(self.officer_user).action_sign_off()
        addendum.with_user(self.other_officer_user).action_sign_off()
        addendum.change_ids.write({"product_qty": 7, "before": {"product_qty": 99}})
        self.assertFalse(addendum.signed_off_by_id)
        with self.assertRaises(AccessError):
            addendum.write({"signed_off_by_id": self.officer_user.id})
        addendum.with_user(self.other_officer_user).action_sign_off()
        with self.assertRaisesRegex(UserError, "signed off already"):
            addendum.with_user(self.other_officer_user).action_sign_off()
        addendum.action_publish()
        self.assertEqual(addendum.change_ids.before["product_qty"], 4, "not as typed")
        for attack in (
            lambda: addendum.change_ids.write({"product_qty": 1}),
            lambda: addendum.change_ids.sudo().write({"before": {}}),
            lambda: line.write({"product_qty": 1}),
            lambda: line.sudo().write({"active": False}),
        ):
            with self.assertRaises(UserError):
                attack()

    def test_notice_shows_what_changed(self):
        line = self._window()
        self._publish(self._create([{"line_id": line.id, "product_qty": 6}]))
        html = self.env["ir.qweb"]._render(
            "outsourcing_mgmt.report_tender_notice",
            {"docs": self.tender, "doc": self.tender, "web_base_url": ""},
        )
        self.assertIn("Quantity: 6 instead of 4", str(html))

    def _create_price(self, **values):
        return self._create_approved_reference_price(
            self.tender.sudo().request_ids,
            150000.0,
            source_ids=[
                Command.create({"method": "market", "name": "Six visits"}),
                Command.create({"method": "history", "name": "2025"}),
            ],
            **values,
        )

    def test_changed_quantity_asks_for_price_or_statement(self):
        line = self._window()
        officer = self.officer_user
        bare = self._create(
            [{"line_id": line.id, "product_qty": 6}], price_statement=False
        )
        self.assertTrue(bare.changes_services)
        for act in (bare.with_user(officer).action_sign_off, bare.action_publish):
            with self.assertRaisesRegex(UserError, "choose a new approved one"):
                act()
        text = self._create(
            [{"line_id": line.id, "name": "Windows"}], price_statement=False
        )
        self.assertFalse(text.changes_services)
        self._publish(text)
        before = self.tender.reference_price_id
        self._publish(self._create([{"line_id": line.id, "product_qty": 6}]))
        self.assertEqual(self.tender.reference_price_id, before)

    def test_new_price_takes_the_place_of_the_old_one(self):
        tender, line = self.tender, self._window()
        before = tender.sudo().reference_price_id
        draft = self._create_reference_price(tender.sudo().request_ids, 150000.0)
        addendum = self._create(
            [{"line_id": line.id, "product_qty": 6}], reference_price_id=draft.id
        )
        with self.assertRaisesRegex(UserError, "has not approved"):
            addendum.with_user(self.officer_user).action_sign_off()
        price = self._create_price()
        addendum.reference_price_id = price
        self._publish(addendum)
        self.assertEqual(tender.reference_price_id, price)
        self.assertEqual((before | price.sudo()).mapped("state"), ["approved", "used"])
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.report_tender_notice", tender.ids
        )
        self.assertEqual(html.decode().count(price.sudo().commitment), 2)
        self.assertNotIn(before.commitment, html.decode())
        rule = self.env["outsourcing.compliance.rule"].search([], limit=1)
        self.assertFalse(
            self.env["outsourcing.tender"].search(
                breach_domains.without_price() & Domain("id", "=", tender.id)
            )
        )
        rows = rule._find_breaches_late_reference_price()
        self.assertNotIn(tender.id, [row["record"].id for row in rows])

    def test_policy_is_judged_again(self):
        tender, line = self.tender, self._window()
        base = tender.estimated_amount
        self.assertGreater(base, 0)
        small = self._create([{"line_id": line.id, "product_qty": 6}])
        # Neither service has an estimate of its own: both weigh alike.
        self.assertAlmostEqual(small.estimated_amount, base * (1 + 1.5) / 2)
        large = self._create([{"line_id": line.id, "product_qty": 4000}])
        with self.assertRaisesRegex(UserError, "the policy asks for"):
            large.with_user(self.officer_user).action_sign_off()
        self._publish(small)
        self.assertAlmostEqual(tender.estimated_amount, base * 1.25)
        self.assertAlmostEqual(small.estimated_amount, base * 1.25)
        again = self._create([{"line_id": line.id, "product_qty": 4}])
        self.assertAlmostEqual(again.estimated_amount, base * 1.25 * (1 + 4 / 6) / 2)

    def test_estimate_follows_the_quantities(self):
        scaled = addendum_tools.scaled_estimate
        self.assertEqual(scaled(100, [(0, 1, 24)]), 2400)
        self.assertEqual(scaled(100, [(75, 3, 6), (25, 1, 1)]), 175)
        self.assertEqual(scaled(100, [(0, 3, 6), (25, 1, 0)]), 100)
        self.assertEqual(scaled(100, [(60, 1, 1), (40, 1, 1), (0, 0, 5)]), 150)
        self.assertEqual(scaled(0, [(0, 1, 24)]), 0)
