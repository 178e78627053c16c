"""What of the amount of a contract falls on a period, without Odoo."""

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


def get_share(parts, first, last, step):
    """Return what falls on the days from ``first`` to ``last``.

    Of a period that lies inside in part, its days count. Each cut is rounded from
    the start of the period on, so that the shares of adjacent days sum to the part.

    :param list parts: of :func:`split_amount`
    """
    share = scoring.ZERO
    for start, end, part in parts:
        if last < start or end < first:
            continue
        days = (end - start).days + 1
        before = max((first - start).days, 0)
        until = min((last - start).days + 1, days)
        share += scoring.round_half_up(part * until / days, step)
        share -= scoring.round_half_up(part * before / days, step)
    return share
