"""Service periods: whole days, without overlap or gap, in a named time zone."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

MONTHS = {"month": 1, "quarter": 3, "year": 12}


def get_period(day, kind="month"):
    """Return the first and last day of the ``kind`` of period that holds ``day``."""
    months = MONTHS[kind]
    first_month = (day.month - 1) // months * months + 1
    start = date(day.year, first_month, 1)
    return start, _add_months(start, months) - timedelta(days=1)


def get_previous_period(day, kind="month"):
    """Return the last period of ``kind`` that had ended on ``day``."""
    start, _end = get_period(day, kind)
    return get_period(start - timedelta(days=1), kind)


def iterate_periods(date_start, date_end, kind="month"):
    """Yield the periods that cover ``date_start`` to ``date_end``.

    The first and the last are cut to the given days, so that the periods of a
    contract neither overlap nor leave a gap.
    """
    day = date_start
    while day <= date_end:
        _start, end = get_period(day, kind)
        yield day, min(end, date_end)
        day = end + timedelta(days=1)


def count_months(date_start, date_end):
    """Return the months between two days, parts of months by their days."""
    total = Decimal(0)
    for start, end in iterate_periods(date_start, date_end):
        first, last = get_period(start)
        total += Decimal((end - start).days + 1) / Decimal((last - first).days + 1)
    return total


def to_utc_range(date_start, date_end, timezone):
    """Return naive UTC datetimes ``[start, end)`` of whole local days."""
    zone = ZoneInfo(timezone or "UTC")
    after = date_end + timedelta(days=1)
    return _to_utc(date_start, zone), _to_utc(after, zone)


def to_local_date(moment, timezone):
    """Return the local day of a naive UTC ``moment``."""
    zone = ZoneInfo(timezone or "UTC")
    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def _to_utc(day, zone):
    moment = datetime.combine(day, time.min, tzinfo=zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


def _add_months(day, months):
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
