from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools import deadline


@tagged("standard", "at_install")
class TestDeadline(BaseCase):
    """Day counts, by plain dates."""

    def test_calendar_days(self):
        cases = [
            # start, days, last day in time
            (date(2026, 3, 10), 3, date(2026, 3, 13)),
            (date(2026, 1, 30), 3, date(2026, 2, 2)),  # month end
            (date(2026, 12, 30), 3, date(2027, 1, 2)),  # year end
            (date(2028, 2, 27), 3, date(2028, 3, 1)),  # leap year
            (date(2026, 2, 26), 3, date(2026, 3, 1)),
            (date(2026, 3, 10), 0, date(2026, 3, 10)),
        ]
        for start, days, expected in cases:
            with self.subTest(start=start, days=days):
                self.assertEqual(deadline.add_days(start, days), expected)

    def test_working_days(self):
        holidays = {date(2026, 10, day) for day in range(1, 9)}

        def is_working(day):
            return day.weekday() < 5 and day not in holidays

        cases = [
            (date(2026, 3, 9), 3, date(2026, 3, 12)),  # Monday
            (date(2026, 3, 12), 3, date(2026, 3, 17)),  # over a weekend
            (date(2026, 3, 14), 1, date(2026, 3, 16)),  # signed on Saturday
            (date(2026, 9, 29), 3, date(2026, 10, 12)),  # over a long holiday
            (date(2026, 9, 29), 0, date(2026, 9, 29)),
        ]
        for start, days, expected in cases:
            with self.subTest(start=start, days=days):
                self.assertEqual(deadline.add_days(start, days, is_working), expected)

    def test_no_working_day(self):
        with self.assertRaises(ValueError):
            deadline.add_days(date(2026, 3, 9), 1, lambda day: False)

    def test_days_late(self):
        due = date(2026, 3, 13)
        cases = [
            (None, None, date(2026, 3, 20), 0),
            (due, None, due, 0),
            (due, None, date(2026, 3, 14), 1),
            (due, due, date(2026, 3, 20), 0),
            (due, date(2026, 3, 15), date(2026, 3, 20), 2),
        ]
        for limit, done, today, expected in cases:
            with self.subTest(limit=limit, done=done, today=today):
                self.assertEqual(deadline.days_late(limit, done, today), expected)
