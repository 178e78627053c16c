from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderScore(TenderCommon):
    """Each member scores alone; nobody sees a score before all are in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_evaluation()
        cls.committee = cls.tender.sudo().committee_ids
        cls.first, cls.second, cls.third = cls.committee
        cls.mine = cls._get_scores(cls.tender, cls.first)
        cls.quality = cls.mine.filtered(lambda score: score.kind == "scored")
        cls.licence = cls.mine - cls.quality

    def _fill(self, member, points=80):
        scores = self._get_scores(self.tender, member)
        for score in scores:
            if score.kind == "scored":
                score.value = points
            else:
                score.verdict = "pass"
        return scores

    def test_one_per_bid_criterion_and_member(self):
        scores = self.tender.sudo().score_ids
        # Three bids, two criteria that the committee judges, three members.
        self.assertEqual(len(scores), 18)
        self.assertEqual(set(scores.mapped("state")), {"draft"})
        self.assertFalse(scores.criterion_id.filtered(lambda c: c.kind == "price"))

    def test_members_see_their_own_only(self):
        Score = self.env["outsourcing.score"].with_user(self.first.user_id)
        self.quality[0].value = 77
        visible = Score.search([("tender_id", "=", self.tender.id)])
        self.assertEqual(visible, self.mine)
        other = self._get_scores(self.tender, self.second)[0]
        with self.assertRaises(AccessError):
            other.with_user(self.first.user_id).read(["value"])

    def test_nobody_sees_a_score_too_early(self):
        self.quality[0].value = 77
        self.env.flush_all()
        for role in ("procurement", "officer", "manager", "finance", "auditor", "hr"):
            user = getattr(self, f"{role}_user")
            Score = self.env["outsourcing.score"].with_user(user)
            domain = [("tender_id", "=", self.tender.id)]
            self.assertFalse(Score.search(domain), role)
            self.assertFalse(Score._read_group(domain, ["bid_id"], ["value:sum"]), role)
            # Neither through a relation of a record that the role reads.
            Tender = self.env["outsourcing.tender"].with_user(user)
            self.assertFalse(Tender.search([("score_ids.value", "=", 77)]), role)
            Bid = self.env["outsourcing.bid"].with_user(user)
            self.assertFalse(Bid.search([("score_ids.value", "=", 77)]), role)
            tender = self.tender.with_user(user)
            tender.invalidate_recordset()
            self.assertFalse(tender.score_ids, role)
            self.assertNotIn("77", tender.comparison or "", role)

    def test_nobody_else_writes_a_score(self):
        score = self.quality[0]
        for user in (self.procurement_user, self.manager_user, self.second.user_id):
            with self.assertRaises(AccessError):
                score.with_user(user).write({"value": 1})
            with self.assertRaises(AccessError):
                score.with_user(user).sudo().write({"value": 1})
            with self.assertRaises(AccessError):
                score.with_user(user).sudo().action_submit()

    def test_points_in_range(self):
        for value in (-1, 100.5):
            with self.assertRaises(ValidationError):
                self.quality[0].value = value

    def test_verdict_is_needed(self):
        with self.assertRaisesRegex(UserError, "pass or fail"):
            self.licence[0].action_submit()

    def test_zero_and_fail_need_a_comment(self):
        with self.assertRaisesRegex(UserError, "say why"):
            self.quality[0].action_submit()
        self.licence[0].verdict = "fail"
        with self.assertRaisesRegex(UserError, "say why"):
            self.licence[0].action_submit()
        self.licence[0].write({"comment": "Expired"})
        self.licence[0].action_submit()
        self.assertEqual(self.licence[0].state, "submitted")

    def test_submitted_is_final(self):
        scores = self._fill(self.first)
        scores.action_submit()
        for vals in ({"value": 1}, {"comment": "x"}, {"state": "draft"}):
            with self.assertRaises(UserError):
                scores[0].write(vals)
        with self.assertRaises(UserError):
            scores[0].action_submit()
        with self.assertRaises(AccessError):
            scores[0].unlink()
        with self.assertRaises(UserError):
            scores[0].sudo().unlink()

    def test_not_created_by_hand(self):
        vals = {
            "bid_id": self.quality[0].sudo().bid_id.id,
            "criterion_id": self.quality[0].sudo().criterion_id.id,
            "member_id": self.first.id,
        }
        Score = self.env["outsourcing.score"]
        for user in (self.first.user_id, self.procurement_user):
            with self.assertRaises(AccessError):
                Score.with_user(user).create(vals)
            with self.assertRaises(AccessError):
                Score.with_user(user).sudo().create(vals)

    def test_not_moved_to_another_bid_or_member(self):
        for vals in (
            {"bid_id": self._get_bid(self.tender, 1).id},
            {"member_id": self.second.id},
            {"criterion_id": self.tender.criterion_ids[0].id},
        ):
            with self.assertRaises(AccessError):
                self.quality[0].write(vals)

    def test_all_become_visible_when_all_are_in(self):
        for member in self.committee:
            self.assertFalse(self.tender.is_scoring_complete)
            self.assertFalse(self._get_bid(self.tender, 0).technical_score)
            self._fill(member).action_submit()
        self.tender.invalidate_recordset()
        self.assertTrue(self.tender.is_scoring_complete)
        for user in (self.procurement_user, self.auditor_user, self.first.user_id):
            scores = self.env["outsourcing.score"].with_user(user)
            self.assertEqual(
                scores.search_count([("tender_id", "=", self.tender.id)]), 18
            )
        outsider = self.env["outsourcing.score"].with_user(self.plain_user)
        self.assertFalse(outsider.search([("tender_id", "=", self.tender.id)]))

    def test_progress_tells_no_value(self):
        self._fill(self.first).action_submit()
        self.tender.invalidate_recordset()
        self.assertAlmostEqual(self.tender.scoring_progress, 100 / 3)
        reason = self.tender._get_cannot_propose_award_reason()[self.tender.id]
        self.assertIn(self.second.partner_id.name, reason)
        self.assertNotIn(self.first.partner_id.name, reason)

    def test_fail_by_the_majority_disqualifies(self):
        loser = self._get_bid(self.tender, 2)
        for member in self.committee:
            for score in self._fill(member):
                if (
                    score.kind == "pass_fail"
                    and score.sudo().bid_id == loser
                    and member != self.third
                ):
                    score.write({"verdict": "fail", "comment": "No licence"})
            self._get_scores(self.tender, member).action_submit()
        self.assertRecordValues(
            loser,
            [
                {
                    "state": "disqualified",
                    "rank": 0,
                    "disqualification_reason": "Did not pass: Licence.",
                }
            ],
        )
        self.assertEqual(loser.purchase_order_id.state, "cancel")
        self.assertEqual(self._get_bid(self.tender, 1).rank, 1)

    def test_recused_member_does_not_count(self):
        self._fill(self.first, points=100).action_submit()
        self._fill(self.second, points=50).action_submit()
        self.third.with_user(self.procurement_user).action_recuse(reason="Ill")
        self.tender.invalidate_recordset()
        # The committee is too small now: whoever comes next scores first, unseen.
        self.assertFalse(self.tender.is_scoring_complete)
        with self.assertRaisesRegex(UserError, "2 voting members"):
            self.tender.action_propose_award()

    def test_substitute_scores_too(self):
        self.third.with_user(self.procurement_user).action_recuse(reason="Ill")
        self._fill(self.first).action_submit()
        employee = self._new_employee(self._new_user("substitute", "base.group_user"))
        member = self._appoint(self.tender, [employee])
        member.with_user(member.user_id).action_declare(has_conflict=False)
        self.assertEqual(len(self._get_scores(self.tender, member)), 6)

    def test_disqualified_bid_needs_no_scores(self):
        bid = self._get_bid(self.tender, 2)
        bid.with_user(self.procurement_user).action_disqualify(reason="Forged paper")
        score = self.mine.filtered(lambda item: item.sudo().bid_id == bid)[0]
        score.write({"comment": "x", "verdict": "pass"})
        with self.assertRaisesRegex(UserError, "not evaluated any more"):
            score.action_submit()
        for member in self.committee:
            self._fill(member).filtered(
                lambda item: item.sudo().bid_id != bid
            ).action_submit()
        self.tender.invalidate_recordset()
        self.assertTrue(self.tender.is_scoring_complete)

    def test_least_points(self):
        tender = self._create_scored(
            points=(90, 55, 70),
            criteria=[
                {
                    "name": "Quality",
                    "kind": "scored",
                    "weight": 6000,
                    "min_points": 60,
                },
                {"name": "Price", "kind": "price", "weight": 4000},
            ],
        )
        self.assertEqual(
            [self._get_bid(tender, number).state for number in range(3)],
            ["ranked", "disqualified", "ranked"],
        )
        # The cheapest bid is out, so the next lowest price gets all points.
        self.assertEqual(self._get_bid(tender, 0).price_score, 40)

    def test_nobody_is_recused_once_the_ranking_is_known(self):
        """Procurement read the scores, then recused who had scored low."""
        people = self._new_employees(
            self.env["res.users"].union(
                *self._new_users(
                    dict.fromkeys(("more1", "more2"), "base.group_user")
                ).values()
            )
        )
        more = self._appoint(self.tender, people)
        for member in more:
            member.with_user(member.user_id).action_declare(has_conflict=False)
        for member in self.committee | more:
            self._fill(member, 20 if member in more else 80).action_submit()
        self.tender.invalidate_recordset()
        self.assertTrue(self.tender.is_scoring_complete)
        points = self._get_bid(self.tender, 0).technical_score
        for user in (self.procurement_user, self.manager_user):
            with self.assertRaisesRegex(UserError, "ranking is known"):
                more.with_user(user).action_recuse(reason="Busy")
            with self.assertRaises(UserError):
                more.with_user(user).sudo().write(
                    {"state": "recused", "recusal_reason": "Busy"}
                )
        self.assertEqual(self._get_bid(self.tender, 0).technical_score, points)
        # Only the member knows of an own conflict; what counted before is in the log.
        mine = more[0].with_user(more[0].user_id)
        mine.action_declare(has_conflict=True, note="A cousin works there")
        row = self.env["outsourcing.audit.log"].search(
            [("verb", "=", "ranking_before"), ("part_id", "=", more[0].id)]
        )
        self.assertIn(str(self._get_bid(self.tender, 0).id), str(row.details))
