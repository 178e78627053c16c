from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.form.vendor_quality_form_flow import record_answer, record_dispute
from .common import TODAY, QualityCommon


class DisputeCommon(QualityCommon):
    """Rounds 95 % -> 75 points, presence 90 % -> 50: score 65, grade B, 10 % off.

    With presence at full points the score is 85: still B and 10 %. With rounds
    at full points too it is 100.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor_user = cls._new_user(
            "vendor", "base.group_portal", partner_id=cls.vendor.id
        )
        cls.peer = cls.env["res.partner"].create(
            {"name": "Peer", "is_company": True, "email": "p@peer.test"}
        )
        cls.peer_user = cls._new_user(
            "peer", "base.group_portal", partner_id=cls.peer.id
        )
        cls._create_round("2026-02-10", ["pass"] * 19 + ["fail"])
        cls.form = cls._create_collected_form(90)
        cls.rounds, cls.presence = cls.form.line_ids

    @classmethod
    def _new_user(cls, login, groups, **values):
        if groups == "base.group_portal":
            partner = cls.env["res.partner"].browse(values.pop("partner_id"))
            values["partner_id"] = (
                cls.env["res.partner"]
                .create(
                    {"name": login, "parent_id": partner.id, "email": f"{login}@x.test"}
                )
                .id
            )
        return super()._new_user(login, groups, **values)

    def _dispute(self, line=None, claim="Our list says 98 %", user=None):
        form = self.form.with_user(user or self.vendor_user)
        return record_dispute(
            form, user or self.vendor_user, (line or self.presence).id, claim
        ).with_env(self.env)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestDispute(DisputeCommon):
    def test_screen_says_what_is_disputed_and_who_decides(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        self.assertEqual(dispute.value, 90)
        self.assertTrue(dispute.counted)
        mine = dispute.with_user(self.officer_user)
        self.assertIn("somebody else", mine.decide_notice)
        self.assertFalse(dispute.with_user(self.other_officer_user).decide_notice)

    def test_stay_of_the_consequence(self):
        """Presence and rounds disputed: all of the 10 % waits."""
        self.form.action_send_to_vendor()
        self._dispute()
        self.assertRecordValues(
            self.form,
            [
                {
                    "score": 65,
                    "gate_score": 85,
                    "deduction_amount": 1000,
                    "disputed_amount": 0,
                    "payable_amount": 9000,
                }
            ],
        )
        self._dispute(self.rounds, "The windows were clean")
        self.assertRecordValues(
            self.form,
            [
                {
                    "score": 65,
                    "gate_score": 100,
                    "grade": "B",
                    "deduction_amount": 0,
                    "disputed_amount": 1000,
                    "payable_amount": 9000,
                }
            ],
        )
        self.assertEqual(self.form.gate_band_id.grade, "A")

    def test_decided_before_the_approval(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        decider = dispute.with_user(self.other_officer_user)
        with self.assertRaises(UserError):
            decider.action_decide("partial", "Some", points=40)
        with self.assertRaises(UserError):
            decider.action_decide("upheld", " ")
        with self.assertRaises(UserError):
            decider.action_decide("maybe", "x")
        decider.action_decide("partial", "The list of the 7th was missing", points=80)
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "partial",
                    "awarded_points": 80,
                    "decided_by_id": self.other_officer_user.id,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "already"):
            decider.action_decide("partial", "On second thought", points=90)
        self.assertEqual(dispute.decision_reason, "The list of the 7th was missing")
        self.assertEqual(dispute.awarded_points, 80)
        # 0.6 x 75 + 0.4 x 80
        self.assertRecordValues(
            self.form, [{"score": 77, "gate_score": 77, "disputed_amount": 0}]
        )
        self.assertEqual(self.presence.points, 80)
        self.form.with_user(self.officer_user).action_send_back("Once more")
        self.form.action_collect()
        self.assertEqual(self.form.score, 77)

    def test_rejected_dispute_changes_nothing(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        dispute.with_user(self.other_officer_user).action_decide("rejected", "No list")
        self.assertRecordValues(self.form, [{"score": 65, "gate_score": 65}])

    def test_preparers_and_approvers_do_not_decide(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        record_answer(self.form, self.vendor_user, "See my dispute")
        with self.assertRaisesRegex(UserError, "somebody else"):
            dispute.with_user(self.officer_user).action_decide("upheld", "Fine")
        for user in (self.inspector_user, self.auditor_user):
            with self.assertRaises(UserError):
                dispute.with_user(user).action_decide("upheld", "Fine")
        with self.assertRaises(UserError):
            dispute.with_user(self.officer_user).sudo().action_decide("upheld", "Fine")
        self.form.action_submit()
        self._review(self.form)
        self.form.with_user(self.manager_user).action_approve()
        for user in (self.manager_user, self.finance_user):
            with self.assertRaises(UserError):
                dispute.with_user(user).action_decide("upheld", "Fine")
        dispute.with_user(self.other_manager_user).action_decide("upheld", "Right")

    def test_decided_after_the_approval_supersedes(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        record_answer(self.form, self.vendor_user, "")
        self.form.action_submit()
        self._review(self.form)
        self.form.with_user(self.manager_user).action_approve()
        self.assertEqual(self.form.gate_score, 85)
        dispute.with_user(self.other_manager_user).action_decide("upheld", "Right")
        successor = self.form.superseded_by_ids
        self.assertEqual(self.form.state, "superseded")
        self.assertEqual(self.form.score, 65)
        self.assertRecordValues(successor, [{"state": "collected", "score": 85}])
        line = successor.line_ids.filtered(lambda item: item.code == "presence")
        self.assertRecordValues(
            line, [{"points": 100, "is_disputed": False, "has_awarded_points": True}]
        )
        # Whoever decided does not approve what follows from it.
        successor.with_user(self.officer_user).action_submit()
        with self.assertRaises(UserError):
            successor.with_user(self.other_manager_user).validate_tier()

    def test_decision_during_the_review_sends_back(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        record_answer(self.form, self.vendor_user, "")
        self.form.action_submit()
        self._review(self.form, self.manager_user)
        dispute.with_user(self.other_manager_user).action_decide("upheld", "Right")
        self.assertRecordValues(self.form, [{"state": "collected", "score": 85}])
        self.assertFalse(self.form.review_ids)

    def test_cancelled_form_lapses_its_disputes(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        self.form.action_cancel()
        self.assertEqual(dispute.state, "lapsed")
        with self.assertRaises(UserError):
            dispute.with_user(self.other_officer_user).action_decide("upheld", "Late")

    def test_once_in_time_and_by_the_vendor(self):
        with self.assertRaises(UserError):
            self._dispute()
        self.form.action_send_to_vendor()
        with self.assertRaises(UserError):
            self._dispute(user=self.peer_user)
        with self.assertRaises(UserError):
            self._dispute(claim="  ")
        other = self._create_collected_form(contract=self._create_contract())
        with self.assertRaises(UserError):
            self._dispute(other.line_ids[0])
        dispute = self._dispute()
        self.assertEqual(self._dispute(), dispute, "a second click")
        with self.assertRaises(UserError):
            self._dispute(claim="And for another reason")
        with freeze_time("2026-03-08 02:00:00"), self.assertRaises(UserError):
            self._dispute(self.rounds)

    def test_dispute_cannot_be_forged(self):
        Dispute = self.env["vendor.quality.dispute"]
        values = {"form_id": self.form.id, "line_id": self.rounds.id, "claim": "x"}
        for user in (self.officer_user, self.vendor_user):
            with self.assertRaises(AccessError):
                Dispute.with_user(user).create(values)
        with self.assertRaises(AccessError):
            Dispute.sudo().create(values)
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        officer = dispute.with_user(self.other_officer_user)
        with self.assertRaises(UserError):
            officer.write({"state": "upheld"})
        for values in ({"awarded_points": 100}, {"decided_by_id": 1}, {"claim": "y"}):
            with self.assertRaises(AccessError):
                officer.write(values)
        with self.assertRaises(UserError):
            officer.sudo().unlink()

    def test_officer_waits_for_the_vendor(self):
        self.form.action_send_to_vendor()
        with self.assertRaisesRegex(UserError, "may answer until"):
            self.form.action_submit()
        with freeze_time("2026-03-08 02:00:00"):
            self.form.action_submit()
        self.assertEqual(self.form.state, "review")

    def test_wizard(self):
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        action = dispute.with_user(self.other_officer_user).action_open_decide_wizard()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.other_officer_user)
            .with_context(**action["context"])
            .create({"result": "upheld", "reason": "Right"})
        )
        wizard.action_confirm()
        self.assertEqual(dispute.state, "upheld")
