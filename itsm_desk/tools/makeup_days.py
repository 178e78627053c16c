"""What the State Council of China announced: holidays, and weekends that are worked.

Plain Python without ORM, over the tables of the package ``chinesecalendar``.
"""

from datetime import date, timedelta
from typing import NamedTuple

import chinese_calendar

FAR = timedelta(days=20)
"""A weekend is worked within this time of the day off that it makes up for."""


class DaysOff(NamedTuple):
    """Days off in a row, weekends among them."""

    first: date
    last: date
    name: str


class WorkedDay(NamedTuple):
    """A weekend day that is worked, like the weekday that is free for it.

    ``weekday`` is 0 for Monday, and None where the announcement leaves it open.
    """

    date: date
    weekday: int | None
    name: str


def get_announced(year, is_chinese=False):
    """Return what was announced for a year.

    :param bool is_chinese: whether the names of the holidays are wanted in Chinese
    :return: list of :class:`DaysOff`, list of :class:`WorkedDay`
    :raise LookupError: for a year that is not in the tables; its arguments are the
        first and the last year that are
    """
    years = {day.year for day in chinese_calendar.holidays}
    if year not in years:
        raise LookupError(min(years), max(years))
    names = {
        holiday.value: holiday.chinese if is_chinese else holiday.value
        for holiday in chinese_calendar.Holiday
    }
    pairs = pair(chinese_calendar.workdays, chinese_calendar.in_lieu_days)
    worked = [
        WorkedDay(day, free and free.weekday(), names[chinese_calendar.workdays[day]])
        for day, free in sorted(pairs.items())
        if day.year == year
    ]
    return group(chinese_calendar.holidays, year, names), worked


def pair(worked, free):
    """Return ``{day worked: day that is free for it, or None}``.

    The announcements name both without saying which belongs to which. They are taken
    in the order of the calendar, holiday by holiday.

    :param dict worked: ``{day: name of the holiday}``
    :param dict free: the same, of the days off on weekdays
    """
    left = sorted(free)
    result = {}
    for day in sorted(worked):
        result[day] = next(
            (
                other
                for other in left
                if abs(other - day) <= FAR and free[other] == worked[day]
            ),
            None,
        )
        if result[day]:
            left.remove(result[day])
    return result


def group(holidays, year, names):
    """Return the holidays of a year as :class:`DaysOff`, one for each row of days.

    :param dict holidays: ``{day: name of the holiday}``
    :param dict names: ``{name: name to show}``
    """
    rows = []
    for day in sorted(day for day in holidays if day.year == year):
        name = names[holidays[day]]
        if rows and rows[-1].last + timedelta(days=1) == day:
            row = rows[-1]
            known = row.name.split(" / ")
            name = row.name if name in known else f"{row.name} / {name}"
            rows[-1] = DaysOff(row.first, day, name)
        else:
            rows.append(DaysOff(day, day, name))
    return rows
