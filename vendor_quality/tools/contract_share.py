"""What of the amount of a contract falls on a period, without Odoo."""

from datetime import timedelta

from . import periods, scoring


def split_amount(amount, date_start, date_end, kind, step):
    """Split the amount of a contract over its periods; the parts sum to it.

    :param kind: ``month``, ``quarter`` or ``year``
    :param step: rounding of the currency
    :return: list of ``(first day, last day, part)``
    """
    spans = list(periods.iterate_periods(date_start, date_end, kind))
    if not spans or amount <= 0:
        return []
    months = [periods.count_months(start, end) for start, end in spans]
    parts = scoring.allocate(amount, months, step)
    return [(*span, part) for span, part in zip(spans, parts, strict=True)]


def split_versions(versions, kind, step):
    """Split what a contract came to, version by version; the parts sum to the last.

    What fell on the days before a change stays as it was; the rest falls on the
    periods from then to the end. Where a change takes off more than was open, nothing
    falls on them: a fee is never negative.

    :param list versions: ``(first day, amount, last day of the contract)``, in order
    :param kind: ``month``, ``quarter`` or ``year``
    :param step: rounding of the currency
    :return: list of ``(first day, last day, part)``
    """
    parts = []
    for since, amount, end in versions:
        before = since - timedelta(days=1)
        parts = [
            (
                first,
                min(last, before),
                get_share([(first, last, part)], first, before, step),
            )
            for first, last, part in parts
            if first <= before
        ]
        rest = amount - float(sum(part for _first, _last, part in parts))
        parts += split_amount(rest, since, end, kind, step)
    return parts


def get_share(parts, first, last, step):
    """Return what falls on the days from ``first`` to ``last``.

    Of a period that lies inside in part, its days count. Each cut is rounded from
    the start of the period on, so that the shares of adjacent days sum to the part.

    :param list parts: of :func:`split_amount`
    :return: nothing falls on no day: 0 where ``last`` lies before ``first``
    """
    share = scoring.ZERO
    if last < first:
        return share
    for start, end, part in parts:
        if last < start or end < first:
            continue
        days = (end - start).days + 1
        before = max((first - start).days, 0)
        until = min((last - start).days + 1, days)
        share += scoring.round_half_up(part * until / days, step)
        share -= scoring.round_half_up(part * before / days, step)
    return share
