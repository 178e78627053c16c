from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from .common import TenderCommon
from .fake_person import attend


@tagged("post_install", "-at_install")
class TestTenderCommittee(TenderCommon):
    """Who judges, who may not, and what must be declared before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_published()
        cls.committee = cls.tender.sudo().committee_ids
        cls.member = cls.committee[0]
        cls.member_user = cls.member.user_id

    def test_all_are_appointed_at_once(self):
        tender = self._create_tender()
        users = self._new_users(
            dict.fromkeys(("member8", "member9"), "base.group_user")
        )
        people = self._new_employees(self.env["res.users"].union(*users.values()))
        tender.committee_ids = [
            Command.create({"employee_id": person.id}) for person in people
        ]
        self.assertTrue(tender.has_proposed_members)
        with self.assertRaises(UserError):
            tender.with_user(self.officer_user).action_appoint_all()
        tender.action_appoint_all()
        self.assertEqual(set(tender.committee_ids.mapped("state")), {"appointed"})
        with self.assertRaisesRegex(UserError, "Nobody is left"):
            tender.action_appoint_all()

    def test_contacts_of_two_members_are_not_merged(self):
        """The refusal is a sentence, and nothing of the tender is lost."""
        people = self.committee[:2].partner_id
        self.assertEqual(len(people), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        with self.assertRaisesRegex(UserError, "Recuse one of them"):
            wizard.sudo()._merge(people.ids, people[0], extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(self.committee[:2].partner_id, people)

    def test_appointed(self):
        self.assertRecordValues(
            self.member,
            [
                {
                    "state": "appointed",
                    "is_voting": True,
                    "conflict_state": "none",
                    "is_open_to_bids": False,
                    "appointed_by_id": self.procurement_user.id,
                }
            ],
        )
        self.assertTrue(
            self.tender.activity_ids.filtered(
                lambda activity: activity.user_id == self.member_user
            )
        )

    def test_requester_is_excluded(self):
        with self.assertRaisesRegex(ValidationError, "cannot judge"):
            self._appoint(self.tender, [self.applicant])

    def test_author_of_the_price_is_excluded(self):
        officer = self._new_employee(self.officer_user)
        with self.assertRaisesRegex(ValidationError, "cannot judge"):
            self._appoint(self.tender, [officer])

    def test_late_requester_stops_the_publication(self):
        tender = self._create_tender()
        request = self._create_approved_request(employee_id=self.applicant.id)
        server_write(request.sudo(), {"employee_id": self.members[0].id})
        tender.request_ids = [(4, request.id)]
        self.assertIn("cannot judge", tender._get_cannot_publish_reason()[tender.id])

    def test_person_once(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._appoint(self.tender, [self.members[0]])

    def test_account_needed(self):
        stranger = self.env["hr.employee"].create({"name": "No account"})
        with self.assertRaisesRegex(UserError, "no account"):
            self._appoint(self.tender, [stranger])

    def test_outside_expert(self):
        expert = new_test_user(
            self.env, login="outsourcing_expert", groups="base.group_portal"
        )
        member = self.env["outsourcing.committee.member"].create(
            {
                "tender_id": self.tender.id,
                "partner_id": expert.partner_id.id,
                "role": "expert",
            }
        )
        member.with_user(self.procurement_user).action_appoint()
        self.assertEqual(member.user_id, expert)
        with self.assertRaises(AccessError):
            member.with_user(expert).action_declare(has_conflict=False)
        # The portal's route finds the member's own row and acts as himself.
        member.with_user(expert).sudo().action_declare(has_conflict=False)
        self.assertEqual(member.conflict_state, "clear")

    def test_only_procurement_or_manager_appoints(self):
        employee = self._new_employee(self._new_user("late", "base.group_user"))
        member = self.env["outsourcing.committee.member"].create(
            {"tender_id": self.tender.id, "employee_id": employee.id}
        )
        for user in (self.officer_user, self.member_user):
            with self.assertRaises(UserError):
                member.with_user(user).action_appoint()
            with self.assertRaises(UserError):
                member.with_user(user).sudo().write({"state": "appointed"})
        member.with_user(self.manager_user).action_appoint()
        self.assertEqual(member.state, "appointed")

    def test_declares_for_himself_only(self):
        for user in (self.procurement_user, self.manager_user, self.officer_user):
            with self.assertRaisesRegex(UserError, "only the member can declare"):
                self.member.with_user(user).action_declare(has_conflict=False)
            with self.assertRaises(UserError):
                self.member.with_user(user).sudo().action_declare()
        with self.assertRaises(AccessError):
            self.member.with_user(self.procurement_user).write(
                {"conflict_state": "clear"}
            )

    def test_clear_declaration(self):
        mine = self.member.with_user(self.member_user)
        mine.action_declare(has_conflict=False, note="Met them at a fair")
        self.assertRecordValues(
            self.member,
            [{"conflict_state": "clear", "conflict_note": "Met them at a fair"}],
        )
        with self.assertRaisesRegex(UserError, "declared already"):
            mine.action_declare(has_conflict=False)

    def test_conflict_found_later(self):
        """Whoever learns of a conflict says so himself, whenever that is."""
        mine = self.member.with_user(self.member_user)
        mine.action_declare(has_conflict=False)
        with self.assertRaisesRegex(UserError, "only the member"):
            self.member.with_user(self.procurement_user).action_declare(True)
        mine.action_declare(has_conflict=True, note="A cousin works there")
        self.assertRecordValues(
            self.member, [{"state": "recused", "conflict_state": "conflict"}]
        )

    def test_conflict_found_after_the_prices(self):
        """The tender stood still: no award, and nobody could be appointed instead."""
        self.procedure.write({"envelopes": "two", "outlier_limit": 0})
        tender = self._create_evaluation()
        self._score(tender)
        with freeze_time(self.opening):
            attend(tender)
            tender.action_open_prices()
        member = tender.sudo().committee_ids[0]
        member.with_user(member.user_id).action_declare(True, note="A cousin")
        self.assertEqual(tender.state, "evaluation")
        self.assertFalse(tender.is_scoring_complete)
        with self.assertRaisesRegex(UserError, "must be odd|voting members"):
            tender.action_propose_award()
        user = self._new_user("substitute", "base.group_user")
        substitute = self.env["outsourcing.committee.member"].create(
            {"tender_id": tender.id, "employee_id": self._new_employees(user).id}
        )
        substitute.with_user(self.procurement_user).action_appoint()
        substitute.with_user(user).action_declare(False)
        scores = self._get_scores(tender, substitute)
        for score in scores:
            if score.kind == "pass_fail":
                score.verdict = "pass"
            else:
                score.value = 80
        scores.action_submit()
        tender.invalidate_recordset()
        self.assertTrue(tender.is_scoring_complete)
        tender.action_propose_award()
        self.assertTrue(tender.award_id)

    def test_declared_from_the_tender(self):
        tender = self.tender.with_user(self.member_user)
        self.assertTrue(tender.my_can_declare)
        tender.action_declare_clear()
        self.assertEqual(self.member.conflict_state, "clear")
        self.assertFalse(tender.my_can_declare)

    def test_conflict_excludes(self):
        self.member.with_user(self.member_user).action_declare(
            has_conflict=True, note="My brother works there"
        )
        self.assertRecordValues(
            self.member,
            [
                {
                    "state": "recused",
                    "is_voting": False,
                    "recusal_reason": "My brother works there",
                }
            ],
        )
        # Two members are left of three, and the number is even.
        self.assertTrue(self.tender._get_committee_problems())

    def test_member_of_a_bidder_stops_the_evaluation(self):
        expert = new_test_user(
            self.env, login="outsourcing_insider", groups="base.group_portal"
        )
        expert.partner_id.parent_id = self.vendors[0]
        self.procedure.committee_odd = False
        tender = self._create_published()
        member = self.env["outsourcing.committee.member"].create(
            {"tender_id": tender.id, "partner_id": expert.partner_id.id}
        )
        member.with_user(self.procurement_user).action_appoint()
        self._declare_all(tender)
        for number, price in enumerate(self.prices):
            self._bid(tender, number, price)
        with freeze_time(self.deadline):
            tender.action_close()
        with freeze_time(self.opening):
            self._open_bids(tender)
        with self.assertRaisesRegex(UserError, "belongs to a bidder"):
            tender.action_start_evaluation()
        member.with_user(self.procurement_user).action_recuse(reason="Insider")
        tender.action_start_evaluation()
        self.assertFalse(
            tender.sudo().score_ids.filtered(lambda score: score.member_id == member)
        )

    def _declare_all(self, tender, only=None):
        for member in only or tender.sudo().committee_ids:
            member.with_user(member.user_id).sudo().action_declare()

    def test_person_is_frozen_once_appointed(self):
        with self.assertRaises(UserError):
            self.member.with_user(self.procurement_user).write(
                {"employee_id": self.members[1].id}
            )
        with self.assertRaises(UserError):
            self.member.with_user(self.procurement_user).unlink()

    def test_illegal_pairs(self):
        flow = self.member._flow_transitions
        recused = self.committee[2]
        recused.with_user(self.procurement_user).action_recuse(reason="On leave")
        for target in flow:
            with self.assertRaises(UserError):
                if target != "recused":
                    recused.with_user(self.procurement_user).write({"state": target})
                else:
                    self.member.with_user(self.procurement_user).write(
                        {"state": target}
                    )

    def test_seat_does_not_follow_another_user(self):
        """HR gave the member's employee another user, who read bids and scored."""
        self._declare_all(self.tender)
        heir = self._new_user("heir", "base.group_user")
        clerk = self._new_user("clerk", "hr.group_hr_user")
        employee = self.member.employee_id
        employee.with_user(clerk).write({"user_id": heir.id})
        self.env.flush_all()
        self.member.invalidate_recordset()
        self.assertEqual(self.member.user_id, self.member_user)
        with self.assertRaisesRegex(UserError, "only the member"):
            self.member.with_user(heir).sudo().action_declare()

    def test_seat_of_an_expert_does_not_follow_an_earlier_log_in(self):
        expert = new_test_user(self.env, "outsourcing_expert", "base.group_portal")
        member = self.env["outsourcing.committee.member"].create(
            {"tender_id": self.tender.id, "partner_id": expert.partner_id.id}
        )
        member.with_user(self.procurement_user).action_appoint()
        member.with_user(expert).sudo().action_declare()
        second = new_test_user(self.env, "a_first_log_in", "base.group_portal")
        second.name = "A"
        second.partner_id = expert.partner_id
        self.env.flush_all()
        member.invalidate_recordset()
        self.assertEqual(member.user_id, expert)

    def test_changed_account_of_a_member_sees_nothing(self):
        """A log-in or address that somebody else changed is another person."""
        expert = new_test_user(self.env, "outsourcing_expert", "base.group_portal")
        expert.partner_id.email = "expert@example.com"
        member = self.env["outsourcing.committee.member"].create(
            {"tender_id": self.tender.id, "partner_id": expert.partner_id.id}
        )
        member.with_user(self.procurement_user).action_appoint()
        member.with_user(expert).sudo().action_declare()
        expert.partner_id.with_user(self.procurement_user).sudo().write(
            {"email": "mine@example.com"}
        )
        self.assertRecordValues(
            member, [{"conflict_state": "none", "is_open_to_bids": False}]
        )
        self.assertTrue(member.account_changed_on)
        with self.assertRaisesRegex(UserError, "else changed your log-in"):
            member.with_user(expert).sudo().action_declare()
        admin = new_test_user(self.env, "an_admin", "base.group_system")
        self._declare_all(self.tender, only=self.member)
        self.member_user.with_user(admin).write({"login": "somebody_else"})
        self.assertEqual(self.member.conflict_state, "none")
        # The way out: recused and appointed again.
        self.member.with_user(self.procurement_user).action_recuse("New log-in")
        again = self._appoint(self.tender, [self.member.employee_id])
        again.with_user(again.user_id).action_declare()
        self.assertEqual(again.conflict_state, "clear")

    def test_changed_account_is_recused_also_after_the_ranking(self):
        """By somebody else than who changed it, or one person moved the ranking."""
        server_write(self.tender, {"is_scoring_complete": True})
        mine = self.member.with_user(self.procurement_user)
        with self.assertRaisesRegex(UserError, "the ranking is known"):
            mine.action_recuse("I want another ranking")
        partner = self.member_user.partner_id
        partner.with_user(self.procurement_user).sudo().email = "mine@example.com"
        with self.assertRaisesRegex(UserError, "the ranking is known"):
            mine.action_recuse("I want another ranking")
        self.member.with_user(self.manager_user).action_recuse("Account changed")
        self.assertEqual(self.member.state, "recused")
