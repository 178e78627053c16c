"""Working time as a sorted line of slots, so that a deadline is a search.

Plain Python without ORM. All moments are naive datetimes in UTC, as the database
keeps them.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


class OutsideHorizonError(ValueError):
    """A moment lies before or after what the timeline knows."""


class WorkingTime:
    """The working time of one calendar between two moments.

    Slots are kept in whole microseconds since the epoch: Odoo ends a day that
    works until 24:00 one microsecond early, and only whole numbers reproduce
    that without drift. Shifts that meet at midnight come joined, see
    :func:`join_at_midnight`.
    """

    __slots__ = ("_begin", "_end", "_ends", "_starts", "_totals")

    def __init__(self, slots, begin, end):
        """Build the line.

        :param slots: sorted disjoint pairs (start, end) in microseconds
        :param int begin: first microsecond known
        :param int end: last microsecond known
        """
        # Tuples: one line serves everybody who asks, and is reached by evaluated code.
        self._starts = tuple(start for start, _end in slots)
        self._ends = tuple(end for _start, end in slots)
        self._totals = (0, *accumulate(end - start for start, end in slots))
        self._begin = begin
        self._end = end

    @classmethod
    def from_datetimes(cls, slots, begin, end):
        """Build the line from pairs of naive UTC datetimes."""
        return cls(
            [(to_microseconds(start), to_microseconds(stop)) for start, stop in slots],
            to_microseconds(begin),
            to_microseconds(end),
        )

    @property
    def is_empty(self):
        """Whether nothing is ever worked, so that there are no deadlines."""
        return not self._starts

    def covers(self, moment):
        """Whether the line knows about ``moment``."""
        return self._begin <= to_microseconds(moment) <= self._end

    def elapsed(self, start, end):
        """Return the whole seconds worked between two moments."""
        worked = self._worked(end) - self._worked(start)
        return round(worked / SECOND)

    def deadline(self, start, seconds):
        """Return when ``seconds`` of work after ``start`` are done, or None.

        Zero seconds are done as soon as there is working time; work that ends
        exactly at closing time is due at closing time, not at the next opening.
        None means that the known slots do not hold that much work.
        """
        if seconds:
            goal = self._worked(start) + seconds * SECOND
            index = bisect_left(self._totals, goal) - 1
        else:
            goal = self._worked(start)
            index = bisect_right(self._ends, to_microseconds(start))
        if index >= len(self._starts):
            return None
        moment = self._starts[index] + goal - self._totals[index]
        return EPOCH + timedelta(seconds=moment // SECOND)

    def is_working(self, moment):
        """Whether ``moment`` lies inside a slot."""
        return self.deadline(moment, 0) == moment

    def periods(self, start, end):
        """Return the worked stretches between two moments, as datetime pairs."""
        low, high = to_microseconds(start), to_microseconds(end)
        first = bisect_right(self._ends, low)
        last = bisect_left(self._starts, high) if low < high else first
        return [
            (
                EPOCH + max(self._starts[index], low) * MICROSECOND,
                EPOCH + min(self._ends[index], high) * MICROSECOND,
            )
            for index in range(first, last)
        ]

    def _worked(self, moment):
        """Return the microseconds worked from the beginning to ``moment``."""
        point = to_microseconds(moment)
        if not self._begin <= point <= self._end:
            raise OutsideHorizonError(moment)
        index = bisect_right(self._starts, point) - 1
        if index < 0:
            return 0
        return self._totals[index] + min(point, self._ends[index]) - self._starts[index]


def join_at_midnight(slots):
    """Return the slots, two shifts that meet at midnight as one.

    Odoo ends a shift that works until 24:00 one microsecond early. A target equal
    to the sum of such a shift and the next one would be due in the shift after.

    :param slots: sorted disjoint pairs (start, end) in microseconds
    :rtype: list of lists
    """
    joined = []
    for start, end in slots:
        if joined and start - joined[-1][1] == 1:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return joined


def to_microseconds(moment):
    """Return a naive UTC datetime as whole microseconds since the epoch."""
    return (moment - EPOCH) // MICROSECOND
