from datetime import date, timedelta

import pytz

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import SlaCommon, utc

SATURDAY = date(2025, 6, 7)


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestSlaMakeupDay(SlaCommon):
    """2025-06-07 is a Saturday, worked like a Friday, 9 to 12 and 13 to 17."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id = cls.calendar

    def _make_up(self, calendar=None, day=SATURDAY, weekday="4"):
        return self.env["itsm.makeup.day"].create(
            {
                "calendar_id": (calendar or self.calendar).id,
                "date": day,
                "weekday": weekday,
                "name": "Dragon Boat Festival",
            }
        )

    def _get_intervals(self, calendar, start, end, **kw):
        return [
            (begin.replace(tzinfo=None), stop.replace(tzinfo=None), line)
            for begin, stop, line in calendar._attendance_intervals_batch(
                utc(start).replace(tzinfo=pytz.utc),
                utc(end).replace(tzinfo=pytz.utc),
                **kw,
            )[False]
        ]

    # ------------------------------------------------------------
    # What a calendar answers
    # ------------------------------------------------------------

    def test_the_lines_of_the_borrowed_weekday_are_yielded(self):
        self._make_up()
        friday, saturday = (
            self._get_intervals(self.calendar, f"{day} 00:00", f"{day} 23:00")
            for day in ("2025-06-06", "2025-06-07")
        )
        day = timedelta(days=1)
        self.assertEqual(
            [(begin + day, stop + day, line) for begin, stop, line in friday], saturday
        )
        self.assertEqual(len(saturday), 2)
        self.assertFalse(
            self._get_intervals(self.calendar, "2025-06-14 00:00", "2025-06-14 23:00")
        )

    def test_part_of_the_day_and_a_domain(self):
        self._make_up()
        part = self._get_intervals(
            self.calendar,
            "2025-06-07 10:00",
            "2025-06-07 14:30",
            domain=[("hour_from", "<", 12)],
        )
        self.assertEqual(
            [row[:2] for row in part],
            [(utc("2025-06-07 10:00"), utc("2025-06-07 12:00"))],
        )

    def test_the_break_is_borrowed_too(self):
        self.calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Lunch",
                    "dayofweek": "4",
                    "hour_from": 12,
                    "hour_to": 13,
                    "day_period": "lunch",
                }
            )
        ]
        self._make_up()
        span = "2025-06-07 00:00", "2025-06-07 23:00"
        breaks = self._get_intervals(self.calendar, *span, lunch=True)
        self.assertEqual(
            [row[:2] for row in breaks],
            [(utc("2025-06-07 12:00"), utc("2025-06-07 13:00"))],
        )
        self.assertEqual(len(self._get_intervals(self.calendar, *span)), 2)

    def test_the_day_is_that_of_the_time_zone(self):
        calendar = self._create_calendar(
            "Shanghai", [(8, 12), (20, 24)], range(5), "Asia/Shanghai"
        )
        self._make_up(calendar)
        hours = calendar.get_work_hours_count(
            utc("2025-06-07 00:00"), utc("2025-06-07 16:00")
        )
        self.assertAlmostEqual(hours, 8, 5)
        self.assertEqual(
            calendar.plan_hours(1, utc("2025-06-06 16:30"), compute_leaves=True),
            utc("2025-06-07 01:00"),
        )
        resource = self.env["resource.resource"].create(
            {"name": "In Paris", "tz": "Europe/Paris", "calendar_id": calendar.id}
        )
        [(begin, _stop, _line), *_rest] = calendar._attendance_intervals_batch(
            utc("2025-06-07 00:00").replace(tzinfo=pytz.utc),
            utc("2025-06-08 00:00").replace(tzinfo=pytz.utc),
            resources=resource,
        )[resource.id]
        self.assertEqual(
            begin.astimezone(pytz.utc).replace(tzinfo=None), utc("2025-06-07 06:00")
        )

    def test_hours_of_the_day_itself_are_replaced(self):
        """Half Saturdays: the make-up day is a whole one, nothing is counted twice."""
        calendar = self._create_calendar("Half", [(9, 12)], range(6), "UTC")
        calendar.attendance_ids.filtered(
            lambda line: line.dayofweek == "4"
        ).hour_to = 17
        self._make_up(calendar)
        span = utc("2025-06-07 00:00"), utc("2025-06-08 00:00")
        self.assertEqual(calendar.get_work_hours_count(*span), 8)

    def test_nights_belong_to_the_day_they_begin_on(self):
        """Monday to Friday from 22:00 to 6:00: Friday's night stays whole, and so is
        the one of the make-up day."""
        calendar = self._create_calendar("Nights", [(22, 24)], range(5), "UTC")
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Night",
                    "dayofweek": str(number),
                    "day_period": "morning",
                    "hour_from": 0,
                    "hour_to": 6,
                }
            )
            for number in range(1, 6)
        ]
        week = utc("2025-06-02 00:00"), utc("2025-06-09 00:00")
        self.assertAlmostEqual(calendar.get_work_hours_count(*week), 40, 3)
        self._make_up(calendar, weekday="0")
        self.assertAlmostEqual(calendar.get_work_hours_count(*week), 48, 3)
        self.assertAlmostEqual(
            calendar.get_work_hours_count(
                utc("2025-06-08 00:00"), utc("2025-06-08 12:00")
            ),
            6,
            3,
        )
        for start, due in (
            ("2025-06-06 22:00", "2025-06-07 05:30"),
            ("2025-06-07 22:00", "2025-06-08 05:30"),
        ):
            done = calendar.plan_hours(7.5, utc(start), compute_leaves=True)
            self.assertLess(abs(done - utc(due)), timedelta(seconds=1))

    def test_days_worked_around_the_clock(self):
        """A whole day is no end of a night, in one line or in three shifts."""
        for lines in ([(0, 24)], [(0, 8), (8, 16), (16, 24)]):
            for weekday in ("0", "1", "4"):
                calendar = self._create_calendar("Whole", lines, range(5), "UTC")
                self._make_up(calendar, weekday=weekday)
                days = [
                    round(
                        calendar.get_work_hours_count(
                            utc(f"2025-06-0{day} 00:00"),
                            utc(f"2025-06-0{day + 1} 00:00"),
                        )
                    )
                    for day in (6, 7, 8)
                ]
                with self.subTest(lines=lines, weekday=weekday):
                    self.assertEqual(days, [24, 24, 0])

    def test_two_weeks(self):
        """The hours are those of the weekday in the week of the day."""
        calendar = self._create_calendar("Two weeks", [], (), "UTC")
        calendar.write(
            {
                "two_weeks_calendar": True,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": "4",
                            "week_type": week,
                            "hour_from": hour,
                            "hour_to": hour + 4,
                            "day_period": "morning",
                        }
                    )
                    for week, hour in (("0", 8), ("1", 14))
                ],
            }
        )
        for day in (SATURDAY, SATURDAY + timedelta(days=7)):
            self._make_up(calendar, day)
            friday = day - timedelta(days=1)
            spans = [
                self._get_intervals(calendar, f"{one} 00:00", f"{one} 23:00")
                for one in (friday, day)
            ]
            self.assertEqual([row[2] for row in spans[0]], [row[2] for row in spans[1]])
            self.assertEqual(len(spans[1]), 1)

    def test_flexible_hours_have_no_weekday_to_borrow(self):
        self._make_up()
        flexible = self._create_calendar(
            "Flexible", [], (), "UTC", schedule_type="flexible"
        )
        with self.assertRaisesRegex(ValidationError, "Flexible"):
            self._make_up(flexible)
        self.calendar = self._create_calendar("Later flexible", [(9, 12)], [4], "UTC")
        span = "2025-06-07 00:00", "2025-06-07 23:00"
        self._make_up()
        self.calendar.schedule_type = "flexible"
        before = [row[:2] for row in self._get_intervals(self.calendar, *span)]
        self.calendar.itsm_makeup_day_ids.unlink()
        after = [row[:2] for row in self._get_intervals(self.calendar, *span)]
        self.assertEqual(before, after)

    def test_the_other_answers_of_a_calendar(self):
        self._make_up()
        start = utc("2025-06-06 16:00")
        self.assertEqual(
            self.calendar.plan_hours(2, start, compute_leaves=True),
            utc("2025-06-07 10:00"),
        )
        self.assertEqual(
            self.calendar.plan_days(2, start, compute_leaves=True),
            utc("2025-06-07 12:00"),
        )
        unusual = self.calendar._get_unusual_days(
            utc("2025-06-06 00:00"), utc("2025-06-08 23:00"), self.company
        )
        self.assertEqual(
            unusual, {"2025-06-06": False, "2025-06-07": False, "2025-06-08": True}
        )
        self.assertTrue(self.calendar._works_on_date(SATURDAY))
        self.assertFalse(self.calendar._works_on_date(SATURDAY + timedelta(days=1)))
        self.calendar.attendance_ids.filtered(
            lambda line: line.dayofweek == "4"
        ).sorted("hour_from")[0].hour_from = 7
        self.assertEqual(self.calendar._get_hours_for_date(SATURDAY), (7, 17))

    def test_a_leave_over_the_day_counts_it(self):
        self._make_up()
        employee = self.env["hr.employee"].create(
            {
                "name": "On leave",
                "company_id": self.company.id,
                "resource_calendar_id": self.calendar.id,
                "tz": "UTC",
            }
        )
        span = utc("2025-06-06 00:00"), utc("2025-06-08 23:00")
        data = employee._get_work_days_data_batch(*span)[employee.id]
        self.assertEqual((data["days"], data["hours"]), (2, 14))
        if "hr.leave" not in self.env:
            return
        leave = self.env["hr.leave"].create(
            {
                "employee_id": employee.id,
                "holiday_status_id": self.env["hr.leave.type"]
                .create({"name": "Unpaid", "requires_allocation": False})
                .id,
                "request_date_from": date(2025, 6, 6),
                "request_date_to": date(2025, 6, 8),
            }
        )
        self.assertEqual(leave.number_of_days, 2)

    # ------------------------------------------------------------
    # Clocks, deadlines, days
    # ------------------------------------------------------------

    def test_clocks_work_on_it(self):
        """Also those that run already, from the moment on that the day is entered."""
        with freeze_time("2025-06-06 16:00:00"):
            ticket = self._create_ticket()
        clock = self._clock(ticket, "response")
        self.assertEqual(clock.deadline_at, utc("2025-06-09 12:00"))
        with freeze_time("2025-06-06 17:00:00"):
            makeup_day = self._make_up()
            self._run_job()
        self.assertEqual(clock.deadline_at, utc("2025-06-07 12:00"))
        with freeze_time("2025-06-07 11:00:00"):
            makeup_day.unlink()
            self._run_job()
        self.assertEqual(clock.consumed_seconds, 3 * 3600)
        self.assertEqual(clock.deadline_at, utc("2025-06-09 10:00"))
        self._assert_proven(clock)

    def test_the_requester_has_it_to_sign_off(self):
        self.company.itsm_sign_off_days = 1
        ticket = self._create_ticket()
        with freeze_time("2025-06-06 10:00:00"):
            self._make_up()
            self._assign(ticket)
            self._step(ticket, "solved")
        self.assertEqual(ticket.sign_off_deadline, utc("2025-06-07 23:59:59"))

    # ------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------

    def test_who_keeps_the_hours_keeps_the_days(self):
        day = self._make_up()
        hr = new_test_user(
            self.env,
            "makeup_hr",
            "hr.group_hr_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        for user in (self.technician, self.manager, self.requester):
            mine = day.with_user(user)
            self.assertEqual(mine.weekday, "4")
            for act in (
                lambda mine=mine: mine.write({"weekday": "3"}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.create(
                    {
                        "calendar_id": self.calendar.id,
                        "date": date(2025, 6, 8),
                        "weekday": "0",
                    }
                ),
                lambda user=user: self._import(user, 2026),
            ):
                with self.assertRaises(AccessError):
                    act()
        day.with_user(hr).weekday = "3"
        self.assertEqual(self.calendar._itsm_get_makeup_days(), {SATURDAY: 3})

    # ------------------------------------------------------------
    # Import
    # ------------------------------------------------------------

    def _import(self, user, year):
        wizard = Form(self.env["itsm.makeup.import"].with_user(user))
        wizard.year = year
        return wizard

    def test_import_of_a_year(self):
        hr = new_test_user(
            self.env,
            "makeup_hr",
            "hr.group_hr_user",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.company.itsm_tz = "Asia/Shanghai"
        if "outsourcing_tz" in self.company:
            # With the other modules, the days of the desk are those of the company.
            self.company.outsourcing_tz = "Asia/Shanghai"
        self._create_holiday(utc("2026-04-30 16:00"), utc("2026-05-05 15:59:59"))
        wizard = self._import(hr, 2026).save()
        worked = wizard.line_ids.filtered(lambda line: line.kind == "worked")
        self.assertEqual(
            [(str(line.date_from), line.weekday) for line in worked],
            [
                ("2026-01-04", "4"),
                ("2026-02-14", "4"),
                ("2026-02-28", "0"),
                ("2026-05-09", "1"),
                ("2026-09-20", "1"),
                ("2026-10-10", "2"),
            ],
        )
        there = wizard.line_ids.filtered("is_there")
        self.assertEqual(there.mapped("name"), ["Labour Day"])
        self.assertFalse(there.is_chosen)
        worked[0].is_chosen = False
        wizard.action_import()
        self.assertEqual(len(self.calendar.itsm_makeup_day_ids), 5)
        off = self.env["resource.calendar.leaves"].search(
            [("company_id", "=", self.company.id), ("resource_id", "=", False)]
        )
        self.assertEqual(len(off), 7)
        spring = off.filtered(lambda leave: leave.name == "Spring Festival")
        self.assertRecordValues(
            spring,
            [
                {
                    "date_from": utc("2026-02-14 16:00"),
                    "date_to": utc("2026-02-23 15:59:59"),
                    "calendar_id": False,
                }
            ],
        )
        again = self._import(hr, 2026).save()
        chosen = again.line_ids.filtered("is_chosen")
        self.assertEqual(chosen.mapped("name"), ["New Year's Day"])

    def test_a_year_that_nobody_announced(self):
        wizard = self.env["itsm.makeup.import"].create({"year": 2026})
        with self.assertRaisesRegex(UserError, "chinesecalendar"):
            wizard.year = 2999
            wizard.line_ids.mapped("name")
