from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestMeeting(DeskCommon):
    """A one-to-one is private to the two who meet and to HR, on every way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr = cls._new_user("hr")
        cls.hr.group_ids |= cls.env.ref("hr.group_hr_user")
        cls.system = cls._new_user("system")
        cls.system.group_ids |= cls.env.ref("base.group_system")
        (cls.other_lead,) = cls._new_users(other_lead=["group_itsm_supervisor"])
        cls.second_team.leader_id = cls.other_lead
        cls.strangers = (
            cls.colleague
            | cls.specialist
            | cls.other_lead
            | cls.manager
            | cls.quality
            | cls.requester
            | cls.system
        )
        cls.classPatch(cls.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    @classmethod
    def _plan(cls, **values):
        return (
            cls.env["itsm.meeting"]
            .with_user(cls.lead)
            .create(
                {
                    "technician_id": cls.technician.id,
                    "planned_at": "2026-03-10 06:00:00",
                    **values,
                }
            )
        )

    def _agree(self, meeting, user=None):
        return (
            self.env["itsm.meeting.action"]
            .with_user(self.lead)
            .create(
                {
                    "meeting_id": meeting.id,
                    "name": "Learn the new mail server",
                    "user_id": (user or self.technician).id,
                    "date_deadline": "2026-04-01",
                }
            )
        )

    def _hold(self, meeting):
        meeting.minutes = "We talked."
        meeting.action_done()
        return meeting

    def test_nobody_else_reads_it(self):
        meeting = self._plan(agenda="Secret agenda")
        action = self._agree(meeting)
        message = meeting.message_post(body="Secret words")
        file = (
            self.env["ir.attachment"]
            .with_user(self.lead)
            .create(
                {
                    "name": "secret.txt",
                    "raw": b"secret",
                    "res_model": meeting._name,
                    "res_id": meeting.id,
                }
            )
        )
        activities = meeting.activity_ids
        followers = self.env["mail.followers"].search(
            [("res_model", "=", meeting._name), ("res_id", "=", meeting.id)]
        )
        self.assertEqual(len(activities), 3)
        self.assertEqual(followers.partner_id, (self.lead | self.technician).partner_id)
        hidden = (meeting, action, message, file, activities, followers)
        for user in self.strangers:
            for records in hidden:
                with self.subTest(user=user.login, model=records._name):
                    self.assertFalse(
                        records.with_user(user).sudo(False)._filtered_access("read")
                    )
            for name in ("itsm.meeting", "itsm.meeting.action"):
                model = self.env[name].with_user(user)
                if model.has_access("read"):
                    self.assertFalse(model.search([]))
                    self.assertFalse(model._read_group([], ["technician_id"]))
        for user in (self.technician, self.lead, self.hr):
            for records in (meeting, action, message, file):
                self.assertTrue(records.with_user(user).sudo(False).has_access("read"))
        self.assertFalse(meeting.with_user(self.hr).has_access("write"))

    def test_nobody_else_is_told(self):
        meeting = self._plan()
        stranger = self.manager.partner_id
        attacks = (
            lambda: meeting.message_subscribe(stranger.ids),
            lambda: meeting.message_post(body="x", partner_ids=stranger.ids),
            lambda: meeting.message_notify(body="x", partner_ids=stranger.ids),
            lambda: meeting.message_post(
                body="x", outgoing_email_to="else@example.com"
            ),
            lambda: meeting.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.manager.id
            ),
            lambda: meeting.activity_ids[:1].write({"user_id": self.manager.id}),
            lambda: (
                self.env["mail.followers"]
                .sudo()
                .create(
                    {
                        "res_model": meeting._name,
                        "res_id": meeting.id,
                        "partner_id": stranger.id,
                    }
                )
            ),
        )
        for number, attack in enumerate(attacks):
            with self.subTest(number), self.assertRaises(AccessError):
                attack()
        meeting.message_post(body="x", partner_ids=self.technician.partner_id.ids)
        meeting.message_subscribe(self.hr.partner_id.ids)
        with self.assertRaises(UserError):
            self._agree(meeting, self.manager)

    def test_who_plans(self):
        model = self.env["itsm.meeting"]
        values = {
            "technician_id": self.technician.id,
            "planned_at": "2026-03-10 06:00:00",
        }
        for user in (self.technician, self.quality, self.hr, self.other_lead):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                model.with_user(user).create(values)
        with self.assertRaises(UserError):
            model.with_user(self.other_lead).create(
                {**values, "supervisor_id": self.lead.id}
            )
        for bad in (
            {"state": "done"},
            {"figures": {}},
            {"is_offsite": True},
            {"done_at": "2026-01-01 00:00:00"},
        ):
            with self.subTest(bad), self.assertRaises(UserError):
                self._plan(**bad)
        model.with_user(self.manager).create(values)
        # A manager of the desk meets its technicians, and nobody else.
        for person in (self.boss, self.portal, self.hr):
            with self.subTest(user=person.login), self.assertRaises(UserError):
                model.with_user(self.manager).create(
                    {**values, "technician_id": person.id}
                )
        self.second_team.deputy_id = self.lead
        self._plan(technician_id=self.specialist.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._plan(technician_id=self.lead.id)

    def test_each_writes_their_own(self):
        meeting = self._plan()
        theirs = meeting.with_user(self.technician)
        theirs.technician_note = "I want to learn networks."
        for values in (
            {"agenda": "x"},
            {"minutes": "x"},
            {"planned_at": "2026-03-11 06:00:00"},
            {"supervisor_id": self.manager.id},
            {"action_ids": [Command.create({"name": "x"})]},
            {"state": "done"},
            # The state that it has beside other values changes nothing.
            {"state": "planned", "agenda": "x"},
            {"state": "planned", "minutes": "x"},
            {"state": "planned", "action_ids": [Command.clear()]},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                theirs.write(values)
        for values in (
            {"technician_note": "x"},
            {"state": "planned", "technician_note": "x"},
            {"state": "planned", "technician_id": self.colleague.id},
            {"technician_id": self.colleague.id},
            {"supervisor_id": self.manager.id},
            {"figures": {"rows": []}},
            {"done_at": "2026-01-01 00:00:00"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                meeting.write(values)
        with self.assertRaises(UserError):
            theirs.unlink()
        with self.assertRaisesRegex(UserError, "Minutes"):
            meeting.action_done()
        self._hold(meeting)
        self.assertTrue(meeting.done_at)
        with self.assertRaisesRegex(UserError, "already"):
            meeting.action_done()
        for values in ({"minutes": "x"}, {"agenda": "x"}, {"state": "planned"}):
            with self.subTest(values), self.assertRaises(UserError):
                meeting.write(values)
        with self.assertRaises(UserError):
            theirs.technician_note = "Later"
        with self.assertRaises(UserError):
            meeting.unlink()
        self._plan().unlink()

    def test_only_the_supervisor_closes(self):
        meeting = self._plan(minutes="We talked.")
        for user in (self.technician, self.hr, self.manager):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                meeting.with_user(user).action_done()
        self.assertEqual(meeting.state, "planned")

    def test_actions_are_activities(self):
        meeting = self._plan()
        action = self._agree(meeting)
        activity = action.sudo().activity_id
        self.assertRecordValues(
            activity,
            [
                {
                    "user_id": self.technician.id,
                    "summary": action.name,
                    "date_deadline": action.date_deadline,
                }
            ],
        )
        action.date_deadline += timedelta(days=3)
        self.assertFalse(activity.exists())
        activity = action.sudo().activity_id
        self.assertEqual(activity.date_deadline, action.date_deadline)
        self._hold(meeting)
        self.assertEqual(meeting.activity_ids, activity.with_user(self.lead))
        for values in (
            {"name": "Other"},
            {"date_deadline": "2027-01-01"},
            {"done_at": "2026-01-01 00:00:00"},
            {"activity_id": False},
            {"meeting_id": self._plan().id},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                action.write(values)
        with self.assertRaises(UserError):
            action.unlink()
        with self.assertRaises(UserError):
            self._agree(meeting)
        following = self._plan(planned_at="2026-04-10 06:00:00")
        self.assertEqual(following.open_action_ids, action)
        with self.assertRaisesRegex(AccessError, "has to do it"):
            activity.with_user(self.hr).sudo()._action_done()
        self.assertFalse(action.is_done)
        activity.with_user(self.technician).action_feedback("Read the book")
        self.assertTrue(action.is_done and action.done_at)
        following.invalidate_recordset()
        self.assertFalse(following.open_action_ids)
        again = self._agree(following)
        again.with_user(self.technician).is_done = True
        self.assertTrue(again.done_at)
        self.assertFalse(again.sudo().activity_id)
        with self.assertRaises(UserError):
            self._agree(following, self.lead).with_user(self.technician).is_done = True
        with self.assertRaises(UserError):
            again.with_user(self.hr).is_done = False

    @freeze_time("2026-03-10 06:00:00")
    def test_figures_since_the_last_one(self):
        first = self._plan(planned_at="2026-03-01 06:00:00")
        self._hold(first)
        kpi = self.env.ref("itsm_desk.itsm_kpi_response")
        for user, day, met in (
            (self.technician, "2026-03-09", 3),
            (self.technician, "2026-03-01", 1),
            (self.technician, "2026-02-25", 2),
            (self.technician, "2026-03-10", 0),
            (self.colleague, "2026-03-05", 0),
        ):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO itsm_kpi_day (company_id, day, kpi_id, kind, scale,"
                    " user_id, numerator, denominator, squares, sample) VALUES"
                    " (%s, %s, %s, 'ratio', 100, %s, %s, 4, 0, 4)",
                    self.company.id,
                    day,
                    kpi.id,
                    user.id,
                    met,
                )
            )
        meeting = self._plan()
        self.assertEqual(
            meeting.figures,
            {
                "start": "2026-03-01",
                "end": "2026-03-09",
                "rows": [{"kpi": kpi.id, "value": 50.0, "before": 50.0, "sample": 8}],
            },
        )
        self.assertIn("50.0", meeting.preview)
        meeting.action_count()
        self._hold(meeting)
        with self.assertRaises(UserError):
            meeting.action_count()

    def test_due_list_and_reminders(self):
        self._new_employee(self.colleague, itsm_is_offsite=True)
        dues = self.env["itsm.meeting.due"].with_user(self.lead)
        mine = dues.search([])
        self.assertEqual(
            mine.technician_id.ids, [self.colleague.id, self.technician.id]
        )
        self.assertEqual(mine.mapped("is_offsite"), [True, False])
        self.assertEqual(mine.mapped("is_late"), [True, True])
        for user in (self.technician, self.other_lead, self.manager, self.quality):
            model = self.env["itsm.meeting.due"].with_user(user)
            if model.has_access("read"):
                self.assertFalse(model.search([("id", "in", mine.ids)]))
        self.assertTrue(dues.with_user(self.hr).search([("id", "in", mine.ids)]))
        kind = self.env.ref("itsm_desk.mail_activity_type_meeting_due")
        tasks = [("activity_type_id", "=", kind.id), ("user_id", "=", self.lead.id)]
        self.env["itsm.meeting"]._cron_remind()
        task = self.env["mail.activity"].search(tasks)
        self.assertEqual(
            task.summary,
            "One-to-one meetings are due: Colleague (off-site), Tech",
        )
        self.assertFalse(task.res_id)
        self.env["itsm.meeting"]._cron_remind()
        self.assertEqual(self.env["mail.activity"].search(tasks), task)
        meeting = self._plan(technician_id=self.colleague.id)
        self.assertTrue(meeting.is_offsite)
        self.env["itsm.meeting"]._cron_remind()
        task = self.env["mail.activity"].search(tasks)
        self.assertEqual(task.summary, "One-to-one meetings are due: Tech")
        action = mine[0].action_plan()
        self.assertEqual(action["res_id"], meeting.id)
        now = self.env.cr.now()
        self._hold(self._plan(planned_at=now))
        self.env["itsm.meeting"]._cron_remind()
        self.assertFalse(self.env["mail.activity"].search(tasks))
        mine.invalidate_recordset()
        self.assertFalse(mine[1].is_late)
        self.company.itsm_meeting_days = 1
        with freeze_time(now + timedelta(days=2)):
            mine.invalidate_recordset()
            self.assertTrue(mine[1].is_late)

    def test_other_company(self):
        meeting = self._plan()
        far = self.env["res.company"].create({"name": "Far"})
        users = {"company_id": far.id, "company_ids": far.ids}
        stranger = new_test_user(
            self.env, "far_hr", "hr.group_hr_user,base.group_user", **users
        )
        self.assertFalse(meeting.with_user(stranger).has_access("read"))
        self.assertFalse(self.env["itsm.meeting"].with_user(stranger).search([]))
