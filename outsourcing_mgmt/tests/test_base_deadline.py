from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import BaseCase, tagged

from ..tools import deadline, shares


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

    def test_next_period(self):
        cases = [
            # start, end, first and last day of the next period
            ("2026-01-01", "2026-12-31", "2027-01-01", "2027-12-31"),
            ("2026-11-16", "2027-05-15", "2027-05-16", "2027-11-15"),
            ("2024-02-29", "2025-02-28", "2025-03-01", "2026-02-28"),
            ("2025-03-01", "2026-02-28", "2026-03-01", "2027-02-28"),
            ("2024-01-31", "2024-02-29", "2024-03-01", "2024-03-31"),
            ("2027-03-01", "2028-02-29", "2028-03-01", "2029-02-28"),
            ("2026-01-01", "2026-01-10", "2026-01-11", "2026-01-20"),
            # Thirty days, the third time, too; not a month and two days.
            ("2025-02-14", "2025-03-15", "2025-03-16", "2025-04-14"),
            ("2025-02-01", "2025-03-15", "2025-03-16", "2025-04-27"),
        ]
        for texts in cases:
            start, end, first, last = map(date.fromisoformat, texts)
            with self.subTest(start=start, end=end):
                self.assertEqual(deadline.get_next_period(start, end), (first, last))

    def test_next_periods_keep_the_day_of_the_first(self):
        """A short month cuts the day for once, the next period has it again."""
        cases = [
            # start, day of the first period, following starts
            ("2024-08-31", "2025-02-27", 31, ["2025-02-28", "2025-08-31"]),
            (
                "2025-01-30",
                "2025-02-27",
                30,
                ["2025-02-28", "2025-03-30", "2025-04-30"],
            ),
            ("2024-02-29", "2025-02-28", 29, ["2025-03-01", "2026-03-01"]),
            ("2026-05-04", "2026-06-03", 31, ["2026-06-04", "2026-07-04"]),
        ]
        for start, end, day, starts in cases:
            period = date.fromisoformat(start), date.fromisoformat(end)
            for expected in starts:
                period = deadline.get_next_period(*period, day)
                with self.subTest(start=start, expected=expected):
                    self.assertEqual(period[0].isoformat(), expected)

    def test_next_periods_do_not_drift(self):
        """From every day of four years: whole months by the day, others by days."""
        day = date(2024, 1, 1)
        while day < date(2028, 1, 1):
            for months in (1, 3, 12, 24, 48):
                end = day + relativedelta(months=months, days=-1)
                period = day, end
                for number in range(1, 4):
                    before, period = period, deadline.get_next_period(*period, day.day)
                    self.assertEqual(period[0], before[1] + timedelta(days=1))
                    # 29 February and 1 March begin the same year.
                    expected = day + relativedelta(months=number * months)
                    self.assertLessEqual(abs((period[0] - expected).days), 1, day)
            for days in (10, 30, 45):
                period = day, day + timedelta(days=days - 1)
                if deadline._count_whole_months(*period, day.day):
                    continue
                for _number in range(3):
                    period = deadline.get_next_period(*period)
                    if deadline._count_whole_months(*period, period[0].day):
                        break
                    self.assertEqual((period[1] - period[0]).days + 1, days, day)
            day += timedelta(days=1)

    def test_anniversary(self):
        cases = [
            ("2024-02-29", 1, "2025-03-01"),
            ("2024-02-29", 4, "2028-02-29"),
            ("2026-11-15", 0, "2026-11-15"),
            ("2026-11-15", 2, "2028-11-15"),
        ]
        for text, years, expected in cases:
            with self.subTest(day=text, years=years):
                self.assertEqual(
                    deadline.get_anniversary(date.fromisoformat(text), years),
                    date.fromisoformat(expected),
                )

    def test_move_day(self):
        cases = [
            # due, the period before began, the next begins, due in that one
            ("2026-03-31", "2026-01-01", "2027-01-01", "2027-03-31"),
            ("2026-02-28", "2026-01-01", "2028-01-01", "2028-02-29"),
            ("2026-01-31", "2026-01-01", "2026-02-01", "2026-02-28"),
            ("2026-01-15", "2026-01-01", "2026-02-01", "2026-02-15"),
            ("2027-01-10", "2026-01-01", "2027-01-01", "2028-01-10"),
            ("2026-01-20", "2026-01-05", "2026-01-19", "2026-02-03"),
        ]
        for day, start, first, expected in cases:
            with self.subTest(day=day, first=first):
                moved = deadline.move_day(*map(date.fromisoformat, (day, start, first)))
                self.assertEqual(moved, date.fromisoformat(expected))


@tagged("standard", "at_install")
class TestShares(BaseCase):
    """Parts that sum to the whole."""

    def test_split(self):
        cases = [
            # total, weights, step, parts
            (1.0, [33.33, 33.33, 33.34], 0.01, [0.33, 0.33, 0.34]),
            (1.0, [1, 1, 1], 0.01, [0.34, 0.33, 0.33]),
            (1000.01, [0.33, 0.33, 0.34], 0.01, [330.0, 330.0, 340.01]),
            (7.0, [50, 50], 1.0, [4.0, 3.0]),
            (0.0, [50, 50], 0.01, [0.0, 0.0]),
            (5.0, [], 0.01, []),
            (5.0, [0], 0.01, [0.0]),
        ]
        for total, weights, step, parts in cases:
            with self.subTest(total=total, weights=weights):
                self.assertEqual(shares.split(total, weights, step), parts)

    def test_add_up(self):
        def to_cents(amount):
            return round(amount, 2)

        amounts = [0.6 * 1000.64] * 3
        self.assertEqual(shares.add_up(amounts, to_cents, False), 1801.14)
        self.assertEqual(shares.add_up(amounts, to_cents, True), 1801.15)
