"""Arithmetic of an evaluation: points, weights, ranking, abnormal prices.

Everything is computed in :class:`~decimal.Decimal` and rounded half up, so that
anybody with the bids and the scores gets the same ranking.
"""

import hashlib
from collections import namedtuple
from decimal import ROUND_HALF_UP, Decimal

BASIS_POINTS = 10000
SCALE = Decimal(100)
STEP = Decimal("0.0001")

Ranked = namedtuple("Ranked", "key rank")


def to_decimal(value):
    """Return ``value`` as the decimal that a person reads, not as binary."""
    return Decimal(str(value or 0))


def round_points(value):
    """Round to four decimals, half up."""
    return to_decimal(value).quantize(STEP, rounding=ROUND_HALF_UP)


def mean(values):
    """Return the mean of ``values``; zero when there are none."""
    values = [to_decimal(value) for value in values]
    return sum(values) / len(values) if values else Decimal(0)


def price_points(price, lowest, max_points, formula="lowest", ceiling=0):
    """Return the points of a price.

    ``lowest``
        The lowest price gets all points, the others the share lowest / price.
    ``linear``
        All points at the lowest price, none at the ceiling, a straight line in
        between. Without a ceiling twice the lowest price counts as one.

    :param price: price of this bid
    :param lowest: lowest price of the bids that may still win
    :param max_points: points of the criterion
    :param str formula: ``lowest`` or ``linear``
    :param ceiling: price that earns nothing, for ``linear``
    :rtype: Decimal
    """
    price, lowest = to_decimal(price), to_decimal(lowest)
    points = to_decimal(max_points)
    if price <= lowest:
        return points
    if formula == "lowest":
        return points * lowest / price
    ceiling = to_decimal(ceiling) or 2 * lowest
    if price >= ceiling:
        return Decimal(0)
    return points * (ceiling - price) / (ceiling - lowest)


def record_points(score, max_points, no_record_percent):
    """Return the points for past quality.

    :param score: quality score out of 100, or None where none is known
    :param max_points: points of the criterion
    :param no_record_percent: share of the points without a record
    :rtype: Decimal
    """
    share = no_record_percent if score is None else score
    return round_points(to_decimal(max_points) * to_decimal(share) / SCALE)


def weighted(points, max_points, weight):
    """Return the contribution to a total of 100, for a weight in basis points."""
    if not max_points:
        return Decimal(0)
    share = to_decimal(points) / to_decimal(max_points)
    return SCALE * share * Decimal(weight) / BASIS_POINTS


def rank(rows):
    """Rank ``(key, total, price)``: higher total first, then the lower price.

    Rows that are equal in both share a rank, and the rank after them is skipped.

    :param rows: list of ``(key, total, price)``
    :return: list of :class:`Ranked` in order of rank
    """
    ordered = sorted(
        rows, key=lambda row: (-round_points(row[1]), to_decimal(row[2]), row[0])
    )
    ranked, previous, place = [], None, 0
    for position, (key, total, price) in enumerate(ordered, start=1):
        measure = (round_points(total), to_decimal(price))
        if measure != previous:
            place, previous = position, measure
        ranked.append(Ranked(key, place))
    return ranked


def break_ties(ranked, technical, seed, tickets):
    """Give each row that shares a rank one of its own.

    The higher technical score first, then the lot: the order of the SHA-256 of seed
    and ticket. Whoever knows the seed draws the same order again.

    :param ranked: list of :class:`Ranked`
    :param dict technical: ``{key: technical score}``
    :param str seed: drawn once, and logged
    :param dict tickets: ``{key: text}``, such as the digest on the receipt of a bid
    :return: list of :class:`Ranked` in order of rank, none shared
    """

    def measure(row):
        lot = hashlib.sha256(f"{seed}:{tickets[row.key]}".encode()).hexdigest()
        return row.rank, -round_points(technical.get(row.key)), lot

    ordered = sorted(ranked, key=measure)
    return [Ranked(row.key, place) for place, row in enumerate(ordered, start=1)]


def abnormally_low(prices, mean_pct=0, next_pct=0):
    """Return the keys of prices that need an explanation.

    A price is abnormally low when it is at least ``mean_pct`` per cent under
    the mean of the other prices, or at least ``next_pct`` per cent under the
    next higher one. A limit of zero is switched off.

    :param dict prices: ``{key: price}``
    :rtype: set
    """
    found = set()
    amounts = {key: to_decimal(price) for key, price in prices.items()}
    for key, price in amounts.items():
        others = [other for other_key, other in amounts.items() if other_key != key]
        if not others:
            continue
        if mean_pct and price <= mean(others) * (1 - to_decimal(mean_pct) / SCALE):
            found.add(key)
        higher = [other for other in others if other > price]
        if (
            next_pct
            and higher
            and price <= min(higher) * (1 - to_decimal(next_pct) / SCALE)
        ):
            found.add(key)
    return found
