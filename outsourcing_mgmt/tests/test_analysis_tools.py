from datetime import date, timedelta

from odoo.tests import TransactionCase, tagged

from ..tools import figures


def _walk(first, last):
    """Yield every day after ``first`` up to ``last``, one by one."""
    while first < last:
        first += timedelta(days=1)
        yield first


@tagged("post_install", "-at_install")
class TestFigures(TransactionCase):
    """Day counts against counting one by one."""

    def test_working_days(self):
        holidays = {date(2026, 5, 1), date(2026, 5, 4)}
        working = [
            day
            for day in _walk(date(2026, 3, 31), date(2026, 6, 30))
            if day.weekday() < 5 and day not in holidays
        ]
        for first, last in (
            (date(2026, 4, 1), date(2026, 4, 1)),
            (date(2026, 4, 3), date(2026, 4, 6)),
            (date(2026, 4, 29), date(2026, 5, 6)),
            (date(2026, 5, 2), date(2026, 5, 3)),
        ):
            with self.subTest(first=first, last=last):
                expected = len([day for day in _walk(first, last) if day in working])
                self.assertEqual(figures.count_days(first, last, working), expected)
        self.assertIsNone(figures.count_days(None, date(2026, 4, 1), working))
        self.assertIsNone(figures.count_days(date(2026, 4, 1), False, working))
        self.assertIsNone(
            figures.count_days(date(2026, 4, 2), date(2026, 4, 1), working)
        )

    def test_months(self):
        self.assertEqual(figures.count_months(date(2026, 1, 1), date(2026, 12, 31)), 12)
        self.assertEqual(figures.count_months(date(2024, 2, 1), date(2024, 2, 29)), 1)
        half = figures.count_months(date(2026, 4, 16), date(2026, 6, 15))
        self.assertAlmostEqual(half, 0.5 + 1 + 0.5)
        self.assertEqual(figures.count_months(date(2026, 4, 2), date(2026, 4, 1)), 0)

    def test_years(self):
        years = figures.split_years(date(2025, 7, 1), date(2027, 3, 31))
        self.assertEqual([year for year, _first, _last in years], [2025, 2026, 2027])
        days = sum((last - first).days + 1 for _year, first, last in years)
        self.assertEqual(days, (date(2027, 3, 31) - date(2025, 7, 1)).days + 1)

    def test_versions(self):
        """What was due before a change stays; the rest follows the new amount."""
        start, end = date(2026, 1, 1), date(2026, 12, 31)
        july, october = date(2026, 7, 1), date(2026, 10, 1)
        march, april = date(2027, 3, 31), date(2027, 4, 1)
        cases = [
            # changes, amount until 30 June, amount until 30 September, whole
            ([], 108000, 162000, 216000),
            ([(july, 18000, None)], 108000, 171000, 234000),
            ([(july, 0, march)], 108000, 144000, 216000),
            ([(october, 30000, None), (july, 18000, None)], 108000, 171000, 264000),
            ([(april, 54000, march)], 108000, 162000, 270000),
            ([(date(2025, 5, 1), 18000, None)], 117000, 175500, 234000),
            ([(july, -126000, date(2026, 9, 30))], 108000, 90000, 90000),
        ]
        for changes, half, later, whole in cases:
            versions = figures.list_versions(start, end, 216000, changes)
            parts = figures.split_versions(versions)
            with self.subTest(changes=changes):
                self.assertEqual(versions[0][0], start)
                for day, amount in (
                    (date(2026, 6, 30), half),
                    (date(2026, 9, 30), later),
                    (versions[-1][2], whole),
                ):
                    self.assertAlmostEqual(figures.sum_until(parts, day), amount)

    def test_month_ends(self):
        self.assertEqual(
            figures.get_month_ends(date(2026, 1, 20), date(2026, 3, 10)),
            [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 10)],
        )

    def test_version(self):
        def row(day, start=None, end=None, departure=None):
            return {"date": day, "start": start, "end": end, "departure": departure}

        first, second = row(date(2026, 1, 10)), row(date(2026, 3, 1))
        self.assertIsNone(figures.get_version([first, second], date(2026, 1, 9)))
        self.assertIs(figures.get_version([first, second], date(2026, 2, 28)), first)
        self.assertIs(figures.get_version([first, second], date(2026, 3, 1)), second)
        hired = row(date(2026, 1, 10), start=date(2025, 6, 1))
        self.assertIs(figures.get_version([hired], date(2025, 6, 1)), hired)
        left = row(date(2026, 1, 10), departure=date(2026, 2, 10))
        self.assertIs(figures.get_version([left], date(2026, 2, 10)), left)
        self.assertIsNone(figures.get_version([left], date(2026, 2, 11)))
