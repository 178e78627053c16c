import random
from datetime import datetime, timedelta

import pytz

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, freeze_time, tagged

from ..models.vendor.itsm_told_late_mixin import WARNING_ACTIVITY
from ..models.vendor.itsm_vendor_job import hand_back
from ..models.vendor.itsm_vendor_mixin import NOBODY
from ..tools.level_time import join_spans, measure_stay
from ..tools.working_time import WorkingTime
from .test_vendor_job import VendorCommon


def at(hour, minute=0, day=2):
    return datetime(2026, 3, day, hour, minute)


class TestLevelTime(TransactionCase):
    """The arithmetic of a stay, with pauses that touch, overlap and go on."""

    def test_joined(self):
        self.assertEqual(
            join_spans([(4, 6), (1, 3), (2, 5), (8, None), (9, 10)]),
            [(1, 6), (8, None)],
        )

    def test_measured(self):
        line = WorkingTime.from_datetimes(
            [(at(8), at(12)), (at(13), at(17))], at(0), at(0, day=3)
        )
        for pauses, end, worked, deadline in (
            ([], None, 0, at(11)),
            ([], at(17), 8, None),
            ([(at(9), at(10))], at(12), 3, None),
            ([(at(9), at(10)), (at(9, 30), at(11))], None, 1, at(14)),
            ([(at(9), None)], None, 1, None),
            ([(at(7), at(9))], at(12), 3, None),
            ([(at(11), at(18))], at(12), 3, None),
            ([(at(12), at(13))], at(14), 5, None),
        ):
            with self.subTest(pauses=pauses, end=end):
                clock = measure_stay(line, at(8), end, pauses, 3 * 3600)
                self.assertEqual(clock.consumed / 3600, worked)
                if not end:
                    self.assertEqual(clock.deadline, deadline)


class LevelCommon(VendorCommon):
    """Two teams that work the same hours in UTC, with targets of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar.tz = "UTC"
        cls.second_team.resource_calendar_id = cls.calendar
        cls.env["itsm.sla.policy"].create(
            {
                "name": "Levels",
                "company_id": cls.company.id,
                "line_ids": [
                    Command.create({"kind": kind, "target_hours": hours})
                    for kind, hours in (("l1", 3), ("l2", 2), ("vendor", 5))
                ],
            }
        )

    def _stays(self, ticket):
        stays = self.env["itsm.level.stay"].search([("ticket_id", "=", ticket.id)])
        return stays.sorted("id")


@tagged("post_install", "-at_install")
class TestLevels(LevelCommon):
    """Targets of levels and vendors start at the hand-over."""

    def test_starts_at_the_hand_over(self):
        """The desk works from 8 to 12 and from 13 to 17."""
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file()
            mine = ticket.with_user(self.technician)
            self.assertRecordValues(
                self._stays(ticket),
                [{"level": "l1", "team_id": self.team.id, "due_at": at(11)}],
            )
            clock.move_to("2026-03-02 09:00:00")
            mine.action_take()
            mine.action_pend(self.reason_requester.id)
            self.assertFalse(self._stays(ticket).due_at)
            clock.move_to("2026-03-02 10:00:00")
            mine.action_resume()
            self.assertEqual(self._stays(ticket).due_at, at(12))
            mine.action_escalate("l2", "Beyond me", team_id=self.second_team.id)
            clock.move_to("2026-03-02 11:00:00")
            # Nobody has accepted: it is still the first line's time.
            self.assertEqual(len(self._stays(ticket)), 1)
            ticket.with_user(self.specialist).action_take()
            first, second = self._stays(ticket)
            self.assertEqual((first.ended_at, first.worked_hours), (at(11), 2))
            self.assertFalse(first.is_missed)
            self.assertRecordValues(
                second,
                [
                    {
                        "level": "l2",
                        "team_id": self.second_team.id,
                        "started_at": at(11),
                        "due_at": at(14),
                    }
                ],
            )
            clock.move_to("2026-03-02 15:00:00")
            self.assertTrue(second.is_late)
            second.invalidate_recordset(["current_hours"])
            self.assertEqual((second.worked_hours, second.current_hours), (0, 3))
            self.assertIn(second, second.search([("is_late", "=", True)]))
            self._fill_form(ticket, self.specialist)
            ticket.with_user(self.specialist).action_solve()
            self.assertEqual((second.ended_at, second.worked_hours), (at(15), 3))
            self.assertTrue(second.is_missed)
            clock.move_to("2026-03-02 16:00:00")
            ticket.action_refuse_solution("No")
            self.assertFalse(second.ended_at)
            clock.move_to("2026-03-02 16:30:00")
            ticket.action_cancel("Never mind")
            # The hour in which it was solved is the requester's.
            self.assertEqual(second.worked_hours, 3.5)

    def test_target_follows_the_ticket(self):
        """Another priority has another target, counted from the same hand-over."""
        self.env["itsm.sla.policy"].create(
            {
                "name": "Urgent levels",
                "company_id": self.company.id,
                "sequence": 0,
                "priority": "3",
                "line_ids": [Command.create({"kind": "l1", "target_hours": 1})],
            }
        )
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file()
            stay = self._stays(ticket)
            clock.move_to("2026-03-02 08:30:00")
            ticket.with_user(self.technician).action_take()
            ticket.with_user(self.technician).write({"impact": "3", "urgency": "3"})
        self.assertEqual(ticket.priority, "3")
        self.assertRecordValues(
            stay, [{"target_hours": 1, "started_at": at(8), "due_at": at(9)}]
        )

    def test_target_that_comes_later(self):
        """Counted from the filing, also where the service is chosen afterwards."""
        policies = self.env["itsm.sla.policy"].search([])
        policies.active = False
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file()
            self.assertFalse(self._stays(ticket))
            policies.active = True
            clock.move_to("2026-03-02 10:00:00")
            ticket.with_user(self.technician).action_take()
        self.assertRecordValues(
            self._stays(ticket), [{"started_at": at(8), "due_at": at(11)}]
        )

    def test_two_calls(self):
        """Who calls a second team before the first accepted still has it."""
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file()
            mine = ticket.with_user(self.technician)
            mine.action_take()
            mine.action_escalate("l2", "Beyond me", team_id=self.second_team.id)
            clock.move_to("2026-03-02 09:00:00")
            third = self.second_team.copy({"name": "Third"})
            mine.action_escalate("l2", "To others", team_id=third.id)
            clock.move_to("2026-03-02 10:00:00")
            parts = ticket.sudo()._get_time_by_party()
            self.assertEqual(parts, {("team", self.team.id): timedelta(hours=2)})
            self.assertEqual(self._stays(ticket).team_id, self.team)
            call = ticket.sudo().escalation_ids[0]
            self.assertEqual(call.from_team_id, self.team)

    def test_clock_of_the_vendor(self):
        """It pauses for the requester; the policy's hours hold where none are given."""
        self.vendor.itsm_target_hours = 0
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._send()
            mine = ticket.with_user(self.technician)
            job = ticket.sudo().vendor_job_ids
            self.assertEqual((job.target_hours, job.due_at), (5, at(14)))
            self.assertFalse(self._stays(ticket).due_at)
            clock.move_to("2026-03-02 10:00:00")
            mine.action_pend(self.reason_requester.id)
            self.assertFalse(job.due_at)
            clock.move_to("2026-03-02 11:00:00")
            mine.action_resume()
            self.assertEqual(job.due_at, at(15))
            clock.move_to("2026-03-02 16:00:00")
            self.assertTrue(job.is_late)
            self.assertIn(job, job.search([("is_late", "=", True)]))
            hand_back(self._job(ticket), "declined", "No part")
            self.assertEqual((job.worked_hours, job.is_missed), (6, True))
            self.assertEqual(self._stays(ticket).due_at, at(10, day=3))

    def test_told_once(self):
        """The lead of a late level, and the owner of what a vendor has too long."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        self.vendor.itsm_target_hours = 1
        with freeze_time("2026-03-02 08:00:00") as clock:
            slow = self._file().sudo()
            ticket = self._send().sudo()
            stays, jobs = self.env["itsm.level.stay"], self.env["itsm.vendor.job"]
            clock.move_to("2026-03-02 09:00:00")
            jobs._cron_tell_late()
            self.assertFalse(ticket.vendor_job_ids.told_at)
            clock.move_to("2026-03-02 12:30:00")
            for _time in range(2):
                stays._cron_tell_late()
                jobs._cron_tell_late()
                # Who is told late is not warned any more.
                self.assertFalse(slow.activity_search([WARNING_ACTIVITY]))
            kind = "itsm_desk.mail_activity_type_sla_breach"
            for late, user in ((slow, self.lead), (ticket, self.technician)):
                found = late.activity_search([kind])
                self.assertEqual(
                    [(one.user_id, "late" in one.summary) for one in found],
                    [(user, True)],
                )
            # It pauses while the vendor has it.
            self.assertFalse(self._stays(ticket).told_at)

    def test_warned_once(self):
        """The owner, before a level or a vendor is late; it ends with the stay."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file().sudo()
            ticket.with_user(self.technician).action_take()
            unowned = self._file().sudo()
            stay = self._stays(ticket)
            self.assertEqual((stay.warn_percent, stay.warn_at), (75, at(10, 15)))
            clock.move_to("2026-03-02 10:14:00")
            self._run_jobs()
            self.assertFalse(stay.warned_at)
            clock.move_to("2026-03-02 10:15:00")
            for _time in range(2):
                self._run_jobs()
            self.assertEqual((stay.warned_at, stay.told_at), (at(10, 15), False))
            for one, user in ((ticket, self.technician), (unowned, self.lead)):
                warning = one.activity_search([WARNING_ACTIVITY])
                self.assertEqual(warning.user_id, user)
                self.assertIn("soon be late", warning.summary)
                event = one.event_ids.filtered(lambda row: row.kind == "level_warn")
                self.assertRecordValues(
                    event, [{"new_label": self.team.name, "at": at(10, 15)}]
                )
            # Sent away, the level pauses; the vendor is warned of by its own hours.
            mine = ticket.with_user(self.technician)
            self.vendor.itsm_target_hours = 4
            mine.action_send_to_vendor(self.vendor.id, "Look")
            job = ticket.vendor_job_ids
            self.assertEqual((job.due_at, job.warn_at), (at(15, 15), at(14, 15)))
            self.assertFalse(stay.warn_at)
            ticket.activity_search([WARNING_ACTIVITY]).unlink()
            clock.move_to("2026-03-02 14:20:00")
            for _time in range(2):
                self._run_jobs()
            warning = ticket.activity_search([WARNING_ACTIVITY])
            self.assertEqual(warning.user_id, self.technician)
            self.assertIn(self.vendor.name, warning.summary)
            hand_back(self._job(ticket), "declined", "No part")
            self.assertFalse(ticket.activity_search([WARNING_ACTIVITY]))
            # The next level begins anew, and its end takes its warning away.
            mine.action_escalate("l2", "Beyond me", team_id=self.second_team.id)
            ticket.with_user(self.specialist).action_take()
            clock.move_to("2026-03-02 16:00:00")
            self._run_jobs()
            warning = ticket.activity_search([WARNING_ACTIVITY])
            self.assertEqual(warning.user_id, self.specialist)
            self._fill_form(ticket, self.specialist)
            ticket.with_user(self.specialist).action_solve()
            self.assertFalse(ticket.activity_search([WARNING_ACTIVITY]))

    def test_never_warned(self):
        """A policy that names no share warns of nothing."""
        self.env["itsm.sla.policy.line"].search([]).warn_percent = 0
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file().sudo()
            clock.move_to("2026-03-02 10:59:00")
            self._run_jobs()
            self.assertFalse(self._stays(ticket).warned_at)
            clock.move_to("2026-03-02 11:01:00")
            self._run_jobs()
            self.assertTrue(self._stays(ticket).told_at)
            self.assertIn("level_late", ticket.event_ids.mapped("kind"))

    def _run_jobs(self):
        self.env["itsm.level.stay"]._cron_tell_late()
        self.env["itsm.vendor.job"]._cron_tell_late()

    def test_nobody_writes(self):
        ticket = self._file()
        stay = self._stays(ticket)
        for user in (self.technician, self.manager, self.requester):
            mine = stay.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"worked_hours": 0}),
                lambda mine=mine: mine.sudo().write({"target_hours": 99}),
                lambda mine=mine: mine.sudo().unlink(),
                lambda mine=mine: mine.sudo().copy(),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attack()
        with self.assertRaises(AccessError):
            stay.with_user(self.requester).read(["worked_hours"])


@tagged("post_install", "-at_install")
class TestTimeByParty(LevelCommon):
    """Whatever happens to a ticket, its working time is divided without rest."""

    def _get_acts(self, ticket):
        """Return what may be tried; what cannot be done now is refused."""
        job = self._job(ticket)[:1]
        people = (self.technician, self.specialist, self.lead)
        owner = ticket.with_user(ticket.sudo().user_id or self.technician)
        return [
            *(ticket.with_user(user).action_take for user in people),
            owner.action_start,
            lambda: owner.action_pend(self.reason_requester.id),
            lambda: owner.action_pend(self.reason_parts.id),
            owner.action_resume,
            lambda: owner.action_send_to_vendor(self.vendor.id, "Look"),
            lambda: owner.action_take_back("Back"),
            lambda: hand_back(job, "declined", "Not ours"),
            lambda: owner.action_escalate("l2", "Up", team_id=self.second_team.id),
            lambda: owner.action_escalate("l1", "Down", team_id=self.team.id),
            lambda: (
                ticket.sudo()
                .escalation_ids[:1]
                .with_user(self.specialist)
                .action_decline("No")
            ),
            owner.action_solve,
            lambda: ticket.action_refuse_solution("No"),
        ]

    def test_random_histories(self):
        """Twelve tickets of thirty steps each, as core counts working hours."""
        draw = random.Random(11)
        self.vendor.itsm_calendar_id = self.calendar.copy({"name": "Mornings"})
        self.vendor.itsm_calendar_id.attendance_ids.filtered(
            lambda one: one.day_period != "morning"
        ).unlink()
        taken = set()
        for number in range(12):
            start = at(8) + timedelta(days=number, minutes=draw.randrange(900))
            with self.subTest(number=number), freeze_time(start) as clock:
                ticket = self._file()
                now = start
                for _step in range(30):
                    now += timedelta(minutes=draw.choice((5, 40, 190, 900)))
                    clock.move_to(now)
                    if ticket.sudo().user_id:
                        self._fill_if_open(ticket)
                    acts = self._get_acts(ticket)
                    index = draw.randrange(len(acts))
                    try:
                        with self.env.cr.savepoint():
                            acts[index]()
                        taken.add(index)
                    except (UserError, AccessError):
                        continue
                self._assert_divided(ticket, start, now)
        # The draw reaches every kind of step.
        self.assertGreaterEqual(len(taken), 13)

    def _fill_if_open(self, ticket):
        if ticket.state in ("assigned", "in_progress", "pending"):
            self._fill_form(ticket, ticket.sudo().user_id)

    def _assert_divided(self, ticket, start, now):
        found = ticket.sudo()
        end = found.solved_at if found.state == "solved" else now
        parts = found._get_time_by_party()
        hours = {party: time.total_seconds() / 3600 for party, time in parts.items()}
        expected = self.calendar.get_work_hours_count(
            start.replace(tzinfo=pytz.utc), end.replace(tzinfo=pytz.utc)
        )
        self.assertAlmostEqual(sum(hours.values()), expected, places=5)
        self.assertTrue(all(hours.values()))
        known = {("team", self.team.id), ("team", self.second_team.id)}
        known |= {("vendor", self.vendor.id), ("requester", 0), NOBODY}
        self.assertLessEqual(set(hours), known)
        # The clocks of the levels read the same minutes.
        stays = self._stays(ticket)
        for stay in stays.filtered(lambda one: not one.ended_at):
            stay._measure(end)
        for team in self.team | self.second_team:
            worked = sum(
                stays.filtered(lambda one, team=team: one.team_id == team).mapped(
                    "worked_hours"
                )
            )
            self.assertAlmostEqual(worked, hours.get(("team", team.id), 0), places=5)
