"""Points that lie far from what the other members of a committee gave.

Computed in :class:`~decimal.Decimal`, like the evaluation itself.
"""

from .evaluation import SCALE, mean, round_points, to_decimal

LEAST_SPREAD_PERCENT = 5
"""The least standard deviation, in per cent of the most points: members who agree to a
point would otherwise make an outlier of everybody else."""
LEAST_OTHERS = 2
"""With one other member nobody can say whose points are unusual."""


def z_score(value, others, max_points):
    """Return how many standard deviations ``value`` lies from the mean of ``others``.

    :param value: points of one member
    :param others: points of the other members, for the same bid and criterion
    :param max_points: the most points of the criterion
    :rtype: Decimal, 0 with too few others
    """
    others = [to_decimal(other) for other in others]
    if len(others) < LEAST_OTHERS:
        return to_decimal(0)
    middle = mean(others)
    variance = mean([(other - middle) ** 2 for other in others])
    least = to_decimal(max_points) * LEAST_SPREAD_PERCENT / SCALE
    return round_points((to_decimal(value) - middle) / max(variance.sqrt(), least))


def find_outliers(points, limit, max_points):
    """Return the members whose points lie at least ``limit`` deviations off.

    :param dict points: ``{member: points}`` for one bid and criterion
    :param limit: z-score from which on points are unusual; 0 finds nobody
    :param max_points: the most points of the criterion
    :return: ``{member: (z-score, mean of the others)}``
    """
    found = {}
    for key, value in points.items():
        others = [other for member, other in points.items() if member != key]
        z = z_score(value, others, max_points)
        if limit and abs(z) >= to_decimal(limit):
            found[key] = (z, mean(others))
    return found
