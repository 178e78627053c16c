import random
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import SlaCommon

ZONES = ("Asia/Shanghai", "Europe/Paris", "America/New_York", "Australia/Lord_Howe")
FIRST = date(2025, 3, 1)
DAYS = 60
"""Over the change of clocks in Paris, New York and on Lord Howe Island."""
STORIES = 16
MOMENTS = 60
UTC = ZoneInfo("UTC")


class Story:
    """A random calendar, and what is worked in it, minute by minute.

    Nothing here asks Odoo: hours, weeks, make-up days, time off and clocks are
    counted from what was drawn.
    """

    def __init__(self, seed):
        rng = random.Random(seed)
        self.zone = ZONES[seed % len(ZONES)]
        self.is_two_weeks = seed % 2 == 1
        self.has_nights = seed % 3 == 2
        weeks = ("0", "1") if self.is_two_weeks else (False,)
        self.lines = []
        for week in weeks:
            for day in rng.sample(range(7), rng.randrange(3, 7)):
                begin, end = rng.choice((8, 8.5, 9)), rng.choice((16, 17.25, 18))
                self.lines += [
                    (week, day, begin, 12, "morning"),
                    (week, day, 12, 13, "lunch"),
                    (week, day, 13, end, "afternoon"),
                ]
        if self.has_nights:
            for week in weeks:
                for day in range(7):
                    self.lines += [
                        (week, day, 22, 24, "afternoon"),
                        (week, day, 0, 6, "morning"),
                    ]
        days = [FIRST + timedelta(days=number) for number in range(3, DAYS - 3)]
        self.makeup = {day: rng.randrange(7) for day in rng.sample(days, 9)}
        self.leaves = []
        for day in (*rng.sample(days, 4), *rng.sample(sorted(self.makeup), 2)):
            begin = datetime.combine(day, datetime.min.time())
            begin += timedelta(minutes=rng.randrange(24 * 60))
            length = rng.choice((60, 240, 24 * 60, 3 * 24 * 60))
            self.leaves.append((begin, begin + timedelta(minutes=length)))
        self.rng = rng

    def _week(self, day):
        return str((day.toordinal() - 1) // 7 % 2) if self.is_two_weeks else False

    def _find(self, weekday, day):
        return [
            (begin, end)
            for week, known, begin, end, period in self.lines
            if known == weekday and week == self._week(day) and period != "lunch"
        ]

    def _get_shifts(self, day):
        """Return the shifts that begin on a day, as (day, hour, day, hour)."""
        weekday = self.makeup.get(day, day.weekday())
        shifts = [
            (day, begin, day, end)
            for begin, end in self._find(weekday, day)
            if not (self.has_nights and begin == 0)
        ]
        if self.has_nights:
            after = day + timedelta(days=1)
            shifts.append((after, 0, after, 6))
        return shifts

    def _to_minute(self, day, hour):
        hours, minutes = divmod(round(hour * 60), 60)
        extra, hours = divmod(hours, 24)
        local = datetime(day.year, day.month, day.day, hours, minutes)
        local += timedelta(days=extra)
        moment = local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)
        return self._index(moment.replace(tzinfo=None))

    def _index(self, moment):
        start = datetime.combine(FIRST, datetime.min.time())
        return int((moment - start).total_seconds() // 60)

    def count(self):
        """Return how many minutes are worked from the first to each (list)."""
        worked = bytearray((DAYS + 2) * 24 * 60)
        for number in range(-2, DAYS + 2):
            day = FIRST + timedelta(days=number)
            for first, begin, last, end in self._get_shifts(day):
                low = max(self._to_minute(first, begin), 0)
                high = min(max(self._to_minute(last, end), 0), len(worked))
                worked[low:high] = b"\1" * max(high - low, 0)
        for begin, end in self.leaves:
            low, high = self._index(begin), min(self._index(end), len(worked))
            worked[low:high] = bytes(max(high - low, 0))
        return [0, *accumulate(worked)]


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 08:00:00")
class TestSlaMakeupProperty(SlaCommon):
    """Make-up days in random calendars, against a count of minutes of their own."""

    def _create(self, story, seed):
        calendar = self._create_calendar(f"Story {seed}", [], (), story.zone)
        calendar.write(
            {
                "two_weeks_calendar": story.is_two_weeks,
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Work",
                                "week_type": week,
                                "dayofweek": str(day),
                                "hour_from": begin,
                                "hour_to": end,
                                "day_period": period,
                            }
                        )
                        for week, day, begin, end, period in story.lines
                    ),
                ],
            }
        )
        self.env["itsm.makeup.day"].create(
            [
                {"calendar_id": calendar.id, "date": day, "weekday": str(weekday)}
                for day, weekday in story.makeup.items()
            ]
        )
        for begin, end in story.leaves:
            self._create_holiday(begin, end, calendar=calendar)
        return calendar

    def test_equals_a_count_of_minutes(self):
        start = datetime.combine(FIRST, datetime.min.time())
        for seed in range(STORIES):
            story = Story(seed)
            calendar = self._create(story, seed)
            timeline = self.env["itsm.work.timeline"]
            line = timeline._get_current(calendar, self.company)._get_working_time()
            sums = story.count()
            for _case in range(MOMENTS):
                low, high = sorted(
                    story.rng.randrange(2 * 24 * 60, DAYS * 24 * 60) for _end in "ab"
                )
                begin = start + timedelta(minutes=low)
                worked = sums[high] - sums[low]
                with self.subTest(seed=seed, begin=begin, high=high):
                    self.assertEqual(
                        line.elapsed(begin, start + timedelta(minutes=high)),
                        worked * 60,
                    )
                    if worked:
                        # The first minute after which the work is done.
                        due = next(
                            at for at in range(low, high + 1) if sums[at] >= sums[high]
                        )
                        self.assertEqual(
                            line.deadline(begin, worked * 60),
                            start + timedelta(minutes=due),
                        )
