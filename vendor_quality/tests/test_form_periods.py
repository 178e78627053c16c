from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import periods, rounds

PROFILE = settings(max_examples=200, deadline=None, derandomize=True)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
kinds = st.sampled_from(sorted(periods.MONTHS))
zones = st.sampled_from(
    ["UTC", "Asia/Shanghai", "Europe/Brussels", "America/New_York", "Pacific/Apia"]
)


class TestPeriods(BaseCase):
    def test_month_ends(self):
        self.assertEqual(
            periods.get_period(date(2024, 2, 10)),
            (date(2024, 2, 1), date(2024, 2, 29)),
        )
        self.assertEqual(
            periods.get_period(date(2025, 12, 31), "quarter"),
            (date(2025, 10, 1), date(2025, 12, 31)),
        )
        self.assertEqual(
            periods.get_previous_period(date(2025, 1, 15)),
            (date(2024, 12, 1), date(2024, 12, 31)),
        )

    def test_contract_in_the_middle_of_months(self):
        self.assertEqual(
            list(periods.iterate_periods(date(2025, 1, 15), date(2025, 3, 10))),
            [
                (date(2025, 1, 15), date(2025, 1, 31)),
                (date(2025, 2, 1), date(2025, 2, 28)),
                (date(2025, 3, 1), date(2025, 3, 10)),
            ],
        )

    def test_day_begins_at_local_midnight(self):
        self.assertEqual(
            periods.to_utc_range(date(2025, 3, 1), date(2025, 3, 31), "Asia/Shanghai"),
            (datetime(2025, 2, 28, 16), datetime(2025, 3, 31, 16)),
        )
        # The clocks change on 30 March: the day after begins an hour earlier.
        self.assertEqual(
            periods.to_utc_range(
                date(2025, 3, 1), date(2025, 3, 31), "Europe/Brussels"
            ),
            (datetime(2025, 2, 28, 23), datetime(2025, 3, 31, 22)),
        )

    @PROFILE
    @given(days, st.integers(0, 1500), kinds)
    def test_neither_overlap_nor_gap(self, start, length, kind):
        end = start + timedelta(days=length)
        spans = list(periods.iterate_periods(start, end, kind))
        self.assertEqual((spans[0][0], spans[-1][1]), (start, end))
        for (_first, left), (right, _last) in zip(spans, spans[1:], strict=False):
            self.assertEqual(right - left, timedelta(days=1))

    @PROFILE
    @given(days, kinds)
    def test_previous_period_ends_the_day_before(self, day, kind):
        start, end = periods.get_period(day, kind)
        self.assertTrue(start <= day <= end)
        self.assertEqual(
            periods.get_previous_period(day, kind)[1] + timedelta(days=1), start
        )

    @PROFILE
    @given(days, kinds, zones)
    def test_moments_belong_to_one_period(self, day, kind, zone):
        """Periods meet in time as they meet in days, whatever the zone does."""
        start, end = periods.get_period(day, kind)
        after = periods.get_period(end + timedelta(days=1), kind)
        utc_start, utc_end = periods.to_utc_range(start, end, zone)
        self.assertEqual(utc_end, periods.to_utc_range(*after, zone)[0])
        self.assertEqual(periods.to_local_date(utc_start, zone), start)
        self.assertEqual(
            periods.to_local_date(utc_end - timedelta(seconds=1), zone), end
        )

    @PROFILE
    @given(days, st.integers(0, 1500))
    def test_months_add_up(self, start, length):
        end = start + timedelta(days=length)
        whole = periods.count_months(start, end)
        parts = sum(
            periods.count_months(first, last)
            for first, last in periods.iterate_periods(start, end, "quarter")
        )
        self.assertAlmostEqual(whole, parts, places=20)

    def test_whole_months_count_one(self):
        self.assertEqual(periods.count_months(date(2025, 1, 1), date(2025, 12, 31)), 12)


class TestRounds(BaseCase):
    def test_weekly(self):
        self.assertEqual(
            rounds.get_days("weekly", date(2026, 1, 1), date(2026, 1, 20), weekday=4),
            [date(2026, 1, 2), date(2026, 1, 9), date(2026, 1, 16)],
        )

    def test_month_without_that_day(self):
        self.assertEqual(
            rounds.get_days(
                "monthly", date(2026, 1, 1), date(2026, 3, 31), month_day=31
            ),
            [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)],
        )

    def test_daily_includes_both_ends(self):
        self.assertEqual(
            len(rounds.get_days("daily", date(2026, 1, 1), date(2026, 1, 31))), 31
        )
