from freezegun import freeze_time

from odoo.tests import tagged

from .tender_common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderFlow(TenderCommon):
    """A tender from the request to the order, each step by its own role."""

    def test_one_envelope(self):
        tender = self._create_tender()
        self.assertEqual(tender.state, "draft")
        self.assertEqual(tender.weight_total, 100)
        self._sign_off(tender)
        tender.action_publish()
        self.assertEqual(tender.published_by_id, self.procurement_user)
        self.assertEqual(tender.rules["min_bidders"], 3)
        self.assertEqual(tender.reference_price_id.state, "used")
        self.assertEqual(tender.request_ids.state, "in_tender")
        self._declare(tender)
        for number, price in enumerate(self.prices):
            self._bid(tender, number, price)
        with freeze_time(self.deadline):
            tender.action_close()
        self.assertFalse(tender.purchase_order_ids)
        with freeze_time(self.opening):
            tender.action_open()
        self.assertRecordValues(
            tender,
            [
                {
                    "state": "opened",
                    "is_opened": True,
                    "is_price_opened": True,
                    "reference_amount": self.reference_amount,
                    "opened_by_id": self.procurement_user.id,
                }
            ],
        )
        orders = tender.purchase_order_ids
        self.assertEqual(set(orders.mapped("state")), {"draft"})
        self.assertEqual(len(orders.purchase_group_id), 1)
        self.assertEqual(sorted(orders.mapped("amount_untaxed")), sorted(self.prices))
        tender.action_start_evaluation()
        self.assertEqual(set(tender.bid_ids.mapped("state")), {"qualified"})
        self._score(tender)
        self.assertTrue(tender.is_scoring_complete)
        self.assertRecordValues(
            self._get_bid(tender, 0) | self._get_bid(tender, 1),
            [
                {
                    "state": "ranked",
                    "rank": 1,
                    "technical_score": 54.0,
                    "price_score": 37.3333,
                    "total_score": 91.3333,
                },
                {
                    "state": "ranked",
                    "rank": 2,
                    "technical_score": 48.0,
                    "price_score": 40.0,
                    "total_score": 88.0,
                },
            ],
        )
        tender.action_propose_award()
        award = tender.award_id
        self.assertRecordValues(
            award,
            [
                {
                    "state": "draft",
                    "partner_id": self.vendors[0].id,
                    "amount_total": self.prices[0],
                    "is_tie": False,
                }
            ],
        )
        self.assertIn("Quality", award.evaluation_report)
        award.reasons = "<p>Best total.</p>"
        award.action_submit()
        self._pass_reviews(award, self.officer_user, self.finance_user)
        award.action_approve()
        award.action_notify()
        self.assertEqual(tender.state, "standstill")
        with freeze_time(award.standstill_end):
            award.action_finalise()
        self.assertEqual(tender.state, "awarded")
        tender.action_confirm_order()
        order = self._get_bid(tender, 0).purchase_order_id
        self.assertEqual(order.state, "purchase")
        self.assertEqual(
            set((tender.purchase_order_ids - order).mapped("state")), {"cancel"}
        )
        self.assertEqual(tender.state, "contracted")
        self.assertEqual(
            [self._get_bid(tender, number).state for number in range(3)],
            ["won", "lost", "lost"],
        )
        log = self.env["outsourcing.audit.log"]
        self.assertTrue(log.verify("outsourcing.tender", tender.id)["valid"])
