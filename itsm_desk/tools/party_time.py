"""Whose the working time of a ticket was. Without ORM.

Every worked moment belongs to exactly one party, so that the parts sum to the working
time of the whole: who claims a moment first in the order of the list has it, and what
nobody claims is the rest.
"""

from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of time that is claimed for a party."""

    start: datetime
    end: datetime
    party: object


def split_time(periods, claims, rest):
    """Return ``{party: timedelta}`` of the worked ``periods``; none of zero.

    :param periods: disjoint pairs (start, end) in which work was done
    :param claims: list of :class:`Span`; an earlier one goes before a later one
    :param rest: the party of what nobody claims
    """
    cuts = {moment for span in claims for moment in (span.start, span.end)}
    parts = {}
    for start, end in periods:
        inner = sorted(cut for cut in cuts if start < cut < end)
        for low, high in zip([start, *inner], [*inner, end], strict=True):
            party = next(
                (one.party for one in claims if one.start <= low and high <= one.end),
                rest,
            )
            parts[party] = parts.get(party, timedelta()) + (high - low)
    return {party: time for party, time in parts.items() if time}


def claim_working_hours(start, end, periods, party, closed):
    """Return the spans of somebody who works in hours of his own.

    :param periods: pairs (start, end) of those hours between ``start`` and ``end``
    :param party: whose the hours are
    :param closed: the party of the time between them
    """
    spans = [Span(low, high, party) for low, high in periods]
    return [*spans, Span(start, end, closed)]
