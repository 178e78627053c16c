import random
from collections import Counter, defaultdict
from datetime import timedelta

import pytz
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from ..tools.case_mix import make_digest, make_figure
from .common import DeskCommon, utc
from .test_report_kpi import KpiCommon

RELEASE = "2026-04-02 02:00:00"


class AssessedCommon(DeskCommon):
    """A technician with a handful of tickets in March 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr, cls.hr2 = cls._new_users(hr=[], hr2=[])
        (cls.hr | cls.hr2).group_ids |= cls.env.ref("hr.group_hr_user")
        cls.system = cls._new_user("system")
        cls.system.group_ids |= cls.env.ref("base.group_system")
        (cls.other_lead,) = cls._new_users(other_lead=["group_itsm_supervisor"])
        cls.second_team.leader_id = cls.other_lead
        cls.classPatch(cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time("2026-03-10 02:00:00"):
            cls.first = cls._solve(cls._file())
            cls.second = cls._solve(cls._file())
            taken = cls._file()
            taken.with_user(cls.lead).action_take()
            server_write(taken.sudo(), {"user_id": cls.technician.id})
            cls.owned = cls._solve(taken)
            cls.theirs = cls._solve(cls._file(), cls.colleague)
        cls.env.flush_all()

    @classmethod
    def _write_one(cls, user=None, **values):
        with freeze_time(RELEASE):
            return (
                cls.env["itsm.assessment"]
                .with_user(user or cls.lead)
                .create(
                    {
                        "technician_id": cls.technician.id,
                        "date_from": "2026-03-01",
                        "remark": "Reliable.",
                        **values,
                    }
                )
            )

    @classmethod
    def _release(cls, **values):
        assessment = cls._write_one(**values)
        with freeze_time(RELEASE):
            assessment.action_release()
        return assessment

    def _line(self, assessment, code):
        return assessment.line_ids.filtered(lambda line: line.kpi_id.code == code)


@tagged("post_install", "-at_install")
class TestAssessment(AssessedCommon):
    """Written by the lead, read by the technician, appealed to others, final by HR."""

    # ------------------------------------------------------------
    # WHO READS IT
    # ------------------------------------------------------------

    def test_a_peer_never_reads_it(self):
        draft = self._write_one()
        readers = {
            "draft": self.lead,
            "released": self.lead | self.technician | self.hr,
        }
        everybody = (
            self.technician
            | self.colleague
            | self.specialist
            | self.lead
            | self.other_lead
            | self.manager
            | self.quality
            | self.requester
            | self.system
            | self.hr
            | self.portal
        )
        for state in ("draft", "released"):
            if state == "released":
                with freeze_time(RELEASE):
                    draft.action_release()
            message = draft.message_post(body="Words of the lead")
            hidden = (draft, draft.line_ids, draft.exclusion_ids, message)
            for user in everybody:
                for records in hidden:
                    with self.subTest(state=state, user=user.login, what=records._name):
                        seen = (
                            records.with_user(user).sudo(False)._filtered_access("read")
                        )
                        self.assertEqual(bool(seen), user in readers[state])
                model = self.env["itsm.assessment"].with_user(user)
                if model.has_access("read"):
                    found = model.search([("id", "=", draft.id)])
                    self.assertEqual(bool(found), user in readers[state])
        self.assertFalse(
            draft.activity_ids.with_user(self.colleague).has_access("read")
        )
        stranger = self.manager.partner_id
        for attack in (
            lambda: draft.message_subscribe(stranger.ids),
            lambda: draft.message_post(body="x", partner_ids=stranger.ids),
            lambda: draft.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.manager.id
            ),
        ):
            with self.assertRaises(AccessError):
                attack()

    def test_other_company(self):
        assessment = self._release()
        far = self.env["res.company"].create({"name": "Far"})
        users = {"company_id": far.id, "company_ids": far.ids}
        stranger = new_test_user(self.env, "far_hr", "hr.group_hr_user", **users)
        self.assertFalse(assessment.with_user(stranger).has_access("read"))

    # ------------------------------------------------------------
    # WHO WRITES IT
    # ------------------------------------------------------------

    def test_who_assesses(self):
        values = {"technician_id": self.technician.id, "date_from": "2026-03-01"}
        model = self.env["itsm.assessment"]
        for user in (self.technician, self.other_lead, self.quality, self.hr):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                model.with_user(user).create(values)
        for bad in (
            {"state": "final"},
            {"author_id": self.manager.id},
            {"comment": "I agree"},
            {"most_amount": 10**6},
            {"fewest_sample": 0},
            {"line_ids": [Command.create({"value": 100})]},
        ):
            with self.subTest(bad), self.assertRaises(UserError):
                self._write_one(**bad)
        with mute_logger("odoo.sql_db"):
            for bad in (
                {"technician_id": self.lead.id},
                {"date_from": "2026-03-02"},
                {"proposal": "money", "amount": 1001},
                {"proposal": "money", "amount": -1},
                {"proposal": "leave", "leave_days": 4},
                {"proposal": "leave", "amount": 10},
            ):
                with self.subTest(bad), self.assertRaises(IntegrityError):
                    self._write_one(**bad)
        assessment = self._write_one()
        self.assertEqual(assessment.date_to.isoformat(), "2026-03-31")
        self._write_one().unlink()
        with self.assertRaises(UserError):
            assessment.technician_id = self.specialist

    def test_figures_are_the_servers(self):
        assessment = self._write_one()
        line = assessment.line_ids[:1]
        for attack in (
            lambda: line.sudo().write({"value": 1}),
            lambda: line.sudo().unlink(),
            lambda: (
                self.env["itsm.assessment.line"]
                .sudo()
                .create({"assessment_id": assessment.id, "kpi_id": line.kpi_id.id})
            ),
        ):
            with self.assertRaises(AccessError):
                attack()

    def test_hr_alone_changes_the_limits(self):
        admin = new_test_user(
            self.env, "limit_admin", "base.group_user,base.group_erp_manager"
        )
        window = self.env["itsm.settings"].with_user(self.manager)
        for act in (
            lambda: self.company.with_user(admin).write({"itsm_most_leave_days": 400}),
            lambda: self.company.with_user(admin).write({"itsm_most_amount": 1e6}),
            lambda: (
                self.env["itsm.assessment.limits"]
                .with_user(self.manager)
                .create({"itsm_most_leave_days": 400})
                .action_confirm()
            ),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                act()
        window.create({"itsm_sign_off_days": 4}).action_apply()
        self.assertEqual(self.company.itsm_sign_off_days, 4)
        hr = new_test_user(self.env, "limit_hr", "hr.group_hr_user")
        limits = self.env["itsm.assessment.limits"].with_user(hr)
        limits.create({"itsm_most_leave_days": 4}).action_confirm()
        self.assertEqual(self.company.itsm_most_leave_days, 4)

    def test_limits_are_frozen(self):
        assessment = self._write_one(
            proposal="money", amount=900, proposal_reason="Good"
        )
        self.company.itsm_most_amount = 100
        self.assertEqual(assessment.most_amount, 1000)
        assessment.amount = 950
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._write_one(date_from="2026-02-01", proposal="money", amount=900)

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def test_tickets_of_the_author_count_in_none(self):
        assessment = self._write_one()
        self.assertRecordValues(
            assessment.exclusion_ids,
            [{"ticket_id": self.owned.id, "is_automatic": True}],
        )
        solved = self._line(assessment, "solved")
        self.assertEqual(
            [entry[0] for entry in solved.counted], [self.first.id, self.second.id]
        )
        self.assertEqual((solved.value, solved.verdict), (2, "none"))
        minutes = self._line(assessment, "handling_minutes")
        self.assertEqual(
            (minutes.value, minutes.expected, minutes.sample, minutes.verdict),
            (15, 15, 2, "few"),
        )

    def test_author_leaves_tickets_out_with_a_reason(self):
        assessment = self._write_one()
        rows = self.env["itsm.assessment.exclusion"].with_user(self.lead)
        values = {"assessment_id": assessment.id, "ticket_id": self.second.id}
        with self.assertRaises(UserError):
            rows.create(values)
        with self.assertRaises(UserError):
            rows.create({**values, "reason": "x", "is_automatic": True})
        with self.assertRaises(UserError):
            rows.with_user(self.technician).create({**values, "reason": "x"})
        row = rows.create({**values, "reason": "Power was out"})
        solved = self._line(assessment, "solved")
        self.assertEqual([entry[0] for entry in solved.counted], [self.first.id])
        self.assertEqual(
            solved.evidence_hash,
            make_digest(
                "solved",
                self.technician.id,
                "2026-03-01",
                "2026-03-31",
                [[self.first.id, 1.0, 0.0]],
            ),
        )
        with self.assertRaises(AccessError):
            row.reason = "Other"
        with self.assertRaises(UserError):
            (assessment.exclusion_ids - row).unlink()
        with freeze_time(RELEASE):
            assessment.action_release()
        with self.assertRaises(UserError):
            row.unlink()
        with self.assertRaises(UserError):
            rows.create({**values, "ticket_id": self.first.id, "reason": "Afterwards"})
        self.assertEqual(row.with_user(self.technician).reason, "Power was out")

    def test_complaints_from_five_on(self):
        complaints = self.env["itsm.complaint"]
        cause = self.env.ref("itsm_desk.itsm_complaint_cause_slow")

        def complain(count):
            for number in range(count):
                self.env.cr.execute(
                    """
                    INSERT INTO itsm_complaint (name, subject, description, channel,
                        partner_id, technician_id, company_id, state, outcome, cause_id,
                        filed_at)
                    VALUES (%s, 'x', 'x', 'phone', %s, %s, %s, 'closed', %s, %s,
                        '2026-03-05')
                    """,
                    (
                        f"T{complaints.search_count([])}{number}",
                        self.requester.partner_id.id,
                        self.technician.id,
                        self.company.id,
                        "upheld" if number % 2 else "rejected",
                        cause.id,
                    ),
                )

        complain(4)
        assessment = self._write_one()
        self.assertRecordValues(
            assessment,
            [{"has_complaint_figure": False, "complaint_count": 0, "upheld_count": 0}],
        )
        complain(1)
        assessment.action_count()
        self.assertRecordValues(
            assessment,
            [{"has_complaint_figure": True, "complaint_count": 5, "upheld_count": 2}],
        )

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    def test_acknowledged_and_final(self):
        assessment = self._write_one(
            proposal="leave", leave_days=2, proposal_reason="Worked on two Sundays"
        )
        with freeze_time("2026-03-31 02:00:00"):
            with self.assertRaisesRegex(UserError, "not over"):
                assessment.action_release()
        with freeze_time(RELEASE):
            for user in (self.technician, self.hr, self.manager):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    assessment.with_user(user).action_release()
            assessment.action_release()
            with self.assertRaisesRegex(UserError, "already"):
                assessment.action_release()
        read = self.env.ref("itsm_desk.mail_activity_type_assessment")
        task = assessment.sudo().activity_ids
        self.assertEqual((task.activity_type_id, task.user_id), (read, self.technician))
        for values in ({"remark": "x"}, {"amount": 5}, {"term": "long"}):
            with self.subTest(values), self.assertRaises(UserError):
                assessment.write(values)
        for user in (self.lead, self.colleague, self.hr):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                assessment.with_user(user).action_acknowledge("Fine")
        theirs = assessment.with_user(self.technician)
        for values in ({"comment": "x"}, {"state": "acknowledged"}, {"amount": 1}):
            with self.subTest(values), self.assertRaises(UserError):
                theirs.write(values)
        with freeze_time("2026-04-03 02:00:00"):
            with self.assertRaisesRegex(UserError, "can answer until"):
                assessment.with_user(self.hr).action_finalise()
            theirs.action_acknowledge("Thank you")
        self.assertEqual(assessment.comment, "Thank you")
        final = self.env.ref("itsm_desk.mail_activity_type_assessment_final")
        tasks = assessment.sudo().activity_ids
        self.assertEqual(tasks.activity_type_id, final)
        self.assertLessEqual(self.hr | self.hr2, tasks.user_id)
        for user in (self.lead, self.technician, self.manager):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                assessment.with_user(user).action_finalise()
        assessment.with_user(self.hr).action_finalise()
        self.assertRecordValues(
            assessment, [{"state": "final", "final_by_id": self.hr.id}]
        )
        with self.assertRaises(UserError):
            theirs.action_appeal("Too late")
        with self.assertRaises(UserError):
            assessment.unlink()

    def test_hr_never_finalises_own_ones(self):
        self.hr.group_ids |= self.env.ref("itsm_desk.group_itsm_technician")
        self.team.member_ids |= self.hr
        assessment = self._release(technician_id=self.hr.id)
        assessment.with_user(self.hr).action_acknowledge()
        with self.assertRaisesRegex(UserError, "somebody else of HR"):
            assessment.with_user(self.hr).action_finalise()
        assessment.with_user(self.hr2).action_finalise()

    def test_appeal_to_another_person(self):
        self.lead.group_ids |= self.env.ref("itsm_desk.group_itsm_manager")
        self.env.ref("base.user_admin").group_ids -= self.env.ref(
            "itsm_desk.group_itsm_manager"
        )
        assessment = self._release(
            proposal="money",
            proposal_type="penalty",
            amount=100,
            proposal_reason="Slow",
        )
        theirs = assessment.with_user(self.technician)
        with self.assertRaises(UserError):
            theirs.action_appeal("")
        with self.assertRaises(UserError):
            theirs.action_answer_appeal(True, "I grant it")
        theirs.action_appeal("The server was down")
        judge = assessment.appeal_user_id
        self.assertEqual(judge, self.manager)
        self.assertTrue(assessment.with_user(judge).has_access("read"))
        for user in (self.lead, self.technician, self.hr):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                assessment.with_user(user).action_answer_appeal(True, "Granted")
        with self.assertRaisesRegex(UserError, "not decided"):
            assessment.with_user(self.hr).action_finalise()
        with self.assertRaises(UserError):
            assessment.with_user(judge).action_answer_appeal(True, " ")
        assessment.with_user(judge).action_answer_appeal(True, "The log shows it")
        self.assertRecordValues(
            assessment,
            [
                {
                    "state": "appealed",
                    "appeal_result": "upheld",
                    "proposal": "none",
                    "amount": 0,
                }
            ],
        )
        with self.assertRaises(UserError):
            assessment.with_user(judge).action_answer_appeal(False, "No")
        assessment.with_user(self.hr).action_finalise()
        self.assertEqual(assessment.state, "final")

    def _appeal(self):
        assessment = self._release()
        with freeze_time("2026-04-03 02:00:00"):
            assessment.with_user(self.technician).action_appeal("The server was down")
        return assessment

    def _get_tasks(self, assessment, kind):
        kind = self.env.ref(f"itsm_desk.mail_activity_type_assessment_{kind}")
        return assessment.sudo().activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )

    def test_appeal_whose_judge_is_late(self):
        """HR decides once the days are over, and not before."""
        assessment = self._appeal()
        judge = assessment.sudo().appeal_user_id
        self._get_tasks(assessment, "appeal").unlink()
        follow = self.env["itsm.assessment"]._cron_follow
        with freeze_time("2026-04-03 03:00:00"):
            follow()
            self.assertEqual(self._get_tasks(assessment, "appeal").user_id, judge)
            with self.assertRaisesRegex(UserError, "decides the appeal"):
                assessment.with_user(self.hr).action_answer_appeal(True, "Yes")
        with freeze_time("2026-06-03 03:00:00"):
            follow()
            follow()
            tasks = self._get_tasks(assessment, "appeal")
            self.assertLessEqual(self.hr, tasks.user_id)
            self.assertEqual(len(tasks), len(tasks.user_id))
            for user in (self.lead, self.technician, self.quality):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    assessment.with_user(user).action_answer_appeal(True, "Yes")
            assessment.with_user(self.hr).action_answer_appeal(False, "No log")
        self.assertRecordValues(
            assessment.sudo(),
            [{"appeal_result": "rejected", "appeal_user_id": self.hr.id}],
        )
        self._get_tasks(assessment, "final").unlink()
        follow()
        self.assertTrue(self._get_tasks(assessment, "final"))

    def test_appeal_whose_judge_has_left(self):
        assessment = self._appeal()
        judge = assessment.sudo().appeal_user_id
        judge.active = False
        with freeze_time("2026-04-04 03:00:00"):
            self.env["itsm.assessment"]._cron_follow()
        following = assessment.sudo().appeal_user_id
        self.assertTrue(following.active)
        self.assertNotIn(following, judge | self.lead | self.technician)
        self.assertIn(following, self._get_tasks(assessment, "appeal").user_id)
        # Nobody else is left: HR decides at once.
        group = self.env.ref("itsm_desk.group_itsm_manager")
        group.all_user_ids.filtered("active").group_ids -= group
        with freeze_time("2026-04-04 03:00:00"):
            assessment.with_user(self.hr).action_answer_appeal(True, "It was down")
        self.assertEqual(assessment.sudo().appeal_result, "upheld")

    def test_drafts_of_others_do_not_block(self):
        self.team.deputy_id = self.other_lead
        draft = self._write_one(self.other_lead)
        released = self._release()
        self.assertEqual(released.state, "released")
        with freeze_time(RELEASE):
            self.assertFalse(draft.can_release)
            with self.assertRaisesRegex(UserError, "was released for this"):
                draft.action_release()
        early = self._write_one(self.other_lead, date_from="2026-02-01")
        self.team.deputy_id = False
        with freeze_time(RELEASE), self.assertRaisesRegex(UserError, "any more"):
            early.action_release()

    def test_periods_of_a_term_do_not_overlap(self):
        """Else two half-years would bring two rewards for the same months."""
        self._release()
        later = self._write_one(self.lead, term="mid", date_from="2025-10-01")
        with freeze_time(RELEASE):
            later.action_release()
        again = self._write_one(self.lead, term="mid", date_from="2025-09-01")
        with freeze_time(RELEASE), self.assertRaisesRegex(UserError, "a part of it"):
            again.action_release()

    def test_silence_of_the_technician(self):
        assessment = self._release()
        follow = self.env["itsm.assessment"]._cron_follow
        with freeze_time("2026-04-05 02:00:00"):
            follow()
        self.assertFalse(assessment.called_at)
        with freeze_time("2026-05-05 02:00:00"):
            follow()
            called = assessment.called_at
            follow()
            self.assertTrue(called)
            self.assertEqual(assessment.called_at, called)
            assessment.with_user(self.hr).action_finalise()
        self.assertFalse(assessment.answered_at)

    def test_proposal_is_passed_to_hr(self):
        assessment = self._release(
            proposal="leave", leave_days=2, proposal_reason="Two Sundays"
        )
        assessment.with_user(self.technician).action_acknowledge()
        leaves = "hr.leave.allocation"
        before = leaves in self.env and self.env[leaves].search_count([])
        assessment.with_user(self.hr).action_finalise()
        after = leaves in self.env and self.env[leaves].search_count([])
        self.assertEqual(after, before)
        if "outsourcing.incentive" in self.env:
            return
        kind = self.env.ref("itsm_desk.mail_activity_type_assessment_proposal")
        tasks = assessment.sudo().activity_ids
        self.assertEqual((tasks.activity_type_id, tasks.user_id), (kind, self.hr))
        self.assertEqual(tasks.summary, "Reward: 2.0 days of leave")

    def test_deleted_when_its_time_is_over(self):
        assessment = self._release()
        forget = self.env["itsm.retention"]._cron_forget_talks
        with freeze_time("2026-04-03 02:00:00"):
            assessment.with_user(self.technician).action_acknowledge()
            assessment.with_user(self.hr).action_finalise()
        meeting = (
            self.env["itsm.meeting"]
            .with_user(self.lead)
            .create(
                {
                    "technician_id": self.technician.id,
                    "planned_at": "2026-04-03 02:00:00",
                    "minutes": "We talked",
                }
            )
        )
        running = self._write_one(date_from="2026-02-01")
        with freeze_time("2026-04-03 02:00:00"):
            meeting.action_done()
        self.company.itsm_keep_talk_months = 0
        with freeze_time("2040-01-01"):
            forget()
        self.assertTrue(assessment.exists() and meeting.exists())
        self.company.itsm_keep_talk_months = 12
        with freeze_time("2027-04-01 02:00:00"):
            forget()
        self.assertTrue(assessment.exists() and meeting.exists())
        with freeze_time("2027-04-04 02:00:00"):
            forget()
        self.assertFalse(assessment.exists() or meeting.exists())
        self.assertTrue(running.exists())

    def test_sheet(self):
        assessment = self._release()
        render = self.env["ir.actions.report"]._render_qweb_html
        for user in (self.lead, self.technician, self.hr):
            html, _kind = render.__func__(
                self.env["ir.actions.report"].with_user(user),
                "itsm_desk.report_assessment",
                assessment.ids,
            )
            self.assertIn("Reliable.", html.decode())
            self.assertIn(self.owned.name, html.decode())
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(self.colleague)._render_qweb_html(
                "itsm_desk.report_assessment", assessment.ids
            )


@tagged("post_install", "-at_install")
class TestCaseMix(BaseCase):
    """What is expected of a person follows from the kinds of the person's tickets."""

    def _make(self, own, everybody, **values):
        options = {
            "kind": "ratio",
            "is_percent": True,
            "direction": "higher",
            "fewest": 2,
            **values,
        }
        return make_figure(own, everybody, **options)

    def test_hard_tickets_are_no_fault(self):
        everybody = {"easy": (90, 100), "hard": (30, 100)}
        own = [(1, "hard", 1, 1), (2, "hard", 0, 1), (3, "easy", 1, 1)]
        figure = self._make(own, everybody)
        self.assertAlmostEqual(figure["value"], 200 / 3)
        self.assertAlmostEqual(figure["expected"], (30 + 30 + 90) / 3)
        self.assertEqual((figure["sample"], figure["verdict"]), (3, "better"))
        lower = self._make(own, everybody, direction="lower")
        self.assertEqual(lower["verdict"], "worse")

    def test_not_judged(self):
        everybody = {"easy": (90, 100)}
        own = [(1, "easy", 1, 1)]
        self.assertEqual(self._make(own, everybody)["verdict"], "few")
        self.assertEqual(self._make(own, everybody, kind="sum")["verdict"], "none")
        refused = [(1, "rare", 1, 0)]
        figure = self._make(refused, {"rare": (1, 0)})
        self.assertEqual((figure["value"], figure["expected"]), (None, None))
        same = self._make([(1, "easy", 9, 10)], everybody)
        self.assertEqual(same["verdict"], "equal")

    def test_digest_moves_with_each_entry(self):
        first = make_digest("solved", 1, "2026-03-01", "2026-03-31", [[1, 1.0, 0.0]])
        other = make_digest("solved", 1, "2026-03-01", "2026-03-31", [[2, 1.0, 0.0]])
        self.assertNotEqual(first, other)
        self.assertEqual(len(first), 64)


@tagged("post_install", "-at_install")
class TestAssessedFigures(KpiCommon):
    """Figures of an assessment equal a count of the test over a random history."""

    ACTS = 260

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = random.Random(11)
        office = cls.env.ref("itsm_desk.itsm_category_office")
        software = cls.env.ref("itsm_desk.itsm_category_application")
        for ticket in cls.tickets:
            cls.env.cr.execute(
                "UPDATE itsm_ticket SET category_id = %s, priority = %s WHERE id = %s",
                (
                    rng.choice((office.id, software.id)),
                    rng.choice(("1", "2")),
                    ticket.id,
                ),
            )
        cls.env.invalidate_all()

    def _get_history(self, excluded, last):
        """Return ``{code: [(ticket, person, numerator, denominator)]}`` by ORM."""
        found = defaultdict(list)
        zone = self.company._itsm_zone()
        start, end = (
            zone.localize(day).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (
                utc("2025-06-01 00:00"),
                utc(f"{last + timedelta(days=1)} 00:00"),
            )
        )
        for ticket in self.tickets.filtered(lambda item: item.id not in excluded):
            events = ticket.event_ids.filtered(lambda event: not event.clock_id)
            steps = events.filtered(lambda event: event.kind == "state").sorted("id")
            for event in steps:
                if not start <= event.at < end:
                    continue
                change = (event.old_value, event.new_value)
                who = event.owner_id.id
                if change == ("solved", "in_progress"):
                    found["reopened"].append((ticket, who, 1, 0))
                if event.new_value == "closed":
                    if ticket.is_satisfaction_counted and ticket.rating_value:
                        found["satisfaction"].append(
                            (ticket, who, ticket.rating_value, 1)
                        )
                if event.new_value != "solved":
                    continue
                found["reopened"].append((ticket, who, 0, 1))
                if any(
                    later.id > event.id
                    and later.old_value == "solved"
                    and later.new_value == "in_progress"
                    for later in steps
                ):
                    continue
                found["solved"].append((ticket, who, 1, 0))
                minutes = sum(ticket.handling_ids.work_line_ids.mapped("minutes"))
                found["handling_minutes"].append((ticket, who, minutes, 1))
                found["first_contact"].append(
                    (ticket, who, int(ticket.is_first_contact_fix), 1)
                )
        return found

    def _expect(self, entries, person, kind, scale):
        """Return value, expected value and sample, by the definition."""
        own = [entry for entry in entries if entry[1] == person]
        value = sum(entry[2] for entry in own)
        if kind == "sum":
            return value, None, len(own)
        work = sum(entry[3] for entry in own)
        rates = defaultdict(lambda: [0, 0])
        for ticket, _who, numerator, denominator in entries:
            rate = rates[ticket.category_id, ticket.priority]
            rate[0] += numerator
            rate[1] += denominator
        expected = 0
        for ticket, _who, _numerator, denominator in own:
            above, below = rates[ticket.category_id, ticket.priority]
            expected += denominator * above / below if denominator else 0
        return scale * value / work, scale * expected / work, work

    def test_figures_of_a_random_history(self):
        author = self.manager
        people = Counter(
            event.owner_id
            for event in self.tickets.event_ids
            if event.new_value == "solved"
        )
        self.assertGreater(people[self.technician], 5)
        self.assertGreater(people[self.lead], 0)
        with freeze_time(self.end + timedelta(days=40)):
            assessment = (
                self.env["itsm.assessment"]
                .with_user(author)
                .create(
                    {"technician_id": self.technician.id, "date_from": "2025-06-01"}
                )
            )
            self._compare(assessment, set())
            chosen = self._get_history(set(), assessment.date_to)["solved"][0][0]
            assessment.exclusion_ids = [
                Command.create({"ticket_id": chosen.id, "reason": "Fire alarm"})
            ]
            self._compare(assessment, {chosen.id})
            by_lead = (
                self.env["itsm.assessment"]
                .with_user(self.lead)
                .create(
                    {
                        "technician_id": self.technician.id,
                        "date_from": "2025-06-01",
                        "term": "mid",
                    }
                )
            )
            owned = {
                event.ticket_id.id
                for event in self.tickets.event_ids
                if event.owner_id == self.lead
            }
            self.assertTrue(by_lead.exclusion_ids)
            self.assertLessEqual(set(by_lead.exclusion_ids.ticket_id.ids), owned)
            self._compare(by_lead, owned)

    def _compare(self, assessment, excluded):
        history = self._get_history(excluded, assessment.date_to)
        lines = {line.kpi_id.code: line for line in assessment.line_ids}
        codes = ("solved", "reopened", "handling_minutes", "first_contact")
        self.assertLessEqual(set(codes), set(lines))
        for code in (*codes, "satisfaction"):
            line = lines.get(code)
            person = self.technician.id
            mine = [entry for entry in history[code] if entry[1] == person]
            if not line:
                self.assertFalse(mine)
                continue
            scale = 100 if line.unit == "percent" else 1
            value, expected, sample = self._expect(
                history[code], person, line.kpi_id.kind, scale
            )
            with self.subTest(code=code, excluded=len(excluded)):
                self.assertAlmostEqual(line.value, value, places=4)
                self.assertEqual(line.has_expected, expected is not None)
                self.assertAlmostEqual(line.expected, expected or 0, places=4)
                self.assertEqual(line.sample, sample)
                self.assertEqual(
                    sorted(entry[0] for entry in line.counted),
                    sorted(ticket.id for ticket, *_rest in mine),
                )
                self.assertEqual(
                    line.evidence_hash,
                    make_digest(
                        code,
                        person,
                        f"{assessment.date_from}",
                        f"{assessment.date_to}",
                        line.counted,
                    ),
                )
