"""Deadlines after an addendum."""

from datetime import timedelta

from .deadline import add_local_days


def extended_deadline(current, now, days, zone, wanted=None):
    """Return the bid deadline after an addendum is published at ``now``.

    Bidders have at least ``days`` calendar days left; a deadline never moves
    to an earlier moment.

    :param datetime current: deadline before the addendum
    :param datetime now: moment of publication
    :param int days: days that bidders must have left
    :param zone: time zone of pytz in which the days count
    :param datetime wanted: new deadline that the buyer chose, or None
    """
    least = add_local_days(now, days, zone) if days else current
    if least != current:
        # Deadlines are announced to the minute; never less than the full days.
        least = least.replace(microsecond=0)
        if least.second:
            least = least.replace(second=0) + timedelta(minutes=1)
    return max(current, least, wanted or current)
