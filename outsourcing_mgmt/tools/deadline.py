"""Day counts of procedures and periods of contracts, without the ORM."""

import calendar
from datetime import UTC, timedelta

from dateutil.relativedelta import relativedelta

MAX_SCAN_DAYS = 3660


def add_days(start, days, is_working=None):
    """Return the last day of a period of ``days`` that begins after ``start``.

    The day of the act itself never counts.

    :param date start: the day of the act
    :param int days: length of the period
    :param is_working: ``None`` to count calendar days, else a function that
        tells whether a date is a working day
    """
    if is_working is None:
        return start + timedelta(days=days)
    day, left = start, days
    for _step in range(MAX_SCAN_DAYS):
        if left <= 0:
            return day
        day += timedelta(days=1)
        if is_working(day):
            left -= 1
    raise ValueError("no working day found")


def days_late(deadline, done, today):
    """Return by how many calendar days the act is or was late, 0 if in time."""
    if not deadline:
        return 0
    return max(((done or today) - deadline).days, 0)


def add_local_days(moment, days, zone):
    """Return the moment ``days`` calendar days later, at the same time of the day.

    A day in which the clock changes has 23 or 25 hours.

    :param datetime moment: in UTC, without zone
    :param zone: time zone of pytz in which the days count
    """
    if not days:
        return moment
    local = moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    later = zone.localize(local + timedelta(days=days))
    return later.astimezone(UTC).replace(tzinfo=None)


def get_anniversary(day, years):
    """Return the day on which ``years`` whole years since ``day`` are over.

    The years of 29 February begin on 1 March where there is no such day, so that
    the days before it belong to the year before.
    """
    later = day + relativedelta(years=years)
    return later if later.day == day.day else later + timedelta(days=1)


def get_next_period(start, end, day=0):
    """Return the first and last day of the period that follows and is as long.

    A period of whole months is followed by one of as many months. It is whole when
    the next month of the same day would begin after ``end``, and when ``end`` is the
    last day of a month that has no such day: 29 February 2024 to 28 February 2025. Any
    other is followed by one of as many days: thirty days stay thirty days.

    :param int day: on which day of a month the first of these periods began. A month
        that is shorter cuts it for once: 31 August, 28 February, 31 August.
    """
    first = end + timedelta(days=1)
    if not _is_day(start, day):
        day = start.day
    months = _count_whole_months(start, end, day)
    if months:
        if not _is_day(first, day):
            day = first.day
        return first, _add_months(first, months, day) - timedelta(days=1)
    return first, end + (first - start)


def move_day(day, start, first):
    """Return the day of a later period that answers to ``day`` of an earlier one.

    Where both begin on the same day of a month it moves by whole months, and the last
    day of a month stays one; otherwise by the days between the two beginnings.

    :param date day: of the period that began on ``start``
    :param date first: the first day of the later period
    """
    if start.day != first.day:
        return day + (first - start)
    months = (first.year - start.year) * 12 + first.month - start.month
    is_last = _is_day(day, 31)
    return _add_months(day, months, 31 if is_last else day.day)


def _is_day(moment, day):
    """Return whether it is this day of the month, or the last of a shorter month."""
    last = calendar.monthrange(moment.year, moment.month)[1]
    return bool(day) and moment.day == min(day, last)


def _add_months(start, months, day):
    """Return this day of a later month, or the last one of a shorter month."""
    return start.replace(day=1) + relativedelta(months=months, day=day)


def _count_whole_months(start, end, day):
    """Return how many months the period has, 0 unless it is of whole months."""
    months = (end.year - start.year) * 12 + end.month - start.month
    for count in (months, months + 1):
        later = _add_months(start, count, day)
        is_cut = later.day < day
        if later - timedelta(days=1) == end or (is_cut and later == end):
            return count
    return 0
