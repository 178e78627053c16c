from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.working_time import OutsideHorizonError, WorkingTime
from .common import utc

MONDAY = datetime(2025, 6, 2)
HORIZON = timedelta(minutes=3000)


@st.composite
def lines(draw):
    """A random sorted set of slots in whole minutes, with its line."""
    marks = draw(st.lists(st.integers(0, 2999), unique=True, min_size=2, max_size=24))
    marks = sorted(marks)[: len(marks) // 2 * 2]
    slots = [
        (MONDAY + timedelta(minutes=start), MONDAY + timedelta(minutes=end))
        for start, end in zip(marks[::2], marks[1::2], strict=True)
    ]
    return slots, WorkingTime.from_datetimes(slots, MONDAY, MONDAY + HORIZON)


moments = st.integers(0, 3000 * 60).map(
    lambda second: MONDAY + timedelta(seconds=second)
)
proven = settings(max_examples=300, derandomize=True, deadline=None, database=None)


def walk(slots, start, end):
    """Count the work between two moments slot by slot, the slow and obvious way."""
    return sum(
        max(timedelta(), min(stop, end) - max(begin, start)).total_seconds()
        for begin, stop in slots
    )


@tagged("post_install", "-at_install")
class TestWorkingTimeProperties(BaseCase):
    """What holds for any working time, against a walk through the slots."""

    @given(lines(), moments, moments)
    @proven
    def test_elapsed_equals_a_walk(self, drawn, start, end):
        slots, line = drawn
        start, end = sorted((start, end))
        self.assertEqual(line.elapsed(start, end), walk(slots, start, end))

    @given(lines(), moments, moments, moments)
    @proven
    def test_elapsed_adds_up(self, drawn, first, second, third):
        _slots, line = drawn
        first, second, third = sorted((first, second, third))
        self.assertEqual(
            line.elapsed(first, second) + line.elapsed(second, third),
            line.elapsed(first, third),
        )

    @given(lines(), moments, st.integers(1, 200_000))
    @proven
    def test_deadline_is_the_first_moment_with_the_work_done(self, drawn, start, work):
        slots, line = drawn
        deadline = line.deadline(start, work)
        if deadline is None:
            self.assertLess(walk(slots, start, MONDAY + HORIZON), work)
            return
        self.assertEqual(walk(slots, start, deadline), work)
        self.assertLess(walk(slots, start, deadline - timedelta(seconds=1)), work)

    @given(lines(), moments)
    @proven
    def test_zero_is_due_at_the_next_work(self, drawn, start):
        slots, line = drawn
        opening = [max(begin, start) for begin, stop in slots if stop > start]
        self.assertEqual(line.deadline(start, 0), min(opening, default=None))

    @given(lines(), moments, moments)
    @proven
    def test_periods_are_what_elapsed_counts(self, drawn, start, end):
        slots, line = drawn
        start, end = sorted((start, end))
        periods = line.periods(start, end)
        self.assertEqual(
            sum((stop - begin).total_seconds() for begin, stop in periods),
            walk(slots, start, end),
        )
        self.assertTrue(all(begin < stop for begin, stop in periods))


@tagged("post_install", "-at_install")
class TestWorkingTimeEdges(BaseCase):
    """The edges by name: lunch, closing time, outside hours, horizon."""

    def setUp(self):
        super().setUp()
        self.line = WorkingTime.from_datetimes(
            [
                (utc("2025-06-02 09:00"), utc("2025-06-02 12:00")),
                (utc("2025-06-02 13:00"), utc("2025-06-02 17:00")),
                (utc("2025-06-03 09:00"), utc("2025-06-03 12:00")),
            ],
            utc("2025-06-01 00:00"),
            utc("2025-06-04 00:00"),
        )

    def test_lunch_does_not_count(self):
        self.assertEqual(
            self.line.elapsed(utc("2025-06-02 11:00"), utc("2025-06-02 14:00")), 7200
        )
        self.assertEqual(
            self.line.deadline(utc("2025-06-02 11:00"), 7200), utc("2025-06-02 14:00")
        )

    def test_work_that_ends_at_closing_time_is_due_that_day(self):
        self.assertEqual(
            self.line.deadline(utc("2025-06-02 13:00"), 4 * 3600),
            utc("2025-06-02 17:00"),
        )
        self.assertEqual(
            self.line.deadline(utc("2025-06-02 13:00"), 4 * 3600 + 1),
            utc("2025-06-03 09:00:01"),
        )

    def test_start_outside_hours(self):
        self.assertEqual(
            self.line.deadline(utc("2025-06-02 20:00"), 3600), utc("2025-06-03 10:00")
        )
        self.assertEqual(
            self.line.deadline(utc("2025-06-02 17:00"), 0), utc("2025-06-03 09:00")
        )

    def test_zero_inside_hours_is_due_at_once(self):
        self.assertEqual(
            self.line.deadline(utc("2025-06-02 09:00"), 0), utc("2025-06-02 09:00")
        )
        self.assertTrue(self.line.is_working(utc("2025-06-02 09:00")))
        self.assertFalse(self.line.is_working(utc("2025-06-02 12:00")))

    def test_more_work_than_known(self):
        self.assertIsNone(self.line.deadline(utc("2025-06-02 09:00"), 11 * 3600))

    def test_a_moment_outside_the_horizon_is_refused(self):
        with self.assertRaises(OutsideHorizonError):
            self.line.elapsed(utc("2025-05-31 09:00"), utc("2025-06-02 10:00"))
        with self.assertRaises(OutsideHorizonError):
            self.line.deadline(utc("2025-06-05 00:00"), 60)
