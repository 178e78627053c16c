from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..tools import evaluation
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestAward(TenderCommon):
    """The decision: reasons, two reviews, standstill, objections, annulment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_proposed()
        cls.award = cls.tender.award_id

    def _submit(self, award=None):
        award = award or self.award
        award.reasons = "<p>Best total.</p>"
        award.action_submit()
        return award

    def _notify(self, award=None):
        award = self._submit(award)
        self._pass_reviews(award, self.officer_user, self.finance_user)
        award.action_approve()
        award.action_notify()
        return award

    # ------------------------------------------------------------
    # GATE
    # ------------------------------------------------------------

    def test_lines_are_those_of_the_bid(self):
        self.assertRecordValues(
            self.award.line_ids,
            [
                {
                    "product_id": self.product.id,
                    "product_qty": 12,
                    "price_unit": 7500,
                    "price_subtotal": 90000,
                }
            ],
        )

    def test_reasons_are_needed(self):
        for reasons in (False, "<p><br></p>"):
            self.award.reasons = reasons
            self.award.invalidate_recordset(["missing"])
            fields = [row["field"] for row in self.award.missing]
            self.assertEqual(fields, ["reasons"])
            with self.assertRaisesRegex(UserError, "say why"):
                self.award.action_submit()

    def test_who_scored_does_not_approve(self):
        award = self._submit()
        member = self.members[0].user_id
        member.group_ids |= self.officer_user.group_ids
        for route in (award.with_user(member), award.with_user(member).sudo()):
            with self.assertRaisesRegex(UserError, "somebody else"):
                route.validate_tier()
            with self.assertRaises(UserError):
                route.action_tier_approve()
        self._pass_reviews(award, self.officer_user)

    def test_two_reviews(self):
        award = self._submit()
        self.assertEqual(award.review_ids.mapped("status"), ["pending", "waiting"])
        with self.assertRaisesRegex(UserError, "has not approved it yet"):
            award.action_approve()
        with self.assertRaises(UserError):
            award.with_user(self.finance_user).validate_tier()
        self._pass_reviews(award, self.officer_user)
        with self.assertRaisesRegex(UserError, "has not approved it yet"):
            award.action_approve()
        self._pass_reviews(award, self.finance_user)
        award.action_approve()
        self.assertEqual(award.state, "approved")

    def test_a_changed_reason_voids_the_reviews(self):
        award = self._submit()
        self._pass_reviews(award, self.officer_user, self.finance_user)
        award.reasons = "<p>Other reasons.</p>"
        with self.assertRaises(UserError):
            award.action_approve()

    def test_reviews_stay_after_the_gate(self):
        award = self._notify()
        self.assertEqual(
            award.review_ids.mapped("done_by"), self.officer_user | self.finance_user
        )

    def test_author_does_not_review(self):
        self.officer_user.group_ids |= self.env.ref(
            "outsourcing_mgmt.group_outsourcing_procurement"
        )
        self.award.with_user(self.officer_user).reasons = "<p>Mine.</p>"
        award = self._submit(self.award.with_user(self.officer_user))
        with self.assertRaises(UserError):
            award.validate_tier()

    def test_system_fields_are_refused(self):
        for vals in (
            {"amount_total": 1},
            {"standstill_end": self.start},
            {"notified_date": self.start},
            {"evaluation_report": "<p>x</p>"},
            {"tender_id": self.tender.id},
            {"is_abnormally_low": False},
        ):
            with self.assertRaises(AccessError):
                self.award.write(vals)
        lines = self.award.line_ids
        for change in (
            lambda: lines.write({"price_unit": 1}),
            lambda: lines.sudo().write({"price_unit": 1}),
            lambda: lines.sudo().copy(),
            lambda: lines.sudo().unlink(),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_not_created_by_hand(self):
        vals = {"tender_id": self.tender.id, "bid_id": self.award.bid_id.id}
        Award = self.env["outsourcing.award"].with_user(self.procurement_user)
        with self.assertRaises(AccessError):
            Award.create(vals)
        with self.assertRaises(UserError):
            Award.create({**vals, "state": "final"})

    def test_only_the_first_ranked_wins(self):
        with self.assertRaises(ValidationError):
            self.award.bid_id = self._get_bid(self.tender, 1)

    def test_illegal_pairs(self):
        award, seen = self.award, []

        def attempt():
            seen.append(award.state)
            self._try_undeclared_steps(award)

        attempt()
        self._submit()
        attempt()
        self._pass_reviews(award, self.officer_user, self.finance_user)
        award.action_approve()
        attempt()
        award.action_notify()
        attempt()
        with freeze_time(award.standstill_end):
            award.action_finalise()
            attempt()
            award.action_annul(reason="A score was wrong")
            attempt()
        self.assertEqual(seen, list(award._flow_transitions))

    def test_one_live_award(self):
        with self.assertRaises(UserError):
            self.tender.action_propose_award()

    # ------------------------------------------------------------
    # TIE AND LOW PRICE
    # ------------------------------------------------------------

    def test_tie_is_broken_by_a_lot_that_is_drawn_once(self):
        tender = self._create_proposed(
            points=(90, 90, 80), prices=(84000.0, 84000.0, 96000.0)
        )
        award = tender.award_id
        self.assertTrue(award.is_tie)
        bids = [self._get_bid(tender, number) for number in range(3)]
        self.assertEqual(sorted(bid.rank for bid in bids), [1, 2, 3])
        self.assertEqual(award.bid_id.rank, 1)
        seed = tender.lot_seed
        step = self.env["outsourcing.audit.log"].search(
            [("res_id", "=", tender.id), ("verb", "=", "draw_lot")]
        )
        self.assertEqual(step.details["seed"], seed)
        again = evaluation.break_ties(
            [evaluation.Ranked(bid.id, 1) for bid in bids[:2]],
            {},
            seed,
            {bid.id: bid.sha256 for bid in bids[:2]},
        )
        self.assertEqual(again[0].key, award.bid_id.id, "drawn again by anybody")
        loser = next(bid for bid in bids if bid.rank == 2)
        with self.assertRaises(ValidationError):
            award.bid_id = loser
        with self.assertRaises(AccessError):
            tender.write({"lot_seed": "mine"})
        award.action_annul(reason="Typing error")
        tender.action_propose_award()
        self.assertEqual(tender.lot_seed, seed, "no second draw")
        self.assertEqual(tender.award_id.bid_id, award.bid_id)

    def test_abnormally_low_price_needs_a_justification(self):
        tender = self._create_proposed(prices=(36000.0, 90000.0, 96000.0))
        award = tender.award_id
        self.assertTrue(award.is_abnormally_low)
        award.reasons = "<p>Best total.</p>"
        with self.assertRaisesRegex(UserError, "abnormally low"):
            award.action_submit()
        award.low_price_justification = "Own depot next door"
        award.action_submit()
        self.assertEqual(award.state, "submitted")

    def test_price_above_the_reference_price(self):
        tender = self._create_opened(prices=(90000.0, 84000.0, 126000.0))
        over = self._get_bid(tender, 2)
        self.assertEqual(over.state, "disqualified")
        self.assertFalse(over.purchase_order_id)
        self.assertEqual(len(tender.purchase_order_ids), 2)

    def test_ceiling_may_be_switched_off(self):
        self.procedure.price_ceiling = False
        tender = self._create_opened(prices=(90000.0, 84000.0, 126000.0))
        self.assertEqual(self._get_bid(tender, 2).state, "opened")
        self.assertEqual(len(tender.purchase_order_ids), 3)

    # ------------------------------------------------------------
    # STANDSTILL
    # ------------------------------------------------------------

    def test_standstill(self):
        self.assertEqual(self.award.saving_amount, 30000)
        self.assertFalse(self.tender.saving_amount, "it would tell the price")
        award = self._notify()
        self.assertEqual(self.tender.saving_amount, 30000)
        self.assertEqual(award.standstill_end, award.notified_date + timedelta(days=3))
        with self.assertRaisesRegex(UserError, "standstill lasts until"):
            award.action_finalise()
        with freeze_time(award.standstill_end - timedelta(seconds=1)):
            with self.assertRaises(UserError):
                award.write({"state": "final"})
        with freeze_time(award.standstill_end):
            award.action_finalise()
        self.assertEqual(self.tender.state, "awarded")

    def test_every_bidder_is_told(self):
        with self.capture_mails() as mails:
            self._notify()
        subjects = {mail.recipient_ids.email: mail.subject for mail in mails}
        self.assertIn("You won", subjects["vendor0@vendor.test"])
        self.assertIn("Result", subjects["vendor1@vendor.test"])
        self.assertIn("Result", subjects["vendor2@vendor.test"])
        body = mails.filtered(
            lambda mail: mail.recipient_ids.email == "vendor1@vendor.test"
        ).body_html
        self.assertIn("Vendor 0", body)
        self.assertIn("Best total", body)
        self.assertNotIn("Vendor 2", body)

    def capture_mails(self):
        """Yield the mails to vendors that the block makes."""
        test = self

        class Capture:
            def __enter__(self):
                self.before = test.env["mail.mail"].sudo().search([])
                self.mails = test.env["mail.mail"].sudo()
                return self

            def __exit__(self, *args):
                return False

            def _get(self):
                new = test.env["mail.mail"].sudo().search([]) - self.before
                return new.filtered(
                    lambda mail: "vendor.test" in (mail.recipient_ids[:1].email or "")
                )

            def __iter__(self):
                return iter(self._get())

            def filtered(self, function):
                return self._get().filtered(function)

        return Capture()

    def test_vendors_do_not_follow(self):
        award = self._notify()
        partners = award.message_partner_ids | self.tender.message_partner_ids
        self.assertFalse(partners.filtered("partner_share"))

    def test_cron_ends_the_standstill(self):
        award = self._notify()
        Cron = self.env.registry["ir.cron"]
        with patch.object(Cron, "_commit_progress", return_value=60):
            self.env["outsourcing.award"]._cron_finalise()
            self.assertEqual(award.state, "notified")
            with freeze_time(award.standstill_end):
                self.env["outsourcing.award"]._cron_finalise()
        self.assertRecordValues(award, [{"state": "final"}])
        # The order is a person's act.
        self.assertEqual(set(self.tender.purchase_order_ids.mapped("state")), {"draft"})
        self.assertTrue(
            self.tender.activity_ids.filtered(
                lambda activity: activity.user_id == self.procurement_user
            )
        )

    # ------------------------------------------------------------
    # OBJECTIONS
    # ------------------------------------------------------------

    def _object(self, number=1, award=None):
        award = award or self._notify()
        Objection = self.env["outsourcing.objection"]
        return (
            Objection.with_user(self.vendor_users[number])
            .sudo()
            .create(
                {
                    "award_id": award.id,
                    "bid_id": self._get_bid(award.tender_id, number).id,
                    "reason": "Our price was lower.",
                }
            )
        )

    def test_objection_suspends(self):
        award = self._notify()
        objection = self._object(award=award)
        with freeze_time(award.standstill_end):
            with self.assertRaisesRegex(UserError, "is not decided"):
                award.action_finalise()
            Cron = self.env.registry["ir.cron"]
            with patch.object(Cron, "_commit_progress", return_value=60):
                self.env["outsourcing.award"]._cron_finalise()
            self.assertEqual(award.state, "notified")
            objection.with_user(self.other_officer_user).action_decide(
                upheld=False, reason="Quality counts more."
            )
            award.action_finalise()
        self.assertRecordValues(
            objection,
            [{"state": "rejected", "decided_by_id": self.other_officer_user.id}],
        )

    def test_upheld_objection_annuls(self):
        award = self._notify()
        objection = self._object(award=award)
        objection.with_user(self.manager_user).action_decide(
            upheld=True, reason="A score was wrong."
        )
        self.assertEqual(award.state, "annulled")
        self.assertEqual(self.tender.state, "evaluation")
        self.assertFalse(self.tender.award_id)
        self.assertEqual(objection.demand, "rescore")
        with self.assertRaisesRegex(UserError, "scores are missing"):
            self.tender.action_propose_award()

    def test_who_decides(self):
        objection = self._object()
        # The officer reviewed the award, procurement ran the tender.
        for role in ("officer", "procurement", "finance", "hr", "auditor"):
            user = getattr(self, f"{role}_user")
            with self.assertRaises(UserError):
                objection.with_user(user).action_decide(upheld=False, reason="x")
            with self.assertRaises(UserError):
                objection.with_user(user).sudo().action_decide(False, "x")
            with self.assertRaises(UserError):
                objection.with_user(user).sudo().write({"state": "rejected"})
        with self.assertRaisesRegex(UserError, "Decision"):
            objection.with_user(self.manager_user).action_decide(
                upheld=False, reason=""
            )

    def test_who_objects(self):
        award = self._notify()
        bid = self._get_bid(self.tender, 1)
        vals = {"award_id": award.id, "bid_id": bid.id, "reason": "x"}
        Objection = self.env["outsourcing.objection"]
        with self.assertRaises(AccessError):
            Objection.with_user(self.vendor_users[2]).sudo().create(vals)
        with self.assertRaises(AccessError):
            Objection.with_user(self.vendor_users[1]).create(vals)
        letter = Objection.with_user(self.procurement_user).create(vals)
        self.assertEqual(letter.state, "submitted")
        with freeze_time(award.standstill_end):
            letter.with_user(self.manager_user).action_decide(False, "No")
            award.action_finalise()
            late = {**vals, "bid_id": self._get_bid(self.tender, 2).id}
            with self.assertRaisesRegex(UserError, "standstill"):
                Objection.with_user(self.vendor_users[2]).sudo().create(late)

    def test_objection_asks_a_neutral_person(self):
        objection = self._object()
        self.assertEqual(objection.sudo().activity_ids.user_id, self.manager_user)

    # ------------------------------------------------------------
    # ANNULMENT
    # ------------------------------------------------------------

    def test_annul_and_propose_again(self):
        award = self._notify()
        with self.assertRaisesRegex(UserError, "Annul Reason"):
            award.write({"state": "annulled"})
        with self.assertRaises(UserError):
            award.with_user(self.officer_user).sudo().action_annul(reason="x")
        award.action_annul(reason="The winner went bankrupt")
        winner = self._get_bid(self.tender, 0)
        winner.with_user(self.procurement_user).action_disqualify(reason="Bankrupt")
        self.assertEqual(winner.purchase_order_id.state, "cancel")
        self.assertEqual(self._get_bid(self.tender, 1).rank, 1)
        self.tender.action_propose_award()
        self.assertEqual(self.tender.award_id.partner_id, self.vendors[1])

    def test_no_disqualification_beside_an_award(self):
        with self.assertRaises(UserError):
            self._get_bid(self.tender, 2).with_user(
                self.procurement_user
            ).action_disqualify(reason="x")

    def test_kept_for_ever(self):
        with self.assertRaises(AccessError):
            self.award.unlink()
        with self.assertRaises(UserError):
            self.award.sudo().unlink()
