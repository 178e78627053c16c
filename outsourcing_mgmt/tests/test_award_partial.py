import io

import openpyxl
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.analysis import procurement_counting
from ..models.bid import vendor as portal
from ..tools import recompute
from .common import TenderCommon
from .test_tender_migration import load_script

NAMES = (("Printers", 10), ("Phones", 10), ("Radios", 2))


@tagged("post_install", "-at_install")
class TestAwardPartial(TenderCommon):
    """Vendors bid for the services that they offer, each awarded alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._publish()

    @classmethod
    def _publish(cls, award_by_line=True, partial_bids=True, estimates=(), **values):
        request = cls._create_request(
            line_ids=[
                Command.create(
                    {
                        "product_id": cls.product.id,
                        "product_qty": 1,
                        "price_unit": price,
                    }
                )
                for price in estimates
            ]
        )
        asked = request.line_ids.ids or [False] * len(NAMES)
        tender = cls._create_tender(
            award_by_line=award_by_line,
            partial_bids=partial_bids,
            line_ids=[
                Command.create(
                    {
                        "product_id": cls.product.id,
                        "name": name,
                        "product_qty": count,
                        "request_line_id": line,
                    }
                )
                for (name, count), line in zip(NAMES, asked, strict=True)
            ],
            **values,
        )
        cls._sign_off(tender)
        tender.action_publish()
        cls._declare(tender)
        return tender

    @classmethod
    def _draft(cls, tender, number, prices):
        bid = portal.start_bid(tender.with_user(cls.vendor_users[number]).sudo())
        portal.save_draft(
            bid,
            prices={
                line.id: ("" if price is None else str(price), "")
                for line, price in zip(tender.line_ids, prices, strict=True)
            },
            declared=True,
        )
        return bid

    @classmethod
    def _open(cls, tender, offers, points=(80, 80, 80)):
        for number, prices in enumerate(offers):
            cls._draft(tender, number, prices).action_seal()
        with freeze_time(cls.deadline):
            tender.action_close()
        cls._create_opened(tender=tender)
        tender.action_start_evaluation()
        cls._score(tender, points)
        return tender

    def _get_award(self, tender, number):
        return tender.award_ids.filtered(
            lambda award: award.partner_id == self.vendors[number]
        )

    def test_what_is_sealed(self):
        tender = self.tender
        bid = self._draft(tender, 0, (None, 490, None))
        self.assertEqual(
            [row["price"] for row in portal.read_bid(bid)["rows"]], [None, "490", None]
        )
        self.assertFalse(portal.read_bid(bid)["problem"])
        for prices, pattern in (
            ((0, 490, None), "Printers.*above zero"),
            ((None, None, None), "at least one service"),
        ):
            draft = self._draft(tender, 0, prices)
            self.assertTrue(portal.read_bid(draft)["problem"])
            with self.assertRaisesRegex(UserError, pattern), self.cr.savepoint():
                draft.action_seal()
        self._draft(tender, 0, (None, 490, None)).action_seal()
        text = str(tender._get_rule_texts())
        self.assertIn("together", text)
        whole = self._publish(partial_bids=False)
        draft = self._draft(whole, 0, (None, 490, 1))
        refused = self.assertRaisesRegex(UserError, "price for every line")
        with refused, self.cr.savepoint():
            draft.action_seal()
        with self.assertRaisesRegex(UserError, "above zero"):
            self._draft(whole, 0, (0, 490, 1)).action_seal()

    def test_empty_cell_of_the_list_takes_the_offer_back(self):
        tender = self.tender
        bid = self._draft(tender, 0, (400, 490, None))
        book = openpyxl.load_workbook(io.BytesIO(portal.export_prices(bid)))
        book.active.cell(row=2, column=5).value = None
        content = io.BytesIO()
        book.save(content)
        portal.import_prices(bid, content.getvalue())
        prices = [row["price"] for row in portal.read_bid(bid)["rows"]]
        self.assertEqual(prices, [None, "490", None])

    def test_who_does_not_offer_does_not_win(self):
        tender = self.tender
        self._open(tender, ((400, 490, None), (490, 400, None), (None, 410, None)))
        self.assertEqual(
            tender._get_unoffered_lines().mapped("name"), ["Radios"], "nobody bids"
        )
        tender.action_propose_award()
        self.assertEqual(
            [
                self._get_award(tender, number).line_ids.mapped("name")
                for number in (0, 1)
            ],
            [["Printers"], ["Phones"]],
        )
        self.assertFalse(self._get_award(tender, 2))
        self.assertIn("No bid", tender.award_ids[0].evaluation_report)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "outsourcing_mgmt.report_tender_evaluation", tender.ids
        )
        self.assertIn("No bid", html.decode())
        bundle = tender.with_user(self.auditor_user).get_evaluation_bundle()
        self.assertEqual(recompute.check(bundle), [])
        self.assertEqual(bundle["document"]["ranking"], [])
        lines = bundle["document"]["line_ranking"]
        self.assertEqual(len(lines), 5)
        with self.assertRaisesRegex(UserError, "for which nobody bid"):
            tender.action_retender()
        for award in tender.award_ids:
            self._approve_award(award)
        award.action_notify()
        with freeze_time(tender.award_ids[0].standstill_end):
            for award in tender.award_ids:
                award.action_finalise()
        tender.action_confirm_order()
        orders = tender.award_ids.sudo().bid_id.purchase_order_id
        self.assertEqual(orders.mapped("amount_untaxed"), [4000, 4000])
        self.assertFalse(tender.saving_amount, "what radios would cost nobody knows")
        self.assertEqual(tender.award_ids.bid_id.mapped("state"), ["won", "won"])
        action = tender.action_retender()
        repeat = tender.browse(action["res_id"])
        self.assertEqual(repeat.line_ids.mapped("name"), ["Radios"])
        self.assertEqual(repeat.request_ids, tender.request_ids)
        self.assertFalse(repeat.award_by_line or repeat.partial_bids)
        problems = str(repeat._get_request_problems())
        self.assertEqual(problems, "[]", "the service is not tendered already")

    def test_savings_are_those_of_the_awarded_services(self):
        tender = self._publish(estimates=(500, 500, 1000))
        self._open(tender, ((400, 490, None), (490, 400, None), (None, 410, None)))
        tender.action_propose_award()
        for award in tender.award_ids:
            self._approve_award(award)
        award.action_notify()
        # Estimates of 5,000, 5,000 and 2,000 divide the 120,000.
        self.assertEqual(tender.award_ids.mapped("saving_amount"), [46000, 46000])
        self.assertEqual(tender.award_ids.mapped("saving_percent"), [92, 92])
        self.assertRecordValues(
            tender, [{"saving_amount": 92000, "saving_percent": 92}]
        )
        with freeze_time(award.standstill_end):
            for award in tender.award_ids:
                award.action_finalise()
        amounts = procurement_counting.describe_tenders(tender.sudo())[tender.id]
        self.assertEqual(amounts["amount_reference"], 100000)
        self.assertEqual(amounts["amount_saving"], 92000)

    def test_migration_fills_the_parts(self):
        tender = self._publish(estimates=(500, 500, 1000))
        self._open(tender, ((400, 490, None), (490, 400, None), (None, 410, None)))
        tender.action_propose_award()
        for award in tender.award_ids:
            self._approve_award(award)
        award.action_notify()
        lines = tender.award_ids.line_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_award_line SET reference_amount = NULL WHERE id IN %s",
            [tuple(lines.ids)],
        )
        self.env.invalidate_all()
        for _run in range(2):
            load_script("savings").migrate(self.env.cr, "19.0.1.7.0")
            self.env.invalidate_all()
            self.assertEqual(lines.mapped("reference_amount"), [50000, 50000])
            self.assertEqual(tender.saving_amount, 92000)

    def test_nothing_offered_twice_is_abnormally_low_by_service(self):
        self.procedure.abnormally_low_mean_percent = 50
        tender = self._publish()
        self._open(tender, ((400, 490, None), (490, 400, 5), (None, 100, 5)))
        flagged = [
            self._get_bid(tender, number).is_abnormally_low for number in range(3)
        ]
        self.assertEqual(flagged, [False, False, True])
        tender.action_propose_award()
        flagged = [
            self._get_award(tender, number).is_abnormally_low for number in (0, 2)
        ]
        self.assertEqual(flagged, [False, True])

    def test_the_ceiling_is_for_the_best_of_all_services(self):
        self.assertTrue(self.procedure.price_ceiling)
        tender = self.tender
        # 150,000 for all of them, and the cheapest for phones.
        self._open(tender, ((14000, 1000, None), (1000, 4000, None), (None, 4000, 10)))
        states = {self._get_bid(tender, number).state for number in range(3)}
        self.assertEqual(states, {"ranked"})
        tender.action_propose_award()
        self.assertEqual(self._get_award(tender, 0).line_ids.mapped("name"), ["Phones"])
        dear = self._publish()
        self._open(dear, ((14000, 1000, None), (14000, 4000, None), (None, 4000, 10)))
        with self.assertRaisesRegex(UserError, "above the reference price"):
            dear.action_propose_award()
