from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.sla.resource_calendar import (
    ATTENDANCE_FIELDS,
    CALENDAR_FIELDS,
    LEAVE_FIELDS,
)
from .common import SlaCommon, utc


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestSlaCalendar(SlaCommon):
    """A change of working hours moves what is ahead, never what is past."""

    def _longer_days(self):
        """From now on the desk also works from 17 to 21."""
        self.calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Evening",
                    "dayofweek": str(day),
                    "hour_from": 17,
                    "hour_to": 21,
                    "day_period": "afternoon",
                }
            )
            for day in range(5)
        ]

    def test_running_clocks_move_to_new_hours(self):
        ticket = self._create_ticket()
        clock = self._clock(ticket)
        old = clock.timeline_id
        with freeze_time("2025-06-02 16:00:00"):
            self._longer_days()
        with freeze_time("2025-06-02 16:05:00"):
            self._run_job()
        self.assertRecordValues(
            clock,
            [
                {
                    "state": "running",
                    "consumed_seconds": 6 * 3600,
                    "resumed_at": utc("2025-06-02 16:00"),
                    "deadline_at": utc("2025-06-03 15:00"),
                }
            ],
        )
        self.assertNotEqual(clock.timeline_id, old)
        event = clock.event_ids.sorted("id")[-1]
        self.assertRecordValues(
            event,
            [
                {
                    "kind": "calendar_change",
                    "at": utc("2025-06-02 16:00"),
                    "worked_seconds": 6 * 3600,
                    "timeline_id": clock.timeline_id.id,
                }
            ],
        )
        with freeze_time("2025-06-02 16:05:00"):
            self._answer(ticket)
        self.assertEqual(ticket.sla_next_deadline, clock.deadline_at)
        self._assert_proven(ticket.clock_ids)

    def test_a_new_holiday_moves_deadlines(self):
        ticket = self._create_ticket()
        self._create_holiday(utc("2025-06-03 00:00"), utc("2025-06-03 23:59:59"))
        self._run_job()
        self.assertEqual(self._clock(ticket).deadline_at, utc("2025-06-05 11:00"))
        self.assertEqual(
            self._clock(ticket, "response").deadline_at, utc("2025-06-02 14:00")
        )

    def test_the_result_does_not_depend_on_the_job(self):
        """A step of the ticket finds the change of hours that nobody worked yet."""
        tickets = self._create_ticket(count=2)
        for ticket in tickets:
            self._assign(ticket)
        with freeze_time("2025-06-02 16:00:00"):
            self._longer_days()
        with freeze_time("2025-06-02 18:00:00"):
            self._step(tickets[0], "solved")
        with freeze_time("2025-06-02 17:00:00"):
            self._run_job()
        with freeze_time("2025-06-02 18:00:00"):
            self._step(tickets[1], "solved")
        clocks = self._clock(tickets[0]) | self._clock(tickets[1])
        self.assertEqual(clocks.mapped("consumed_seconds"), [8 * 3600] * 2)
        self._assert_proven(clocks)

    def test_many_at_once_leave_what_one_by_one_leaves(self):
        """Running, paused, late, warned and cancelled clocks, two changes of hours."""
        tickets = self._create_ticket(count=6)
        reason = self.env.ref("itsm_desk.itsm_pending_reason_requester")
        with freeze_time("2025-06-02 12:00:00"):
            self._step(tickets[1], "assigned")
            self._step(tickets[2], "assigned")
            self._step(tickets[2], "pending", reason)
            tickets[3].with_user(self.lead).action_cancel("Twice")
        with freeze_time("2025-06-04 09:00:00"):
            self._run_job()
            self._create_holiday(utc("2025-06-05 00:00"), utc("2025-06-05 23:59:59"))
            fresh = self._create_ticket(count=2)
        with freeze_time("2025-06-04 13:00:00"):
            self._create_holiday(utc("2025-06-06 00:00"), utc("2025-06-06 23:59:59"))
        tickets |= fresh
        with freeze_time("2025-06-04 14:30:00"):
            for clock in tickets.clock_ids.timeline_id:
                clock._get_successor()
            left = {}
            for way in ("_move_safely", "_process_safely"):
                with self.subTest(way), self.env.cr.savepoint() as savepoint:
                    live = tickets.clock_ids.filtered(
                        lambda clock: not clock.stopped_at
                    )
                    self.assertTrue(all(live.timeline_id.mapped("superseded_at")))
                    getattr(live, way)(utc("2025-06-04 14:30"))
                    self.env.flush_all()
                    left[way] = self._read_rows(tickets)
                    self._assert_proven(tickets.clock_ids)
                    savepoint.rollback()
                    self.env.invalidate_all()
        self.assertEqual(left["_move_safely"], left["_process_safely"])
        kinds = [row["kind"] for row in left["_move_safely"]["itsm_ticket_event"]]
        self.assertGreater(kinds.count("calendar_change"), len(tickets))

    def _read_rows(self, tickets):
        """Return ``{table: rows}`` without ids of entries and stamps."""
        result = {}
        for table, column in (
            ("itsm_ticket", "id"),
            ("itsm_sla_clock", "ticket_id"),
            ("itsm_ticket_event", "ticket_id"),
        ):
            self.env.cr.execute(
                f"SELECT to_jsonb(row) FROM {table} AS row"
                f" WHERE {column} = ANY(%s) ORDER BY clock_id, id"
                if table == "itsm_ticket_event"
                else f"SELECT to_jsonb(row) FROM {table} AS row"
                f" WHERE {column} = ANY(%s) ORDER BY id",
                [tickets.ids],
            )
            unlike = {"write_date", "create_date"}
            if table == "itsm_ticket_event":
                unlike.add("id")
            result[table] = [
                {key: value for key, value in row.items() if key not in unlike}
                for [row] in self.env.cr.fetchall()
            ]
        return result

    def test_a_breach_before_the_change_stays(self):
        """Longer hours later do not move a deadline that has passed."""
        ticket = self._create_ticket(impact="3", urgency="3")
        with freeze_time("2025-06-03 10:00:00"):
            self._create_holiday(utc("2025-06-02 00:00"), utc("2025-06-02 23:59:59"))
            self._run_job()
        self.assertEqual(self._clock(ticket).breached_at, utc("2025-06-02 14:00"))
        self._assert_proven(ticket.clock_ids)

    def test_a_paused_clock_moves_too(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "pending", self.waiting)
        with freeze_time("2025-06-02 16:00:00"):
            self._longer_days()
            self._run_job()
        with freeze_time("2025-06-03 09:00:00"):
            self._step(ticket, "in_progress")
        clock = self._clock(ticket)
        self.assertEqual(clock.consumed_seconds, 0)
        self.assertEqual(clock.paused_seconds, (6 + 5) * 3600)
        self._assert_proven(clock)

    def test_stopped_clocks_are_facts(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "solved")
        clock = self._clock(ticket)
        # Not in the order in which they were added.
        clock.invalidate_recordset(["event_ids"])
        before = clock.read()
        self._longer_days()
        self._run_job()
        self.assertEqual(clock.read(), before)

    def test_reopening_counts_in_the_hours_of_today(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "solved")
        self._longer_days()
        with freeze_time("2025-06-02 16:00:00"):
            self._step(ticket, "in_progress")
        clock = self._clock(ticket)
        self.assertFalse(clock.timeline_id.superseded_at)
        self.assertEqual(clock.deadline_at, utc("2025-06-03 21:00"))
        self._assert_proven(clock)

    # ------------------------------------------------------------
    # Hours without lines
    # ------------------------------------------------------------

    def test_filing_in_hours_without_lines(self):
        """A ticket without deadlines, which says why, until there are hours."""
        self.calendar.attendance_ids.unlink()
        ticket = self._create_ticket()
        self.assertEqual(len(ticket.clock_ids), 2)
        self.assertFalse(ticket.sla_next_deadline)
        self.assertIn("Desk hours", ticket.with_user(self.technician).sla_warning)
        self.assertTrue(self.team.lacks_hours)
        with freeze_time("2025-06-03 09:00:00"):
            self._longer_days()
            self._run_job()
        self.assertFalse(self.team.lacks_hours)
        self.assertFalse(ticket.sla_warning)
        self.assertEqual(self._clock(ticket).consumed_seconds, 0)
        self.assertEqual(
            self._clock(ticket, "response").deadline_at, utc("2025-06-03 21:00")
        )
        self._assert_proven(ticket.clock_ids)

    def test_hours_of_no_day(self):
        """An import may bring 30:00; core then reads nothing of the calendar."""
        line = self.calendar.attendance_ids[0]
        for values in (
            {"hour_to": 30},
            {"hour_from": -3},
            {"hour_from": 23.9999, "hour_to": 24},
        ):
            with self.assertRaises(ValidationError):
                line.write(values)
        # What was stored before stops no filing.
        timelines = self.env["itsm.work.timeline"]
        timelines._supersede([("calendar_id", "=", self.calendar.id)])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE resource_calendar_attendance SET hour_to = 30 WHERE id = %s",
            line.ids,
        )
        self.env.invalidate_all()
        with mute_logger("odoo.addons.itsm_desk.models.sla.itsm_work_timeline"):
            ticket = self._create_ticket()
        self.assertEqual(len(ticket.clock_ids), 2)
        self.assertFalse(ticket.sla_next_deadline)
        self.assertIn("Desk hours", ticket.with_user(self.technician).sla_warning)

    def test_a_live_team_whose_calendar_is_emptied(self):
        """Nothing fails: what was counted stays, and nothing more becomes due."""
        ticket, solved = self._create_ticket(count=2)
        for one in (ticket, solved):
            self._assign(one)
        with freeze_time("2025-06-02 10:00:00"):
            self.calendar.attendance_ids.unlink()
        with freeze_time("2025-06-02 11:00:00"):
            self._step(solved, "solved")
            self._step(ticket, "pending", self.waiting)
            self._step(ticket, "in_progress")
        with freeze_time("2025-07-02 11:00:00"):
            self._run_job()
        clocks = ticket.clock_ids | solved.clock_ids
        self.assertEqual(set(clocks.mapped("consumed_seconds")), {3600})
        self.assertEqual(set(ticket.clock_ids.mapped("state")), {"running"})
        self.assertEqual(set(solved.clock_ids.mapped("state")), {"met"})
        self.assertFalse(any(clocks.mapped("next_event_at")))
        self.assertTrue(ticket.sla_warning)
        self.assertFalse(solved.sla_warning)
        self.assertTrue(solved.sign_off_deadline)
        self._assert_proven(clocks)

    def test_what_the_hours_are_read_from_ends_a_version(self):
        """The lists of fields are compared with what is really read."""
        self._create_holiday("2025-06-03 00:00:00", "2025-06-03 23:59:59")
        models = {
            "resource.calendar": CALENDAR_FIELDS,
            "resource.calendar.attendance": ATTENDANCE_FIELDS,
            "resource.calendar.leaves": LEAVE_FIELDS,
        }
        with self._reading(*models) as read:
            self.env["itsm.work.timeline"]._get_slots(
                self.calendar, self.company, utc("2025-06-01"), utc("2025-07-01")
            )
        for model, names in models.items():
            self.assertLessEqual(read[model] - {"id"}, names, model)
