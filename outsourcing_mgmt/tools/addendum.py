"""Deadlines and estimates after an addendum."""

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


def scaled_estimate(estimate, services):
    """Return what is estimated after quantities changed.

    Services weigh what they were estimated at, or all alike where one of those that
    were tendered has no estimate of its own. A new one weighs their mean.

    :param float estimate: for all services before
    :param services: list of ``(own estimate, quantity before, quantity after)``; a
        new service has no quantity before, one that falls away none after
    """
    old = [row for row in services if row[1]]
    if not estimate or not old:
        return estimate
    if all(own for own, _before, _after in old):
        weights = [own for own, _before, _after in old]
    else:
        weights = [1.0] * len(old)
    mean = sum(weights) / len(weights)
    scaled = sum(
        weight * after / before
        for weight, (_own, before, after) in zip(weights, old, strict=True)
    )
    added = mean * (len(services) - len(old))
    return estimate * (scaled + added) / sum(weights)
