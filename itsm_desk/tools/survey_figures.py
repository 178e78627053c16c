"""Figures of surveys: who is drawn, and how sure a mean is.

Plain functions. The interval of a mean is that of Student's t distribution, which is
wide where few people answered; that of a share is Wilson's, which stays within 0 and
1.
"""

import hashlib
import math
from typing import NamedTuple

T_QUANTILES = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""Of 97.5 %, for 1 to 30 degrees of freedom."""
NORMAL_QUANTILE = 1.959964


class Interval(NamedTuple):
    """A figure, and the bounds of its true value in 95 of 100 cases."""

    value: float
    low: float
    high: float


def get_t_quantile(freedom):
    """Return the 97.5 % quantile of the t distribution.

    Above 30 degrees by the first terms of its expansion around the normal one.
    """
    if freedom <= len(T_QUANTILES):
        return T_QUANTILES[freedom - 1]
    z = NORMAL_QUANTILE
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    )


def get_mean_interval(count, total, squares, least, most):
    """Return the mean of ratings with its t interval, or None without a rating.

    :param int count: of the ratings
    :param float total: their sum
    :param float squares: the sum of their squares
    :param least: the lowest rating there is; no bound lies below
    :param most: the highest one
    """
    if not count:
        return None
    mean = total / count
    if count == 1:
        return Interval(mean, least, most)
    variance = max(0.0, (squares - total * total / count) / (count - 1))
    reach = get_t_quantile(count - 1) * math.sqrt(variance / count)
    return Interval(mean, max(least, mean - reach), min(most, mean + reach))


def get_share_interval(part, count):
    """Return the share ``part`` of ``count`` with Wilson's interval, or None."""
    if not count:
        return None
    z = NORMAL_QUANTILE
    share = part / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = (
        z
        * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
        / (1 + z * z / count)
    )
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def draw(ids, seed, size):
    """Return ``size`` of ``ids``, or all, in an order that only the seed decides.

    The same seed and the same people draw the same, on every machine and version: the
    order is that of the SHA-256 of seed and id.
    """
    order = sorted(
        set(ids),
        key=lambda item: hashlib.sha256(f"{seed}:{item}".encode()).digest(),
    )
    return order[:size] if size else order
