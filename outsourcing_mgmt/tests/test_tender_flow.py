from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TenderCommon
from .fake_person import attend


@tagged("post_install", "-at_install")
class TestTenderFlow(TenderCommon):
    """A tender from the request to the order, each step by its own role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.published = cls._create_published()
        cls.closed = cls._create_closed()

    def test_state_by_the_clock(self):
        """Past the deadline a tender is closed, also before the job has run."""
        tender = self.published
        Tender = self.env["outsourcing.tender"]
        is_open = [("id", "=", tender.id), ("state_now", "=", "published")]
        is_closed = [("id", "=", tender.id), ("state_now", "in", ["closed", "opened"])]
        self.assertEqual(tender.state_now, "published")
        self.assertTrue(Tender.search(is_open))
        self.assertFalse(Tender.search(is_closed))
        with freeze_time(self.deadline):
            tender.invalidate_recordset()
            self.assertRecordValues(
                tender, [{"state": "published", "state_now": "closed"}]
            )
            self.assertFalse(Tender.search(is_open))
            self.assertTrue(Tender.search(is_closed))

    def test_job_runs_at_the_deadline(self):
        cron = self.env.ref("outsourcing_mgmt.ir_cron_tender_close")
        planned = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(self.deadline, planned.mapped("call_at"))

    def test_opening_closes_what_is_due(self):
        tender = self._create_published()
        self._declare(tender)
        for number, price in enumerate(self.prices):
            self._bid(tender, number, price)
        with self.assertRaises(UserError):
            tender.action_open()
        self.assertEqual(tender.state, "published")
        with freeze_time(self.opening):
            tender.invalidate_recordset()
            self._open_bids(tender)
        self.assertEqual(tender.state, "opened")

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
            self._open_bids(tender)
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

    def test_two_envelopes(self):
        self.procedure.envelopes = "two"
        tender = self._create_opened()
        bids = tender.bid_ids.sudo()
        self.assertFalse(tender.is_price_opened)
        self.assertFalse(tender.purchase_order_ids)
        self.assertFalse(bids.line_ids)
        self.assertEqual(set(bids.mapped("amount_total")), {0})
        tender.action_start_evaluation()
        with self.assertRaisesRegex(UserError, "scores are missing"):
            tender.action_open_prices()
        self._score(tender)
        self.assertEqual(set(bids.mapped("state")), {"qualified"})
        self.assertEqual(self._get_bid(tender, 0).technical_score, 54)
        with self.assertRaisesRegex(UserError, "open the prices first"):
            tender.action_propose_award()
        with freeze_time(self.opening):
            attend(tender)
            tender.action_open_prices()
        self.assertEqual(tender.state, "price_opened")
        self.assertEqual(len(tender.purchase_order_ids), 3)
        self.assertEqual(
            [self._get_bid(tender, number).rank for number in range(3)], [1, 2, 3]
        )
        tender.action_propose_award()
        tender.award_id.action_annul(reason="Wrong reasons")
        self.assertEqual(tender.state, "price_opened")

    def test_one_envelope_has_no_second_opening(self):
        tender = self._create_scored(tender=self.closed)
        with self.assertRaisesRegex(UserError, "one envelope"):
            tender.action_open_prices()

    def test_close_waits_for_the_deadline(self):
        tender = self.published
        with self.assertRaisesRegex(UserError, "bids are received until"):
            tender.action_close()
        with freeze_time(self.deadline - timedelta(seconds=1)):
            with self.assertRaises(UserError):
                tender.action_close()
        with freeze_time(self.deadline):
            tender.action_close()
            with self.assertRaises(UserError):
                tender.write({"state": "published"})
        self.assertEqual(tender.closed_date, self.deadline)

    def test_open_waits_for_the_opening(self):
        tender = self.closed
        with freeze_time(self.opening - timedelta(seconds=1)):
            with self.assertRaisesRegex(UserError, "opening begins"):
                tender.action_open()

    def test_only_procurement_opens(self):
        tender = self.closed
        with freeze_time(self.opening):
            for user in (self.officer_user, self.manager_user):
                with self.assertRaises(UserError):
                    tender.with_user(user).action_open()
                with self.assertRaises(UserError):
                    tender.with_user(user).sudo().write({"state": "opened"})

    def test_open_needs_a_quorum(self):
        tender = self._create_closed(declare=False, tender=self.published)
        member = tender.sudo().committee_ids[0]
        member.with_user(member.user_id).action_declare(has_conflict=False)
        with freeze_time(self.opening):
            with self.assertRaisesRegex(UserError, "1 of 2 committee members"):
                tender.action_open()
            member = tender.sudo().committee_ids[1]
            member.with_user(member.user_id).action_declare(has_conflict=False)
            self._open_bids(tender)
        attended = tender.sudo().committee_ids.mapped("opening_attended")
        self.assertEqual(attended, [True, True, False])

    def test_too_few_bids(self):
        tender = self._create_closed(self.prices[:2], tender=self.published)
        with freeze_time(self.opening):
            with self.assertRaisesRegex(UserError, "2 of at least 3"):
                tender.action_open()
            with self.assertRaisesRegex(UserError, "group: Manager"):
                tender.action_accept_few_bids(reason="Only two exist")
            tender.with_user(self.manager_user).action_accept_few_bids(
                reason="Only two vendors hold the licence"
            )
            with self.assertRaisesRegex(UserError, "no exception is needed"):
                tender.with_user(self.manager_user).action_accept_few_bids(reason="x")
            self._open_bids(tender)
        self.assertRecordValues(
            tender, [{"state": "opened", "few_bids_user_id": self.manager_user.id}]
        )

    def test_fail_and_repeat(self):
        tender = self._create_closed(self.prices[:1], tender=self.published)
        with self.assertRaisesRegex(UserError, "Reason of the End"):
            tender.write({"state": "failed"})
        request, price = tender.request_ids, tender.reference_price_id.sudo()
        approved = price.approved_by_id
        with self.assertRaisesRegex(UserError, "ends without an award"):
            price.sudo(False).with_user(self.finance_user).write({"state": "approved"})
        tender.action_fail(reason="One bid only")
        self.assertRecordValues(
            price, [{"state": "approved", "approved_by_id": approved.id}]
        )
        self.assertEqual(request.state, "approved")
        self.assertEqual(self._get_bid(tender, 0).state, "sealed")
        action = tender.action_retender()
        repeat = self.env["outsourcing.tender"].browse(action["res_id"])
        self.assertRecordValues(
            repeat,
            [
                {
                    "state": "draft",
                    "previous_tender_id": tender.id,
                    "request_ids": request.ids,
                    "rules": False,
                    "reference_price_id": price.id,
                }
            ],
        )
        self.assertEqual(len(repeat.criterion_ids), 3)
        self.assertEqual(repeat._get_price_problems(), [])
        repeat.line_ids[0].product_qty += 1
        self.assertRegex(repeat._get_price_problems()[0], "has others")
        with self.assertRaisesRegex(UserError, "repeated already"):
            tender.action_retender()

    def test_cancel_after_the_opening_ends_quotations(self):
        tender = self._create_proposed(tender=self.closed)
        award = tender.award_id
        tender.action_cancel(reason="The need is gone")
        self.assertEqual(award.state, "annulled")
        self.assertEqual(tender.reference_price_id.state, "used", "it was revealed")
        self.assertEqual(set(tender.purchase_order_ids.mapped("state")), {"cancel"})
        self.assertEqual(tender.request_ids.state, "approved")

    def test_illegal_pairs(self):
        """Whatever is not declared is refused, by the right user, with a reason."""
        seen = []
        for tender in self._walk_states():
            seen.append(tender.state)
            self._try_undeclared_steps(tender)
        self.assertEqual(set(seen), set(tender._flow_transitions))

    def test_steps_of_the_award_are_not_written_on_the_tender(self):
        tender = self._create_proposed(tender=self.closed)
        for target in ("standstill", "evaluation", "price_opened"):
            with self.assertRaises(UserError):
                tender.write({"state": target})

    def test_cron_closes_at_the_deadline(self):
        tender = self.published
        other = self._create_published(bid_deadline=self.opening)
        Cron = self.env.registry["ir.cron"]
        with patch.object(Cron, "_commit_progress", return_value=60):
            self.env["outsourcing.tender"]._cron_close()
            self.assertEqual(tender.state, "published")
            with freeze_time(self.deadline):
                self.env["outsourcing.tender"]._cron_close()
                self.env["outsourcing.tender"]._cron_close()
        self.assertRecordValues(
            tender | other, [{"state": "closed"}, {"state": "published"}]
        )
        self.assertTrue(
            tender.activity_ids.filtered(
                lambda activity: activity.user_id == self.procurement_user
            )
        )

    def test_each_step_once(self):
        """Whoever takes a step again, or second, is told that it is done."""
        tender = self.closed
        with freeze_time(self.opening):
            with self.assertRaises(UserError):
                tender.action_close()
            self._open_bids(tender)
            with self.assertRaises(UserError):
                tender.action_open()
            self.assertEqual(len(tender.purchase_order_ids), 3)
        tender.action_start_evaluation()
        with self.assertRaises(UserError):
            tender.action_start_evaluation()
        self.assertEqual(len(tender.sudo().score_ids), 18)
        tender.action_fail(reason="Called off")
        with self.assertRaises(UserError):
            tender.action_fail(reason="Another reason")
        with self.assertRaises(AccessError):
            tender.write({"end_reason": "Another reason"})
        self.assertEqual(tender.end_reason, "Called off")

    def test_direct_award(self):
        """One vendor, no committee, no standstill: reviewed by manager and finance."""
        self.category.procedure_id = self.env.ref("outsourcing_mgmt.procedure_direct")
        tender = self._create_tender(
            criteria=[{"name": "Price", "kind": "price", "weight": 10000}]
        )
        tender.committee_ids.action_recuse(reason="No committee")
        for problem in ("A direct award needs: .*Evidence", "invite exactly one"):
            with self.assertRaisesRegex(UserError, problem):
                tender.action_publish()
        tender.write(
            {
                "direct_reason_id": self.env.ref(
                    "outsourcing_mgmt.direct_reason_sole_source"
                ).id,
                "direct_evidence": b"UERG",
            }
        )
        tender.invitation_ids[1:].unlink()
        self._sign_off(tender)
        for user in (self.manager_user, self.finance_user):
            with self.assertRaisesRegex(UserError, "has not approved"):
                tender.action_publish()
            tender.with_user(user).action_tier_approve()
        self.assertIn(
            self.env.ref("outsourcing_mgmt.mail_activity_type_tender_publish"),
            tender.activity_ids.activity_type_id,
        )
        tender.action_publish()
        event = self.env["outsourcing.compliance.event"].search(
            [("res_model", "=", tender._name), ("res_id", "=", tender.id)]
        )
        self.assertEqual(event.code, "direct_award")
        self.assertIn("SOLE", event.note)
        self.assertTrue(event.activity_ids, "HR is told")
        self._bid(tender, 0, 90000)
        with freeze_time(self.opening):
            tender.action_close()
            self._open_bids(tender)
        tender.action_start_evaluation()
        self.assertTrue(tender.is_scoring_complete)
        self.assertFalse(tender.purchase_order_ids.purchase_group_id)
        tender.action_propose_award()
        award = tender.award_id
        self.assertEqual(award.bid_id.total_score, 100)
        award.reasons = "<p>The only vendor with the licence.</p>"
        award.action_submit()
        self._pass_reviews(award, self.officer_user, self.finance_user)
        award.action_approve()
        award.action_notify()
        award.action_finalise()
        tender.action_confirm_order()
        self.assertEqual(tender.state, "contracted")

    def test_running_tender_is_not_archived(self):
        tender = self.published
        with self.assertRaises(ValidationError):
            tender.action_archive()
        tender.action_cancel(reason="Called off")
        tender.action_archive()
        self.assertFalse(tender.active)

    def test_questions_end_before_the_bids(self):
        tender = self.published
        self.assertEqual(tender.question_deadline, self.deadline - timedelta(days=2))
