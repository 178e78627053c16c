import random
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import SlaCommon, utc

CASES = 150
"""Random cases for each calendar."""


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 08:00:00")
class TestWorkTimeline(SlaCommon):
    """The timeline says what ``resource.calendar`` says, only faster."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Other Company"})
        cls.env.user.company_ids |= cls.other_company

    def _get_line(self, calendar):
        timeline = self.env["itsm.work.timeline"]._get_current(calendar, self.company)
        return timeline._get_working_time()

    def _assert_equals_core(self, calendar, seed):
        """Compare random deadlines and durations with core's own walk."""
        rng = random.Random(seed)
        line = self._get_line(calendar)
        domain = self.env["itsm.work.timeline"]._get_leave_domain(self.company)
        for _case in range(CASES):
            start = utc("2024-12-01 00:00") + timedelta(
                minutes=rng.randrange(400 * 24 * 60)
            )
            quarters = rng.choice((0, 1, 4, 16, 32, 160, rng.randrange(800)))
            planned = calendar.plan_hours(
                quarters / 4, start, compute_leaves=True, domain=domain
            )
            self.assertEqual(
                line.deadline(start, quarters * 900),
                planned.replace(microsecond=0),
                f"{calendar.name}: {quarters / 4} h from {start}",
            )
            end = start + timedelta(minutes=rng.randrange(60 * 24 * 60))
            hours = calendar.get_work_hours_count(
                start, end, compute_leaves=True, domain=domain
            )
            self.assertEqual(
                line.elapsed(start, end),
                round(hours * 3600),
                f"{calendar.name}: {start} to {end}",
            )

    def _add_holidays(self, calendar, seed):
        """Whole days, half days and odd hours off; the company's and of others."""
        rng = random.Random(seed)
        for _index in range(40):
            start = utc("2024-12-01 00:00") + timedelta(
                minutes=15 * rng.randrange(500 * 96)
            )
            self._create_holiday(
                start,
                start + timedelta(minutes=15 * rng.randrange(1, 200)),
                company=rng.choice((self.company, self.other_company)),
                calendar=rng.choice((None, calendar)),
            )

    # ------------------------------------------------------------
    # Equal to core
    # ------------------------------------------------------------

    def test_office_hours_with_lunch_and_daylight_saving(self):
        calendar = self._create_calendar(
            "Paris", [(8.5, 12), (13.25, 17.75)], range(5), "Europe/Paris"
        )
        self._add_holidays(calendar, 1)
        self._assert_equals_core(calendar, 11)

    def test_office_hours_in_shanghai(self):
        calendar = self._create_calendar(
            "Shanghai", [(9, 12), (13.5, 18)], range(6), "Asia/Shanghai"
        )
        self._add_holidays(calendar, 2)
        self._assert_equals_core(calendar, 12)

    def test_break_line_is_no_work(self):
        calendar = self._create_calendar(
            "Break", [(9, 12), (13, 17)], range(5), "Europe/Paris"
        )
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Lunch",
                    "dayofweek": "0",
                    "hour_from": 12,
                    "hour_to": 13,
                    "day_period": "lunch",
                }
            )
        ]
        self.assertEqual(len(calendar.attendance_ids), 11)
        self._assert_equals_core(calendar, 13)

    def test_around_the_clock(self):
        calendar = self._create_calendar(
            "24x7", [(0, 24)], range(7), "America/New_York"
        )
        self._add_holidays(calendar, 4)
        self._assert_equals_core(calendar, 14)

    def test_evening_shift_over_the_hour_that_daylight_saving_repeats(self):
        calendar = self._create_calendar(
            "Nights", [(0, 6), (18, 24)], range(7), "Europe/Berlin"
        )
        self._assert_equals_core(calendar, 15)

    def test_two_week_calendar(self):
        calendar = self._create_calendar("Two weeks", [], (), "Europe/Paris")
        calendar.write(
            {
                "two_weeks_calendar": True,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "week_type": week,
                            "hour_from": hour_from,
                            "hour_to": hour_to,
                            "day_period": "morning",
                        }
                    )
                    for week, days, hour_from, hour_to in (
                        ("0", (0, 1, 2), 8, 16),
                        ("1", (2, 3, 4), 10, 18),
                    )
                    for day in days
                ],
            }
        )
        self._add_holidays(calendar, 6)
        self._assert_equals_core(calendar, 16)

    def test_make_up_days(self):
        calendar = self._create_calendar(
            "Made up", [(8.5, 12), (13.25, 17.75)], range(5), "Asia/Shanghai"
        )
        rng = random.Random(7)
        first = utc("2024-12-01 00:00").date()
        days = {
            first + timedelta(days=rng.randrange(450)): str(rng.randrange(7))
            for _index in range(60)
        }
        self.env["itsm.makeup.day"].create(
            [
                {"calendar_id": calendar.id, "date": day, "weekday": weekday}
                for day, weekday in days.items()
            ]
        )
        self._add_holidays(calendar, 7)
        self._assert_equals_core(calendar, 17)

    # ------------------------------------------------------------
    # Where core loses a microsecond, and calendars without hours
    # ------------------------------------------------------------

    def test_shifts_that_meet_at_midnight_are_one(self):
        """8 hours of night shift that begin at 21:00 on Monday end with the shift."""
        calendar = self._create_calendar(
            "Nights", [(0, 6), (22, 24)], range(7), "Asia/Shanghai"
        )
        line = self._get_line(calendar)
        start = utc("2025-06-02 13:00")
        self.assertEqual(line.deadline(start, 8 * 3600), utc("2025-06-02 22:00"))
        self.assertEqual(line.deadline(start, 2 * 3600), utc("2025-06-02 16:00"))
        self.assertEqual(line.deadline(start, 16 * 3600), utc("2025-06-03 22:00"))
        core = calendar.plan_hours(8, start, compute_leaves=True)
        self.assertEqual(core.replace(microsecond=0), utc("2025-06-03 14:00"))

    def test_joined_shifts_differ_from_core_only_by_what_it_loses(self):
        calendar = self._create_calendar(
            "Three shifts", [(0, 6), (6, 14), (22, 24)], range(7), "Europe/Berlin"
        )
        rng = random.Random(18)
        line = self._get_line(calendar)
        domain = self.env["itsm.work.timeline"]._get_leave_domain(self.company)
        for _case in range(CASES):
            start = utc("2024-12-01 00:00") + timedelta(
                minutes=rng.randrange(400 * 24 * 60)
            )
            end = start + timedelta(minutes=rng.randrange(60 * 24 * 60))
            hours = calendar.get_work_hours_count(start, end, domain=domain)
            self.assertEqual(line.elapsed(start, end), round(hours * 3600))
            seconds = line.elapsed(start, end)
            due = line.deadline(start, seconds)
            self.assertLessEqual(due, end)
            self.assertEqual(line.elapsed(start, due), seconds)

    def test_a_calendar_without_lines_has_no_deadlines(self):
        empty = self._create_calendar("Empty", [], (), "UTC")
        line = self._get_line(empty)
        start = utc("2025-06-02 09:00")
        self.assertTrue(line.is_empty)
        self.assertIsNone(line.deadline(start, 3600))
        self.assertIsNone(line.deadline(start, 0))
        self.assertEqual(line.elapsed(start, utc("2025-07-02 09:00")), 0)
        self.assertFalse(line.periods(start, utc("2025-07-02 09:00")))

    # ------------------------------------------------------------
    # Holidays of the right company, versions, horizon
    # ------------------------------------------------------------

    def test_holiday_of_another_company_does_not_stop_us(self):
        day = utc("2025-06-03 00:00"), utc("2025-06-03 23:59:59")
        self._create_holiday(*day, company=self.other_company)
        line = self._get_line(self.calendar)
        self.assertEqual(
            line.deadline(utc("2025-06-02 16:00"), 2 * 3600), utc("2025-06-03 10:00")
        )
        self._create_holiday(*day)
        line = self._get_line(self.calendar)
        self.assertEqual(
            line.deadline(utc("2025-06-02 16:00"), 2 * 3600), utc("2025-06-04 10:00")
        )

    def test_each_kind_of_change_ends_the_version(self):
        engine = self.env["itsm.work.timeline"]
        resource = self.env["resource.resource"].create(
            {"name": "Somebody", "calendar_id": self.calendar.id}
        )
        day = {"date_from": "2025-07-01 00:00", "date_to": "2025-07-01 23:00"}
        holiday = self._create_holiday(*map(utc, day.values()))
        hours = self.calendar.attendance_ids[0]
        changes = [
            (True, lambda: self.calendar.write({"tz": "Europe/Paris"})),
            (True, lambda: hours.write({"hour_to": 11})),
            (True, lambda: hours.copy({"hour_from": 18, "hour_to": 19})),
            (True, lambda: hours.unlink()),
            (True, lambda: holiday.write({"date_to": "2025-07-02 23:00"})),
            (True, lambda: holiday.write({"time_type": "other"})),
            (True, lambda: holiday.unlink()),
            (
                True,
                lambda: self._create_holiday(
                    *map(utc, day.values()), calendar=self.calendar
                ),
            ),
            (False, lambda: self.calendar.write({"name": "Other name"})),
            (
                False,
                lambda: self.env["resource.calendar.leaves"].create(
                    {**day, "name": "Own leave", "resource_id": resource.id}
                ),
            ),
            (
                False,
                lambda: self._create_holiday(
                    *map(utc, day.values()), company=self.other_company
                ),
            ),
        ]
        for index, (ends, change) in enumerate(changes):
            before = engine._get_current(self.calendar, self.company)
            change()
            self.env.flush_all()
            self.assertEqual(bool(before.superseded_at), ends, f"change {index}")

    def test_a_version_that_ended_keeps_its_hours(self):
        engine = self.env["itsm.work.timeline"]
        before = engine._get_current(self.calendar, self.company)
        self.calendar.attendance_ids.filtered(lambda a: a.hour_from == 9).unlink()
        after = engine._get_current(self.calendar, self.company)
        day = utc("2025-06-02 00:00"), utc("2025-06-03 00:00")
        self.assertNotEqual(before, after)
        self.assertEqual(before._get_successor(), after)
        self.assertEqual(before._get_working_time().elapsed(*day), 7 * 3600)
        self.assertEqual(after._get_working_time().elapsed(*day), 4 * 3600)

    def test_the_horizon_moves_with_time(self):
        engine = self.env["itsm.work.timeline"]
        timeline = engine._get_current(self.calendar, self.company)
        for year in (2030, 2045, 2015):
            with self.subTest(year=year), freeze_time(f"{year}-03-04 10:00:00"):
                again = engine._get_current(self.calendar, self.company)
                self.assertEqual(again, timeline)
                start = utc(f"{year}-03-04 10:00")
                self.assertEqual(
                    again._get_working_time().deadline(start, 1000 * 3600),
                    self.calendar.plan_hours(1000, start, compute_leaves=True),
                )

    def test_flexible_hours_have_no_timeline(self):
        flexible = self._create_calendar(
            "Flexible", [], (), "UTC", schedule_type="flexible"
        )
        engine = self.env["itsm.work.timeline"]
        self.assertFalse(engine._get_current(flexible, self.company))
