"""Arithmetic of a procedure: committee and periods."""

from datetime import timedelta
from math import ceil


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


def earliest_deadline(published_at, days):
    """Return the first moment that leaves bidders ``days`` full days."""
    return published_at + timedelta(days=days or 0)


def question_end(deadline, days):
    """Return when questions end, ``days`` days before the bid deadline."""
    return deadline - timedelta(days=days or 0)


def standstill_end(notified_at, days):
    """Return when a standstill of ``days`` calendar days is over."""
    return notified_at + timedelta(days=days or 0)
