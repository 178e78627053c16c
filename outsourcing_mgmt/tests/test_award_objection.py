from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import TenderCommon
from .fake_person import attend


@tagged("post_install", "-at_install")
class TestUpheldObjection(TenderCommon):
    """What an upheld objection demands happens: the same result does not come back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Points far from those of the others have tests of their own.
        cls.procedure.outlier_limit = 0
        cls.award = cls._create_notified()

    def _object(self, award, number=1):
        return (
            self.env["outsourcing.objection"]
            .with_user(self.vendor_users[number])
            .sudo()
            .create(
                {
                    "award_id": award.id,
                    "bid_id": self._get_bid(award.tender_id, number).id,
                    "reason": "The references were not read.",
                }
            )
            .with_user(self.manager_user)
            .sudo(False)
        )

    def _get_members(self, tender):
        return tender.sudo().committee_ids.filtered("is_voting").sorted("id")

    def _give(self, tender, member, points):
        scores = self._get_scores(tender, member).filtered(
            lambda score: score.state == "draft"
        )
        by_vendor = dict(zip(self.vendors.ids, points, strict=True))
        for score in scores:
            if score.kind == "pass_fail":
                score.verdict = "pass"
            else:
                score.value = by_vendor[score.sudo().bid_id.partner_id.id]
        scores.action_submit()
        tender.invalidate_recordset()
        return scores

    def test_named_member_and_criterion_score_again(self):
        award = self.award
        tender = award.tender_id
        quality = tender.criterion_ids.filtered(lambda item: item.kind == "scored")
        faulty = self._get_members(tender)[0]
        old = tender.sudo().score_ids
        objection = self._object(award)
        objection.action_decide(
            upheld=True,
            reason="Member 0 mixed up the bids.",
            demand="rescore",
            member_ids=faulty.ids,
            criterion_ids=quality.ids,
        )
        struck = old.filtered("struck_date")
        self.assertEqual(struck.member_id, faulty)
        self.assertEqual(struck.criterion_id, quality)
        self.assertEqual(len(struck), 3)
        self.assertEqual(struck.struck_by_objection_id, objection.sudo())
        self.assertEqual(set(struck.mapped("state")), {"submitted"}, "kept as given")
        self.assertFalse(tender.is_scoring_complete)
        with self.assertRaisesRegex(UserError, "scores are missing"):
            tender.action_propose_award()
        fresh = self._give(tender, self.members[0], (0.5, 100, 0.5))
        self.assertEqual(len(fresh), 3)
        self.assertTrue(tender.is_scoring_complete)
        tender.action_propose_award()
        # (0.5 + 90 + 90) / 3 against (100 + 80 + 80) / 3 of quality.
        self.assertEqual(tender.award_id.partner_id, self.vendors[1])

    def test_disqualified_bid_is_admitted_and_scored(self):
        tender = self._create_opened()
        self._get_bid(tender, 1).with_user(self.procurement_user).action_disqualify(
            reason="The licence has expired"
        )
        tender.action_start_evaluation()
        for member in self.members:
            self._give(tender, member, (90, 99, 70))
        tender.action_propose_award()
        award = self._approve_award(tender.award_id)
        award.action_notify()
        self.assertEqual(award.partner_id, self.vendors[0])
        objection = self._object(award)
        objection.action_decide(upheld=True, reason="The licence was prolonged.")
        bid = self._get_bid(tender, 1)
        self.assertRecordValues(
            objection, [{"demand": "readmit", "readmitted_bid_id": bid.id}]
        )
        self.assertEqual(bid.state, "qualified")
        self.assertFalse(tender.sudo().score_ids.filtered("struck_date"))
        for member in self.members:
            self.assertEqual(
                self._give(tender, member, (90, 99, 70)).sudo().bid_id, bid
            )
        tender.action_propose_award()
        self.assertEqual(tender.award_id.partner_id, self.vendors[1])
        self.assertTrue(bid.purchase_order_id)

    def test_two_envelopes_open_the_price_of_the_admitted_bid(self):
        self.procedure.envelopes = "two"
        tender = self._create_opened()
        bid = self._get_bid(tender, 1)
        bid.with_user(self.procurement_user).action_disqualify(reason="No licence")
        tender.action_start_evaluation()
        for member in self.members:
            self._give(tender, member, (90, 99, 70))
        with freeze_time(self.opening):
            attend(tender)
            tender.action_open_prices()
        revealed = tender.price_opened_date
        tender.action_propose_award()
        self._approve_award(tender.award_id).action_notify()
        self._object(tender.award_id).action_decide(upheld=True, reason="It had one.")
        self.assertEqual(tender.state, "evaluation")
        self.assertFalse(bid.price_opened_at)
        for member in self.members:
            self._give(tender, member, (90, 99, 70))
        with self.assertRaisesRegex(UserError, "open the prices first"):
            tender.action_propose_award()
        with freeze_time(self.opening + timedelta(hours=1)):
            with self.assertRaisesRegex(UserError, "0 of 2 .* are present"):
                tender.action_open_prices()
            attend(tender)
            tender.action_open_prices()
        self.assertTrue(bid.price_opened_at)
        records = self.env["outsourcing.opening.record"].search(
            [("tender_id", "=", tender.id), ("kind", "=", "prices")]
        )
        self.assertEqual(len(records), 2)
        for record in records:
            self.assertEqual(len(record.content["present"]), 3)
        self.assertEqual(tender.price_opened_date, revealed, "revealed once")
        tender.action_propose_award()
        self.assertEqual(tender.award_id.partner_id, self.vendors[1])

    def test_member_at_fault_leaves_and_another_scores(self):
        award = self.award
        tender = award.tender_id
        faulty = self._get_members(tender)[0]
        self._object(award).action_decide(
            upheld=True,
            reason="Member 0 is married to the winner.",
            member_ids=faulty.ids,
            excluded_member_ids=faulty.ids,
        )
        self.assertEqual(faulty.state, "recused")
        self.assertIn("married", faulty.recusal_reason)
        with self.assertRaisesRegex(UserError, "2 voting members"):
            tender.action_propose_award()
        judges = self._new_users({"member9": "base.group_user"})
        [other] = self._new_employees(judges["member9"])
        member = self._appoint(tender, [other])
        member.with_user(other.user_id).action_declare()
        self._give(tender, other, (10, 95, 10))
        tender.action_propose_award()
        self.assertEqual(tender.award_id.partner_id, self.vendors[1])

    def test_retender(self):
        award = self.award
        tender = award.tender_id
        self._object(award).action_decide(
            upheld=True, reason="The notice was wrong.", demand="retender"
        )
        self.assertEqual(tender.state, "failed")
        self.assertIn("The notice was wrong.", tender.end_reason)
        self.assertEqual(tender.request_ids.state, "approved")
        self.assertIn(
            self.env.ref("outsourcing_mgmt.mail_activity_type_tender_retender"),
            tender.activity_ids.activity_type_id,
        )
        tender.action_retender()

    def test_demand_is_about_the_tender(self):
        award = self.award
        objection = self._object(award)
        other = self._create_tender()
        for values, text in (
            ({"demand": "nothing"}, "no demand"),
            ({"demand": "rescore", "member_ids": other.committee_ids.ids}, "belong"),
            ({"demand": "readmit"}, "was disqualified"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, text):
                objection.action_decide(upheld=True, reason="x", **values)
        with self.assertRaises(UserError):
            objection.write({"state": "upheld", "decision": "x"})
        with self.assertRaises(AccessError):
            objection.write({"demand": "retender"})
        scores = award.tender_id.sudo().score_ids
        with self.assertRaises(AccessError):
            scores[0].with_user(scores[0].user_id).write({"struck_date": self.start})
        self.assertEqual(objection.state, "submitted")

    def test_wizard_proposes_what_the_objection_is_about(self):
        award = self.award
        objection = self._object(award)
        action = objection.action_open_uphold_wizard()
        form = Form(
            self.env["outsourcing.objection.uphold"]
            .with_user(self.manager_user)
            .with_context(**action["context"])
        )
        self.assertEqual(form.demand, "rescore")
        form.reason = "A score was wrong."
        form.save().action_confirm()
        self.assertEqual(objection.state, "upheld")
