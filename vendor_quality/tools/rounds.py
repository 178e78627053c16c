"""The days on which inspection rounds are due."""

from calendar import monthrange
from datetime import timedelta


def get_days(frequency, start, end, weekday=0, month_day=1):
    """Return the due days from ``start`` to ``end``, both included.

    :param frequency: ``daily``, ``working_days`` (the caller leaves out days
        without working time), ``weekly`` or ``monthly``
    :param weekday: 0 (Monday) to 6, for ``weekly``
    :param month_day: 1 to 31, for ``monthly``; in a shorter month the last day
    """
    days = []
    day = start
    while day <= end:
        if _is_due(frequency, day, weekday, month_day):
            days.append(day)
        day += timedelta(days=1)
    return days


def _is_due(frequency, day, weekday, month_day):
    if frequency == "weekly":
        return day.weekday() == weekday
    if frequency == "monthly":
        return day.day == min(month_day, monthrange(day.year, day.month)[1])
    return True
