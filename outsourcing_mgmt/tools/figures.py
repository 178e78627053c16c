"""Figures of the analysis from plain dates and numbers, without the ORM."""

import calendar
from bisect import bisect_right
from datetime import date, timedelta


def count_days(first, last, working_days):
    """Return how many working days lie after ``first`` up to ``last``.

    The day of the first act does not count, as with every period of a procedure.

    :param date first: day of the act before, or nothing
    :param date last: day of the act, or nothing
    :param working_days: ascending list of dates
    :return: number of days; nothing where one of the two acts did not happen, or the
        second happened before the first
    """
    if not first or not last or last < first:
        return None
    return bisect_right(working_days, last) - bisect_right(working_days, first)


def split_years(start, end):
    """Return ``[(year, first, last)]`` of a period, in order."""
    return [
        (year, max(start, date(year, 1, 1)), min(end, date(year, 12, 31)))
        for year in range(start.year, end.year + 1)
    ]


def count_months(start, end):
    """Return the length of a period in months; part of a month counts by its days."""
    total = 0.0
    day = start
    while day <= end:
        length = calendar.monthrange(day.year, day.month)[1]
        last = min(day.replace(day=length), end)
        total += ((last - day).days + 1) / length
        day = last + timedelta(days=1)
    return total


def list_versions(start, end, amount, changes):
    """Return what a contract came to, and until when it ran, from which day on.

    :param date end: last day at the signature
    :param amount: at the signature
    :param changes: ``[(first day, change of the amount, new end or nothing)]`` in the
        order in which they were agreed
    :return: ``[(first day, amount, end)]`` in the order of the days, the first one
        beginning with the contract. A change begins with the contract at the earliest,
        and on the day after its end at the latest, so that no day is left out.
    """
    versions = [(start, amount, end)]
    ordered = sorted(enumerate(changes), key=lambda item: (item[1][0], item[0]))
    agreed = -1
    for number, (since, change, new_end) in ordered:
        amount += change
        latest = end + timedelta(days=1)
        if new_end and number > agreed:
            agreed, end = number, new_end
        since = min(max(since, versions[-1][0]), latest)
        versions.append((min(since, end), amount, end))
    return versions


def split_versions(versions):
    """Return ``[(first, last, amount)]``, evenly by months within each.

    What falls on the days before a change stays; what the amount of the change leaves
    open falls on the days from then to the end.

    :param versions: of :func:`list_versions`
    """
    parts, done = [], 0.0
    for number, (since, amount, end) in enumerate(versions):
        months = count_months(since, end)
        until = versions[number + 1][0] if number + 1 < len(versions) else None
        last = min(end, until - timedelta(days=1)) if until else end
        share = (amount - done) * count_months(since, last) / months if months else 0.0
        done += share
        parts.append((since, last, share))
    return parts


def sum_until(parts, day):
    """Return what of ``parts`` falls on the days up to ``day``."""
    total = 0.0
    for first, last, amount in parts:
        months = count_months(first, last)
        if months:
            total += amount * count_months(first, min(last, day)) / months
    return total


def get_month_ends(first, today):
    """Return the last day of each month from that of ``first``; today in its month."""
    days = []
    day = first.replace(day=1)
    while day <= today:
        length = calendar.monthrange(day.year, day.month)[1]
        last = day.replace(day=length)
        days.append(min(last, today))
        day = last + timedelta(days=1)
    return days


def get_version(versions, day):
    """Return what is true of an employee on a day, or nothing if he was not employed.

    :param versions: rows of one employee, each with ``date``, ``start``, ``end`` (of
        the contract, or nothing) and ``departure``, oldest first
    """
    first = versions[0]
    if day < min(first["date"], first["start"] or first["date"]):
        return None
    known = [row for row in versions if row["date"] <= day] or [first]
    row = known[-1]
    left = min(filter(None, (row["end"], row["departure"])), default=None)
    return None if left and left < day else row
