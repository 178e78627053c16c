import copy

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.bid import vendor as portal
from ..models.bid.bid_points import get_places
from ..tools import recompute
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestAwardByLine(TenderCommon):
    """One winner a line: an award, an order and a contract for each of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_tender(
            award_by_line=True,
            line_ids=[
                Command.create(
                    {
                        "product_id": cls.product.id,
                        "name": name,
                        "product_qty": quantity,
                    }
                )
                for name, quantity in (("Offices", 12), ("Windows", 4))
            ],
        )
        cls._sign_off(cls.tender)
        cls.tender.action_publish()
        cls._declare(cls.tender)
        # Vendor 0 is cheap for offices, vendor 1 for windows, vendor 2 for none.
        for number, prices in enumerate(((5000, 5000), (6000, 2000), (6500, 5200))):
            cls._bid_lines(number, prices)
        with freeze_time(cls.deadline):
            cls.tender.action_close()
        cls._create_opened(tender=cls.tender)
        cls.tender.action_start_evaluation()
        cls._score(cls.tender, (80, 80, 80))

    @classmethod
    def _bid_lines(cls, number, prices, tender=None):
        tender = (tender or cls.tender).with_user(cls.vendor_users[number]).sudo()
        bid = portal.start_bid(tender)
        portal.save_draft(
            bid,
            prices={
                line.id: (f"{price:.2f}", "")
                for line, price in zip(tender.line_ids, prices, strict=True)
            },
            declared=True,
        )
        bid.action_seal()

    def _get_award(self, number):
        return self.tender.award_ids.filtered(
            lambda award: (
                award.partner_id == self.vendors[number] and award.state != "annulled"
            )
        )

    def test_needs_two_services(self):
        tender = self._create_tender(award_by_line=True)
        with self.assertRaisesRegex(UserError, "at least two services"):
            tender.action_publish()

    def test_one_winner_a_line_two_orders_two_contracts(self):
        tender = self.tender
        action = tender.action_propose_award()
        awards = tender.award_ids
        self.assertEqual(action["domain"], [("id", "in", awards.ids)])
        self.assertRecordValues(
            awards.sorted("amount_total"),
            [
                {"partner_id": self.vendors[1].id, "amount_total": 8000},
                {"partner_id": self.vendors[0].id, "amount_total": 60000},
            ],
        )
        for number, name in enumerate(("Offices", "Windows")):
            self.assertEqual(self._get_award(number).line_ids.mapped("name"), [name])
        first, second = self._get_award(0), self._get_award(1)
        with self.assertRaisesRegex(UserError, "at once"):
            self._approve_award(first).action_notify()
        self.assertEqual(tender.state, "award_proposed", "one award is open")
        self._approve_award(second).action_notify()
        self.assertEqual(tender.state, "standstill")
        self.assertEqual((first | second).mapped("state"), ["notified"] * 2)
        self.assertEqual(first.standstill_end, second.standstill_end)
        self.assertEqual(tender.saving_amount, 120000 - 68000)
        # The means of the offers, 70,000 and 16,266.67, divide the reference price.
        self.assertEqual(
            [
                sum(award.line_ids.mapped("reference_amount"))
                for award in first | second
            ],
            [97372.49, 22627.51],
        )
        self.assertEqual(
            (first | second).mapped("saving_amount"),
            [37372.49, 14627.51],
        )
        self.env.invalidate_all()
        for number, won in ((0, True), (1, True), (2, False)):
            bid = self._get_bid(tender, number).with_user(self.vendor_users[number])
            self.assertEqual(portal.get_result(bid.sudo())["won"], won)
        with freeze_time(second.standstill_end):
            first.action_finalise()
            self.assertEqual(tender.state, "standstill")
            second.action_finalise()
        self.assertEqual(tender.state, "awarded")
        tender.action_confirm_order()
        self.assertEqual(tender.state, "contracted")
        orders = (first | second).sudo().bid_id.purchase_order_id
        self.assertEqual(set(orders.mapped("state")), {"purchase"})
        self.assertEqual(sorted(orders.mapped("amount_untaxed")), [8000, 60000])
        self.assertEqual(
            [self._get_bid(tender, number).state for number in range(3)],
            ["won", "won", "lost"],
        )
        for award in (first, second):
            award.action_create_contract()
            self.assertEqual(award.contract_id.amount_total, award.amount_total)
            self.assertEqual(award.contract_id.saving_amount, award.saving_amount)
            self.assertEqual(award.contract_id.saving_percent, award.saving_percent)
        self.assertNotEqual(first.contract_id, second.contract_id)
        with self.assertRaises(UserError):
            tender.action_confirm_order()

    def test_each_service_is_ranked_on_paper_and_without_odoo(self):
        tender = self.tender
        tender.action_propose_award()
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.report_tender_evaluation", tender.ids
        )
        self.assertIn("Places by service", html.decode())
        self.assertIn("Places by service", tender.award_ids[0].evaluation_report)
        bundle = tender.with_user(self.auditor_user).get_evaluation_bundle()
        self.assertEqual(recompute.check(bundle), [])
        first = [
            (row["line"], row["bid"])
            for row in bundle["document"]["line_ranking"]
            if row["rank"] == 1
        ]
        self.assertEqual(
            first,
            [
                (line.id, self._get_bid(tender, number).id)
                for number, line in enumerate(tender.line_ids)
            ],
        )
        forged = copy.deepcopy(bundle)
        forged["document"]["bids"][0]["lines"][0]["price"] = "999999.00"
        self.assertTrue(
            [text for text in recompute.check(forged) if text.startswith("service")]
        )
        bid = self._get_bid(tender, 2)
        self.assertEqual([row["rank"] for row in get_places(bid)], [3, 3])

    def test_annulling_one_opens_the_evaluation_for_all(self):
        self.tender.action_propose_award()
        first, second = self._get_award(0), self._get_award(1)
        self._approve_award(first)
        self._approve_award(second).action_notify()
        self.env["mail.mail"].search([]).unlink()
        first.action_annul(reason="Bankrupt")
        mails = self.env["mail.mail"].search([("subject", "ilike", "annulled")])
        self.assertLessEqual(self.vendors, mails.recipient_ids)
        self.assertEqual(len(mails), len(mails.recipient_ids), "told once")
        self.assertRecordValues(
            first | second,
            [{"state": "annulled", "annul_reason": "Bankrupt"}] * 2,
        )
        self.assertEqual(self.tender.state, "evaluation")
        self._get_bid(self.tender, 0).with_user(
            self.procurement_user
        ).action_disqualify(reason="Bankrupt")
        self.assertEqual(self._get_bid(self.tender, 0).line_ids.mapped("rank"), [0, 0])
        self.tender.action_propose_award()
        award = self._get_award(1)
        self.assertEqual(award.amount_total, 12 * 6000 + 4 * 2000)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.report_tender_evaluation", self.tender.ids
        )
        places = html.decode().partition("Places by service")[2]
        places = places.partition("Committee")[0]
        self.assertIn(self.vendors[1].name, places)
        self.assertNotIn(self.vendors[0].name, places)
        self._approve_award(award).action_notify()
        rows = get_places(self._get_bid(self.tender, 0))
        self.assertEqual([row["rank"] for row in rows], [None, None])
        self.assertEqual({row["winner"] for row in rows}, {self.vendors[1].name})

    def test_rule_and_tie_are_of_each_service(self):
        rules = {row["label"]: row["text"] for row in self.tender._get_rule_texts()}
        self.assertIn("For each service", rules["Points of the price"])
        self.tender.action_propose_award()
        self.assertEqual(self.tender.award_ids.mapped("is_tie"), [False, False])
        tender = self._create_tender(
            award_by_line=True,
            criteria=[
                {
                    "name": "Price",
                    "kind": "price",
                    "weight": 10000,
                    "price_formula": "linear",
                }
            ],
            line_ids=[
                Command.create({"product_id": self.product.id, "name": name})
                for name in ("Offices", "Windows")
            ],
        )
        self._sign_off(tender)
        tender.action_publish()
        rules = {row["label"]: row["text"] for row in tender._get_rule_texts()}
        self.assertIn("twice that price", rules["Points of the price"])
        self._declare(tender)
        # Vendors 0 and 1 draw for offices; nobody else has the price of windows.
        for number, prices in enumerate(((500, 900), (500, 300), (600, 700))):
            self._bid_lines(number, prices, tender)
        with freeze_time(self.deadline):
            tender.action_close()
        self._create_opened(tender=tender)
        tender.action_start_evaluation()
        tender.action_propose_award()
        tied = {
            name: award.is_tie
            for award in tender.award_ids
            for name in award.line_ids.mapped("name")
        }
        self.assertTrue(tied["Offices"])
        if len(tender.award_ids) == 2:
            self.assertFalse(tied["Windows"])

    def _notify(self):
        self.tender.action_propose_award()
        first, second = self._get_award(0), self._get_award(1)
        self._approve_award(first)
        self.env["mail.mail"].search([]).unlink()
        self._approve_award(second).action_notify()
        return first, second

    def _as_vendor(self, number):
        bid = self._get_bid(self.tender, number)
        return bid.with_user(self.vendor_users[number]).sudo()

    def _run_finalise(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "outsourcing_mgmt.ir_cron_award_finalise"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_each_bidder_is_told_once_of_all_services(self):
        self._notify()
        mails = self.env["mail.mail"].search([])
        for number, subject in ((0, "You won"), (1, "You won"), (2, "Result")):
            own = mails.filtered(
                lambda mail, number=number: self.vendors[number] in mail.recipient_ids
            )
            self.assertEqual(len(own), 1)
            self.assertIn(subject, own.subject)
            text = str(own.body_html)
            for name in ("Offices", "Windows", "Vendor 0 Ltd", "Vendor 1 Ltd"):
                self.assertIn(name, text)
            self.assertNotIn("Your rank", text)
        places = get_places(self._get_bid(self.tender, 1))
        self.assertEqual([row["rank"] for row in places], [2, 1])
        self.assertEqual(
            [row["winner"] for row in places], ["Vendor 0 Ltd", "Vendor 1 Ltd"]
        )
        self.assertGreater(places[0]["winner_total"], places[0]["total"])
        self.assertFalse(
            [
                row
                for row in portal.get_result(self._as_vendor(2))["points"]
                if row["kind"] == "price"
            ],
            "points of the price are for each service",
        )

    def test_nobody_hears_again_what_an_earlier_version_told(self):
        """Each award was told alone before 1.7; an upgrade may come between two."""
        self.tender.action_propose_award()
        first, second = self._get_award(0), self._get_award(1)
        self._approve_award(first)
        self._approve_award(second)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_award SET state = 'notified', notified_date = now(),"
            " standstill_end = now() + interval '3 days' WHERE id = %s",
            [first.id],
        )
        self.env.invalidate_all()
        self.env["mail.mail"].search([]).unlink()
        second.action_notify()
        self.assertEqual(self.tender.state, "standstill")
        mails = self.env["mail.mail"].search([])
        counts = [
            len(mails.filtered(lambda mail, to=vendor: to in mail.recipient_ids))
            for vendor in self.vendors
        ]
        self.assertEqual(counts, [0, 1, 1])
        loser = mails.filtered(lambda mail: self.vendors[2] in mail.recipient_ids)
        self.assertIn("goes to Vendor 1 Ltd", " ".join(str(loser.body_html).split()))

    def test_who_objects_to_what(self):
        first, second = self._notify()
        for number, open_to in ((0, second), (1, first), (2, first | second)):
            rows = portal.get_result(self._as_vendor(number))["awards"]
            self.assertEqual(len(rows), 2)
            may = [row["award"].id for row in rows if row["may_object"]]
            self.assertEqual(may, open_to.sorted("id").ids)
        with self.assertRaisesRegex(UserError, "did not win"):
            portal.object_to_award(self._as_vendor(0), "No", first.id)
        with self.assertRaisesRegex(UserError, "did not win"):
            portal.object_to_award(self._as_vendor(2), "Which one?")
        objection = portal.object_to_award(self._as_vendor(0), "Too many points")
        self.assertEqual(objection.award_id, second)
        with freeze_time(first.standstill_end):
            with self.assertRaisesRegex(UserError, "objection"):
                first.action_finalise()
            self._run_finalise()
            self.assertEqual((first | second).mapped("state"), ["notified"] * 2)
        judge = objection.with_user(self.manager_user).sudo(False)
        judge.action_decide(upheld=False, reason="The points are right")
        self.env["mail.mail"].search([]).unlink()
        self.env["mail.message"].search(
            [("model", "=", "outsourcing.award"), ("subject", "ilike", "is final")]
        ).unlink()
        with freeze_time(first.standstill_end):
            self._run_finalise()
        self.assertEqual(self.tender.state, "awarded")
        told = self.env["mail.message"].search(
            [("model", "=", "outsourcing.award"), ("subject", "ilike", "is final")]
        )
        self.assertEqual(len(told.notified_partner_ids), len(told), "once a person")
        self.assertRegex(
            str(told[:1].body), "Vendor ([01]) Ltd and Vendor (?!\\1)[01] Ltd delivers?"
        )

    def test_winner_does_not_object_to_the_own_award(self):
        first, _second = self._notify()
        with self.assertRaisesRegex(UserError, "does not object"):
            self.env["outsourcing.objection"].with_user(self.officer_user).create(
                {
                    "award_id": first.id,
                    "bid_id": first.sudo().bid_id.id,
                    "reason": "By letter",
                }
            )

    def test_nobody_moves_a_line(self):
        self.tender.action_propose_award()
        line = self._get_award(0).bid_id.line_ids[0]
        with self.assertRaises(AccessError):
            line.sudo().write({"rank": 2})
        with self.assertRaises(UserError):
            self._get_award(0).sudo().bid_id.purchase_order_id.order_line[:1].unlink()
