import copy

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
