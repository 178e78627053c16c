"""Day counts of the procedures, without the ORM."""

from datetime import timedelta

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
