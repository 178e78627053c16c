from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from ..models.tender import expert
from ..tools import outlier, recompute
from .common import TenderCommon


@tagged("standard", "at_install")
class TestOutlierTools(BaseCase):
    """The arithmetic, without records."""

    def test_known_values(self):
        self.assertEqual(outlier.z_score(40, [80, 80], 100), -8, "least spread of 5")
        self.assertEqual(outlier.z_score(80, [80, 40], 100), 1)
        self.assertEqual(outlier.z_score(90, [70, 80], 100), 3)
        self.assertEqual(outlier.z_score(0, [100], 100), 0, "one other says nothing")
        self.assertEqual(
            list(outlier.find_outliers({"a": 80, "b": 80, "c": 40}, 2, 100)), ["c"]
        )
        self.assertFalse(outlier.find_outliers({"a": 0, "b": 0, "c": 100}, 0, 100))

    @given(st.lists(st.integers(0, 100), min_size=3, max_size=9), st.integers(1, 5))
    def test_more_points_in_the_same_scale_change_nothing(self, values, factor):
        points = dict(enumerate(values))
        large = {key: value * factor for key, value in points.items()}
        self.assertEqual(
            outlier.find_outliers(points, 2, 100).keys(),
            outlier.find_outliers(large, 2, 100 * factor).keys(),
        )


@tagged("post_install", "-at_install")
class TestModeration(TenderCommon):
    """Points far from the others are explained or given again before the ranking."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_evaluation()
        cls.member = cls.members[2].user_id
        for person, points in zip(cls.members, (80, 82, 40), strict=True):
            scores = cls._get_scores(cls.tender, person)
            for score in scores:
                score.verdict = score.kind == "pass_fail" and "pass"
                score.value = 80 if score.kind == "scored" else 0
            first = scores.filtered(
                lambda score: (
                    score.kind == "scored"
                    and score.sudo().bid_id.partner_id == cls.vendors[0]
                )
            )
            first.value = points
            scores.action_submit()
        cls.tender.invalidate_recordset()
        cls.outlier = cls._get_scores(cls.tender, cls.members[2]).filtered("is_outlier")

    def test_the_ranking_waits_for_the_member(self):
        tender, score = self.tender, self.outlier
        self.assertRecordValues(
            score, [{"value": 40, "others_mean": 81, "outlier_z": -8.2}]
        )
        self.assertFalse(tender.is_scoring_complete)
        self.assertEqual(tender.with_user(self.member).my_outlier_count, 1)
        with self.assertRaisesRegex(UserError, f"{self.member.name} has given points"):
            tender.action_propose_award()
        with self.assertRaises(UserError):
            score.action_explain("  ")
        for user in (self.members[0].user_id, self.procurement_user):
            with self.assertRaises(AccessError):
                score.with_user(user).action_explain("It is right")
        with self.assertRaises(AccessError):
            score.write({"explanation": "Forged"})
        score.action_explain("The concept has no plan for weekends.")
        self.assertTrue(tender.is_scoring_complete)
        self.assertEqual(score.value, 40, "the points stay")
        with self.assertRaisesRegex(UserError, "once, when all scores are in"):
            score.action_revise()
        tender.action_propose_award()
        self.assertIn("no plan for weekends", tender.award_id.evaluation_report)
        bundle = tender.with_user(self.auditor_user).get_evaluation_bundle()
        self.assertIn("no plan for weekends", str(bundle["document"]["scores"]))
        self.assertEqual(recompute.check(bundle), [])

    def test_given_once_more_with_a_remark(self):
        tender, score = self.tender, self.outlier
        score.action_revise()
        self.assertTrue(score.struck_date)
        again = self._get_scores(tender, self.members[2]).filtered("revises_id")
        self.assertRecordValues(
            again, [{"state": "draft", "value": 0, "revises_id": score.id}]
        )
        self.assertFalse(tender.is_scoring_complete)
        again.value = 45
        with self.assertRaisesRegex(UserError, "say why in the comment"):
            again.action_submit()
        again.comment = "Weekends are in annex 2, which I had not read."
        again.action_submit()
        self.assertTrue(tender.is_scoring_complete, "nobody is asked twice")
        mean = tender._get_means()[self._get_bid(tender, 0), again.sudo().criterion_id]
        self.assertEqual(mean, 69, "the struck score counts no more")

    def test_on_the_portal(self):
        member = self.tender.sudo().committee_ids.filtered(
            lambda item: item.user_id == self.member
        )
        mine = expert.find_memberships(self.env(user=self.member), member.id)
        self.assertEqual(expert.get_task(mine), "explain")
        other = expert.find_memberships(self.env(user=self.members[0].user_id))
        other = other.filtered(lambda item: item.tender_id == self.tender)
        self.assertEqual(expert.get_task(other), "wait")
        with self.assertRaisesRegex(UserError, "not asked"):
            expert.answer_outlier(other, self.outlier.id, "It is right")
        expert.answer_outlier(mine, self.outlier.id, "No plan for weekends")
        self.assertEqual(expert.get_task(mine), "done")

    def test_the_procedure_may_ask_nobody(self):
        self.assertEqual(self.tender._get_rule("outlier_limit"), 2)
        self.procedure.outlier_limit = 0
        tender = self._create_evaluation()
        for person, points in zip(self.members, (80, 80, 0), strict=True):
            scores = self._get_scores(tender, person)
            for score in scores:
                score.verdict = score.kind == "pass_fail" and "pass"
                score.value = points if score.kind == "scored" else 0
                score.comment = "as seen"
            scores.action_submit()
        tender.invalidate_recordset()
        self.assertTrue(tender.is_scoring_complete)
