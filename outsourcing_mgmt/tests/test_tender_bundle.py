import copy
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..tools import recompute
from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestEvaluationBundle(TenderCommon):
    """The ranking is re-computed from the exported document, without Odoo."""

    def test_ranking_is_recomputed(self):
        tender = self._create_proposed(
            points=(90, 90, 80), prices=(84000.0, 84000.0, 96000.0)
        )
        bundle = tender.with_user(self.auditor_user).get_evaluation_bundle()
        self.assertEqual(recompute.check(bundle), [])
        ranking = bundle["document"]["ranking"]
        self.assertEqual([row["rank"] for row in ranking], [1, 2, 3])
        self.assertEqual(
            ranking[0]["bid"],
            tender.award_id.sudo().bid_id.id,
            "the lot is drawn again",
        )
        for attack in (
            lambda document: document["scores"][1].update(value=1),
            lambda document: document["ranking"].reverse(),
            lambda document: document["bids"][2].update(price="1.00"),
        ):
            forged = copy.deepcopy(bundle)
            attack(forged["document"])
            self.assertIn("hash", recompute.check(forged)[0])
        forged = copy.deepcopy(bundle)
        forged["document"]["bids"][2]["price"] = "1.00"
        self.assertGreater(len(recompute.check(forged)), 1, "another ranking")

    def test_who_has_it_and_when(self):
        tender = self._create_evaluation()
        with self.assertRaisesRegex(UserError, "when all scores are in"):
            tender.get_evaluation_bundle()
        self._score(tender)
        member = tender.with_user(self.members[0].user_id)
        self.assertEqual(recompute.check(member.get_evaluation_bundle()), [])
        for user in (self.hr_user, self.user_user, self.plain_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                tender.with_user(user).get_evaluation_bundle()

    def test_past_quality_as_a_criterion(self):
        """Frozen with the publication, announced, and computed again without Odoo."""
        criteria = [
            {"name": "Quality", "kind": "scored", "weight": 4000, "sequence": 2},
            {"name": "Record", "kind": "record", "weight": 2000, "max_points": 20},
            {"name": "Price", "kind": "price", "weight": 4000, "sequence": 30},
        ]
        tender = self._create_tender(criteria=criteria)
        self._sign_off(tender)
        model, name = self.registry["outsourcing.tender"], "_get_past_quality"
        with patch.object(model, name, lambda tender: None):
            with self.assertRaisesRegex(UserError, "Nothing measures"):
                tender.action_publish()
        known = {self.vendors[0].id: 90.0, self.vendors[1].id: 30.0}
        with patch.object(model, name, lambda tender: known):
            tender.action_publish()
        known[self.vendors[1].id] = 100.0
        self.assertIn("Without a record: 50 %", str(tender._get_rule_texts()))
        with self.assertRaises(AccessError):
            tender.with_user(self.members[0].user_id).read(["past_quality"])
        tender = self._create_closed(tender=tender, prices=[90000.0] * 3)
        self._create_opened(tender=tender)
        tender.action_start_evaluation()
        self._score(tender, (80, 80, 80))
        points = [
            tender._get_record_points(self._get_bid(tender, number), row)
            for row in tender.criterion_ids
            if row.kind == "record"
            for number in range(3)
        ]
        self.assertEqual(points, [18, 6, 10])
        self.assertEqual(
            [self._get_bid(tender, number).total_score for number in range(3)],
            [90, 78, 82],
        )
        tender.action_propose_award()
        bundle = tender.with_user(self.auditor_user).get_evaluation_bundle()
        self.assertEqual(recompute.check(bundle), [])
        bundle["document"]["bids"][1]["past_quality"] = 100
        self.assertGreater(len(recompute.check(bundle)), 1)
