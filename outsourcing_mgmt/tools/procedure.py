"""Arithmetic of a procedure: committee and periods."""

from datetime import UTC, timedelta
from math import ceil

from .deadline import add_local_days

FILE_DAYS = 3
"""Days to complete, sign off and publish a file, in the proposal of its deadline."""
FRIDAY = 4


def experts_needed(voting, expert_share_percent):
    """Return how many of ``voting`` members must be experts."""
    # The product is rounded first: 66.67 % of 3 members are 2 experts, not 3.
    return ceil(round(voting * (expert_share_percent or 0) / 100, 2) - 0.01)


def committee_problems(voting, experts, minimum=0, odd=False, expert_share_percent=0):
    """Return the codes of the rules that a committee breaks.

    :param int voting: members who vote
    :param int experts: voting members who are experts
    :param int minimum: least number of voting members
    :param bool odd: whether the number must be odd
    :param float expert_share_percent: least share of experts
    :return: list of ``too_small``, ``even``, ``too_few_experts``
    """
    problems = []
    if voting < minimum:
        problems.append("too_small")
    if odd and voting and not voting % 2:
        problems.append("even")
    if experts < experts_needed(voting, expert_share_percent):
        problems.append("too_few_experts")
    return problems


def earliest_deadline(published_at, days, zone):
    """Return the first moment that leaves bidders ``days`` calendar days."""
    return add_local_days(published_at, days or 0, zone)


def propose_deadline(now, days, zone):
    """Return a bid deadline to start with: it leaves time to complete the file.

    Three days more than bidders need, at five o'clock of a day from Monday to Friday.
    """
    local = now.replace(tzinfo=UTC).astimezone(zone)
    evening = local.replace(hour=17, minute=0, second=0, microsecond=0, tzinfo=None)
    day = evening + timedelta(days=(days or 0) + FILE_DAYS)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return zone.localize(day).astimezone(UTC).replace(tzinfo=None)


def question_end(deadline, days, zone):
    """Return when questions end, ``days`` calendar days before the bid deadline."""
    return add_local_days(deadline, -(days or 0), zone)


def standstill_end(notified_at, days, zone):
    """Return when a standstill of ``days`` calendar days is over."""
    return add_local_days(notified_at, days or 0, zone)
