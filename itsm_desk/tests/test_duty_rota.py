from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.duty.on_duty import get_absent, get_on_duty
from ..models.vendor.itsm_vendor_job import hand_back
from .common import DeskCommon
from .test_vendor_job import VendorCommon

MONDAY = "2026-03-02 02:00:00"


class DutyCommon(DeskCommon):
    """The technician is on duty for the first line, all of Monday (10:00 in China)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar.tz = "Asia/Shanghai"
        cls.company.itsm_tz = "Asia/Shanghai"
        cls.employee = cls._new_employee(cls.technician)
        with freeze_time("2026-03-01 02:00:00"):
            cls.rota = cls._plan()

    @classmethod
    def _plan(cls, **values):
        return cls.env["itsm.rota"].create(
            {
                "team_id": cls.team.id,
                "user_id": cls.technician.id,
                "date_from": "2026-03-02 00:00:00",
                "date_to": "2026-03-02 12:00:00",
                **values,
            }
        )

    @classmethod
    def _leave(cls, employee, start="2026-03-02 00:00:00", end="2026-03-02 12:00:00"):
        return cls.env["resource.calendar.leaves"].create(
            {
                "name": "Private",
                "resource_id": employee.resource_id.id,
                "calendar_id": employee.resource_calendar_id.id,
                "date_from": start,
                "date_to": end,
            }
        )

    def _calls(self, ticket):
        kind = self.env.ref("itsm_desk.mail_activity_type_on_duty")
        activities = ticket.sudo().activity_ids
        return activities.filtered(lambda one: one.activity_type_id == kind)


@tagged("post_install", "-at_install")
class TestRota(DutyCommon):
    """Whoever is on duty is called for tickets that nobody owns."""

    @freeze_time(MONDAY)
    def test_called_until_somebody_owns_it(self):
        ticket = self._file()
        calls = self._calls(ticket)
        self.assertEqual(calls.user_id, self.technician)
        self.assertEqual(ticket.with_user(self.colleague).on_duty_ids, self.technician)
        ticket.with_user(self.colleague).action_take()
        self.assertFalse(self._calls(ticket))
        # Not what a technician took by phone, nor what waits for its approval.
        phone = self._file(
            user=self.technician,
            partner_id=self.requester.partner_id.id,
            channel="phone",
        )
        self.assertFalse(self._calls(phone))
        waiting = self._file(service_id=self.approved_service.id)
        self.assertFalse(self._calls(waiting))
        waiting.with_user(self.boss).action_approve()
        self.assertTrue(self._calls(waiting))
        # Escalations call whoever is on duty there.
        with freeze_time("2026-03-01 02:00:00"):
            self._plan(team_id=self.second_team.id, user_id=self.specialist.id)
        ticket.with_user(self.colleague).action_escalate("l2", "Help")
        kind = self.env.ref("itsm_desk.mail_activity_type_escalation")
        called = ticket.sudo().activity_ids.filtered(
            lambda one: one.activity_type_id == kind
        )
        self.assertEqual(called.user_id, self.specialist)

    def _begin(self, moment):
        """Run the job that tells what waits when a duty begins."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time(moment):
            self.env["itsm.rota"]._cron_call()

    def _lists(self, user):
        return self.env["mail.message"].search(
            [
                ("subject", "=like", "On duty: % tickets wait"),
                ("partner_ids", "in", user.partner_id.ids),
            ]
        )

    def test_told_when_the_duty_begins(self):
        """What was filed in the night is told in the morning, once, in one list."""
        with freeze_time("2026-03-01 20:00:00"):
            night = self._file() | self._file()
            taken = self._file()
            taken.with_user(self.colleague).action_take()
            other = self._file()
            other.with_user(self.lead).write({"team_id": self.second_team.id})
        self._begin("2026-03-01 23:50:00")
        self.assertFalse(self._calls(night))
        for _run in range(2):
            self._begin(MONDAY)
            self.assertEqual(len(self._calls(night)), 2)
            self.assertEqual(self._calls(night).user_id, self.technician)
        self.assertFalse(self._calls(taken | other))
        told = self._lists(self.technician)
        self.assertEqual(len(told), 1)
        self.assertIn(night[0].name, told.body)
        # What was done is not told again by the next duty of the same person.
        self._calls(night[1]).action_feedback("Called back")
        with freeze_time(MONDAY):
            self._plan(date_from="2026-03-02 01:00:00", date_to="2026-03-02 11:00:00")
        self._begin("2026-03-02 02:10:00")
        self.assertEqual(len(self._calls(night)), 1)
        # The duty is handed over: the next one is told, the calls of the former end.
        with freeze_time(MONDAY):
            self._plan(
                user_id=self.colleague.id,
                date_from="2026-03-02 12:00:00",
                date_to="2026-03-02 20:00:00",
            )
        self._begin("2026-03-02 12:10:00")
        self.assertEqual(len(self._calls(night)), 2)
        self.assertEqual(self._calls(night).user_id, self.colleague)

    def test_told_when_back(self):
        """Whoever is away when the duty begins is told when back."""
        with freeze_time("2026-03-01 20:00:00"):
            ticket = self._file()
        self._leave(self.employee, end="2026-03-02 04:00:00")
        self._begin(MONDAY)
        self.assertFalse(self._calls(ticket))
        self._begin("2026-03-02 04:10:00")
        self.assertEqual(self._calls(ticket).user_id, self.technician)
        self.assertFalse(self._lists(self.technician))
        # Another person takes the duty over.
        with freeze_time("2026-03-02 04:20:00"):
            self.rota.with_user(self.lead).user_id = self.colleague
        self._begin("2026-03-02 04:30:00")
        self.assertEqual(self._calls(ticket).user_id, self.colleague)

    @freeze_time(MONDAY)
    def test_moved_to_another_team(self):
        ticket = self._file()
        with freeze_time("2026-03-01 02:00:00"):
            self._plan(
                team_id=self.second_team.id,
                user_id=self.specialist.id,
                support_level=self.second_team.support_level,
            )
        ticket.with_user(self.lead).write({"team_id": self.second_team.id})
        self.assertEqual(self._calls(ticket).user_id, self.specialist)

    def test_back_while_the_owner_is_away(self):
        """A ticket that comes back is told to whoever is on duty, too."""
        with freeze_time("2026-03-01 02:00:00"):
            self._plan(user_id=self.colleague.id)
            ticket = self._file()
            mine = ticket.with_user(self.technician)
            mine.action_take()
            mine.action_escalate("l2", "Beyond me", team_id=self.second_team.id)
        with freeze_time(MONDAY):
            self.assertFalse(self._calls(ticket))
            self._leave(self.employee)
            ticket.with_user(self.specialist).action_decline("Not ours")
            self.assertEqual(self._calls(ticket).user_id, self.colleague)
            ticket.with_user(self.lead).action_reassign(self.colleague.id, "Yours")
            self.assertFalse(self._calls(ticket))

    def test_the_lead_where_nobody_is_on_duty(self):
        with freeze_time("2026-03-01 02:00:00"):
            ticket = self._file()
            mine = ticket.with_user(self.technician)
            mine.action_take()
            mine.action_escalate("l2", "Beyond me", team_id=self.second_team.id)
        with freeze_time(MONDAY):
            self._leave(self.employee)
            ticket.with_user(self.specialist).action_decline("Not ours")
        self.assertEqual(self._calls(ticket).user_id, self.lead)
        # Once somebody is on duty, that person is called instead.
        with freeze_time(MONDAY):
            self._plan(user_id=self.colleague.id)
        self._begin("2026-03-02 02:10:00")
        self.assertEqual(self._calls(ticket).user_id, self.colleague)

    def test_when(self):
        def at(text):
            moment = fields.Datetime.to_datetime(text)
            return get_on_duty(self.team, at=moment)

        self.assertEqual(at("2026-03-02 00:00:00"), self.technician)
        self.assertFalse(at("2026-03-02 12:00:00"))
        self.assertFalse(at("2026-03-01 23:59:59"))
        self.assertFalse(get_on_duty(self.second_team, at=self.rota.date_from))
        self._leave(self.employee)
        self.assertFalse(at("2026-03-02 02:00:00"))

    @freeze_time("2026-03-01 02:00:00")
    def test_who_plans(self):
        lead = self.rota.with_user(self.lead)
        lead.note = "4711"
        lead.action_repeat(2)
        lead.action_repeat(2)
        self.assertEqual(
            self.env["itsm.rota"].search_count([("team_id", "=", self.team.id)]), 3
        )
        # Whoever leads one team gives it no duty of another.
        self.second_team.member_ids |= self.technician
        with self.assertRaises(AccessError), self.cr.savepoint():
            lead.team_id = self.second_team
        for wrong in (0, -1, "x", 99):
            with self.assertRaises(UserError):
                lead.action_repeat(wrong)
        self.assertEqual(self.rota.with_user(self.outsider).user_id, self.technician)
        for user in (self.technician, self.outsider, self.requester, self.portal):
            mine = self.rota.with_user(user)
            for act in (
                lambda mine=mine: mine.write({"note": "x"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.action_repeat(),
            ):
                with self.assertRaises(AccessError):
                    act()
        with self.assertRaises(AccessError), self.cr.savepoint():
            lead.create(
                {
                    "team_id": self.second_team.id,
                    "user_id": self.specialist.id,
                    "date_from": "2026-03-02 00:00:00",
                    "date_to": "2026-03-02 12:00:00",
                }
            )
        for wrong in (self.stranger, self.outsider, self.portal):
            with self.assertRaises(UserError), self.cr.savepoint():
                lead.user_id = wrong
        with freeze_time("2026-03-03 02:00:00"):
            with self.assertRaises(UserError):
                lead.note = "Later"
            with self.assertRaises(UserError):
                lead.unlink()

    @freeze_time("2026-03-20 02:00:00")
    def test_repeated_at_the_same_hour(self):
        """Clocks change on 29 March: nine o'clock stays nine o'clock."""
        # With the other modules both name one zone.
        for name in {"itsm_tz", "outsourcing_tz"}.intersection(self.company._fields):
            self.company[name] = "Europe/Berlin"
        rota = self._plan(
            date_from="2026-03-23 08:00:00", date_to="2026-03-23 16:00:00"
        )
        rota.with_user(self.lead).action_repeat(1)
        after = self.env["itsm.rota"].search(
            [("team_id", "=", self.team.id), ("date_from", ">", rota.date_from)]
        )
        self.assertEqual(
            (f"{after.date_from}", f"{after.date_to}"),
            ("2026-03-30 07:00:00", "2026-03-30 15:00:00"),
        )


@tagged("post_install", "-at_install")
class TestBackFromVendor(DutyCommon, VendorCommon):
    """A vendor hands back what its owner is not there to take."""

    def test_told_to_whoever_is_on_duty(self):
        with freeze_time("2026-03-01 02:00:00"):
            self._plan(user_id=self.colleague.id)
            ticket, other = self._send(), self._send()
        kind = self.env.ref("itsm_desk.mail_activity_type_on_duty")
        with freeze_time(MONDAY):
            hand_back(self._job(other), "declined", "Not ours")
            self._leave(self.employee)
            hand_back(self._job(ticket), "declined", "Not ours")
        called = (ticket | other).sudo().activity_ids
        called = called.filtered(lambda one: one.activity_type_id == kind)
        self.assertEqual(called.user_id, self.colleague)
        self.assertEqual(called.mapped("res_id"), ticket.ids)


@tagged("post_install", "-at_install")
class TestAbsence(DutyCommon):
    """The tickets of whoever is away are handed to the lead when the shift begins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-02-27 02:00:00"):
            cls.ticket = cls._file().with_user(cls.technician)
            cls.ticket.action_take()
            cls._solve(cls._file())

    def setUp(self):
        super().setUp()
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    def _find(self, moment):
        absences = self.env["itsm.absence"]
        with freeze_time(moment):
            absences._cron_find()
        return absences.search([("team_id", "=", self.team.id)])

    def test_list_for_the_lead(self):
        self._leave(self.employee, "2026-02-28 00:00:00", "2026-03-04 12:00:00")
        with freeze_time("2026-03-01 02:00:00"):
            self._plan(user_id=self.colleague.id)
        # Before the shift begins, and on a day without one.
        self.assertFalse(self._find("2026-03-01 23:30:00"))
        self.assertFalse(self._find("2026-02-28 03:00:00"))
        absence = self._find(MONDAY)
        self.assertRecordValues(
            absence,
            [
                {
                    "user_id": self.technician.id,
                    "day": fields.Date.to_date("2026-03-02"),
                    "ticket_ids": self.ticket.ids,
                    "is_on_duty": True,
                    "left_count": 1,
                }
            ],
        )
        self.assertEqual(absence.activity_ids.user_id, self.lead)
        # Whoever else is on duty is told, too.
        kind = self.env.ref("itsm_desk.mail_activity_type_on_duty")
        activities = self.ticket.sudo().activity_ids
        called = activities.filtered(lambda one: one.activity_type_id == kind)
        self.assertEqual(called.user_id, self.colleague)
        self.assertEqual(self._find("2026-03-02 03:00:00"), absence)
        mine = absence.with_user(self.lead)
        found = self.env["itsm.ticket"].search(mine.action_view_tickets()["domain"])
        self.assertEqual(found, self.ticket.sudo(False).with_env(self.env))
        self.ticket.with_user(self.lead).action_reassign(self.colleague.id, "On leave")
        mine.invalidate_recordset()
        self.assertEqual(mine.left_count, 0)
        self.assertEqual(len(self._find("2026-03-03 02:00:00")), 1)

    def _call(self, moment):
        with freeze_time(moment):
            self.env["itsm.rota"]._cron_call()

    def test_called_until_the_owner_is_back(self):
        """A duty that begins later is told, and each absence anew."""
        self._leave(self.employee)
        self._leave(self.employee, "2026-03-09 00:00:00", "2026-03-09 12:00:00")
        with freeze_time("2026-03-01 02:00:00"):
            for start, end in (
                ("2026-03-02 04:00:00", "2026-03-02 08:00:00"),
                ("2026-03-02 08:00:00", "2026-03-02 12:00:00"),
                ("2026-03-09 00:00:00", "2026-03-09 12:00:00"),
            ):
                self._plan(user_id=self.colleague.id, date_from=start, date_to=end)
        self._find(MONDAY)
        self.assertFalse(self._calls(self.ticket), "Nobody is on duty.")
        self._call("2026-03-02 04:10:00")
        self.assertEqual(self._calls(self.ticket).user_id, self.colleague)
        with freeze_time("2026-03-02 04:20:00"):
            self._calls(self.ticket).action_feedback("Called back")
        self._call("2026-03-02 08:10:00")
        self.assertFalse(self._calls(self.ticket), "It was done today.")
        self._find("2026-03-09 02:00:00")
        self.assertEqual(self._calls(self.ticket).user_id, self.colleague)
        self._find("2026-03-09 11:50:00")
        self.assertTrue(self._calls(self.ticket))
        self._find("2026-03-09 12:10:00")
        self.assertFalse(self._calls(self.ticket), "Its owner is back.")

    def test_nothing_to_hand_on(self):
        employee = self._new_employee(self.colleague)
        self._leave(employee)
        self.assertFalse(self._find(MONDAY))
        # The lead himself is away: the deputy is called.
        self.team.deputy_id = self.colleague
        away = self._new_employee(self.lead)
        self._leave(away)
        owned = self._file().with_user(self.lead)
        owned.action_take()
        absence = self._find(MONDAY)
        self.assertEqual(absence.user_id, self.lead)
        self.assertEqual(absence.activity_ids.user_id, self.colleague)

    def test_nobody_writes_it(self):
        self._leave(self.employee)
        absence = self._find(MONDAY)
        for user in (self.env.user, self.lead, self.manager):
            mine = absence.with_user(user)
            with self.assertRaises(AccessError):
                mine.day = mine.day + timedelta(days=1)
            with self.assertRaises(AccessError):
                mine.unlink()
        for user in (self.technician, self.colleague, self.requester, self.portal):
            with self.assertRaises(AccessError):
                absence.with_user(user).read(["user_id"])


@tagged("post_install", "-at_install")
class TestApproverAway(DutyCommon):
    """Requests do not wait for somebody who is on leave."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr = cls._new_user("hr")
        cls.hr.group_ids |= cls.env.ref("hr.group_hr_user")

    @freeze_time(MONDAY)
    def test_somebody_else_decides(self):
        chief = self._new_user("chief")
        self.department.manager_id = self._new_employee(chief)
        first = self._file(service_id=self.approved_service.id)
        self.assertEqual(first.sudo().approver_id, self.boss)
        with self.assertRaises(UserError):
            first.with_user(self.manager).action_approve()
        # A leave that somebody else wrote for him counts for nothing.
        own = self._leave(self._new_employee(self.manager))
        forged = own.with_user(self.manager)
        someone = {"resource_id": self.boss_employee.resource_id.id}
        with self.assertRaises(AccessError):
            forged.write(someone)
        forged.sudo().write(someone)
        self.assertEqual(forged.sudo().resource_id.user_id, self.boss)
        self.assertFalse(get_absent(self.boss))
        with self.assertRaises(UserError):
            first.with_user(self.manager).action_approve()
        own.unlink()
        for writer in (self.boss, self.hr):
            leave = self._leave(self.boss_employee)
            leave.with_user(writer).sudo().name = "Mine"
            self.env.flush_all()
            self.assertEqual(get_absent(self.boss), self.boss)
            leave.unlink()
        self._leave(self.boss_employee)
        second = self._file(service_id=self.approved_service.id)
        self.assertEqual(second.sudo().approver_id, chief)
        with self.assertRaises(UserError):
            second.with_user(self.manager).action_approve()
        # A manager of the desk decides what waits for whoever is away.
        first.with_user(self.manager).action_approve()
        self.assertEqual(first.sudo().approved_by_id, self.manager)
        third = self._file(service_id=self.approved_service.id)
        self.department.manager_id = False
        fourth = self._file(service_id=self.approved_service.id)
        self.assertEqual(third.sudo().approver_id, chief)
        self.assertEqual(fourth.sudo().approver_id, self.boss)


@tagged("post_install", "-at_install")
class TestCannedReplies(DeskCommon):
    """Replies kept as mail templates, with placeholders, in the message window."""

    def test_technician_uses_one(self):
        ticket = self._file(subject="No mail").with_user(self.technician)
        ticket.action_take()
        template = self.env.ref("itsm_desk.mail_template_reply_visit")
        ticket.visit_at = "2026-03-05 06:00:00"
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.technician)
            .with_context(
                default_model="itsm.ticket",
                default_res_ids=ticket.ids,
                default_template_id=template.id,
            )
            .create({})
        )
        self.assertIn("No mail", composer.body)
        composer.action_send_mail()
        self.assertTrue(ticket.first_response_at)
        self.assertIn("No mail", ticket.message_ids[0].body)
