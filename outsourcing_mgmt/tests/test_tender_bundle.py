import copy
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.base.grants import server_write
from ..tools import recompute
from .common import TenderCommon
from .fake_person import attend


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

    def _get_bundle(self, tender):
        return tender.with_user(self.auditor_user).get_evaluation_bundle()

    def _check_forged(self, bundle, **values):
        """Check the bundle with other values of its last bid."""
        forged = copy.deepcopy(bundle)
        forged["document"]["bids"][2].update(values)
        return " ".join(recompute.check(forged)[1:])

    def test_exclusion_by_points_is_computed(self):
        criteria = self._prepare_criteria()
        criteria[1]["min_points"] = 60
        for envelopes in ("one", "two"):
            self.procedure.envelopes = envelopes
            tender = self._create_evaluation(criteria=criteria)
            self._score(tender, (90, 80, 50))
            if envelopes == "two":
                with freeze_time(self.opening):
                    attend(tender)
                    tender.action_open_prices()
            bundle = self._get_bundle(tender)
            self.assertEqual(recompute.check(bundle), [])
            row = bundle["document"]["bids"][2]
            self.assertTrue(row["excluded"])
            self.assertEqual(row["excluded_rule"], "criterion")
            self.assertEqual(row["price"] is None, envelopes == "two")
            scores = [
                score["value"]
                for score in bundle["document"]["scores"]
                if score["bid"] == row["id"] and not score["verdict"]
            ]
            self.assertEqual(scores, [50, 50, 50])
            forged = copy.deepcopy(bundle)
            for score in forged["document"]["scores"]:
                score["value"] = max(score["value"], 60)
            self.assertIn("does not fail", " ".join(recompute.check(forged)))
            forged = copy.deepcopy(bundle)
            for row in forged["document"]["criteria"]:
                row["min_points"] = 85 if row["kind"] == "scored" else 0
            self.assertIn("is not excluded", " ".join(recompute.check(forged)))

    def test_verdict_and_ceiling_are_computed(self):
        tender = self._create_scored(prices=(90000.0, 84000.0, 130000.0))
        bundle = self._get_bundle(tender)
        self.assertEqual(recompute.check(bundle), [])
        self.assertEqual(bundle["document"]["bids"][2]["excluded_rule"], "ceiling")
        self.assertIn("does not fail", self._check_forged(bundle, price="119000.00"))
        for score in bundle["document"]["scores"]:
            score["verdict"] = score["verdict"] and "fail"
        self.assertIn("fails by criterion", " ".join(recompute.check(bundle)))

    def test_exclusion_by_a_person_is_named(self):
        tender = self._create_scored()
        bid = self._get_bid(tender, 2).with_user(self.procurement_user)
        bid.action_disqualify(reason="Forged licence")
        bundle = self._get_bundle(tender)
        self.assertEqual(recompute.check(bundle), [])
        row = bundle["document"]["bids"][2]
        self.assertEqual(
            (row["excluded_rule"], row["excluded_by"], row["reason"]),
            ("", self.procurement_user.name, "Forged licence"),
        )
        scores = [s for s in bundle["document"]["scores"] if s["bid"] == row["id"]]
        self.assertEqual(len(scores), 6, "its scores are told")
        self.assertIn("without a reason", self._check_forged(bundle, reason=""))
        self.assertIn(
            "does not fail", self._check_forged(bundle, excluded_rule="criterion")
        )

    def test_struck_scores_of_an_excluded_bid_are_kept(self):
        criteria = self._prepare_criteria()
        criteria[1]["min_points"] = 60
        tender = self._create_evaluation(criteria=criteria)
        self._score(tender, (90, 80, 50))
        scores = self._get_bid(tender, 2).score_ids
        server_write(scores, {"struck_date": fields.Datetime.now()})
        self.assertEqual(recompute.check(self._get_bundle(tender)), [])
