"""Arithmetic of a service quality score, without Odoo.

Every figure is a :class:`~decimal.Decimal`. Points are cut to
``POINT_DIGITS`` decimals, so that sums are exact and the result depends neither
on the order of the metrics nor on the scale of the weights. The score is
rounded once, half up, to two decimals; thresholds, bands and deductions all
use that displayed value.
"""

import json
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import NamedTuple

CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
POINT_DIGITS = Decimal("1e-12")
SCORE_DIGITS = Decimal("0.01")
TOTAL_WEIGHT = 10000
ZERO = Decimal(0)
HUNDRED = Decimal(100)
MISSING_POLICIES = ("exclude", "zero", "neutral", "carry")


class Figure(NamedTuple):
    """What a source counted for one metric and one period.

    The value is numerator / denominator (a rate, an average, or a plain number
    over 1); without a denominator there is no value, which is not zero. What
    stands behind it is kept as the JSON text that is stored.
    """

    numerator: float = 0.0
    denominator: float = 0.0
    sample: int = 0
    evidence_text: str = "{}"

    @property
    def evidence(self):
        """Return the counts and record ids behind the figure."""
        return json.loads(self.evidence_text)


@dataclass(frozen=True)
class Metric:
    """The rules of one metric in one template version."""

    key: str
    weight: int
    anchors: tuple
    missing_policy: str = "exclude"
    neutral_points: float = 0.0
    min_sample: int = 1
    critical_minimum: float | None = None


@dataclass(frozen=True)
class Points:
    """The points of one metric.

    ``points`` is what counts in the score, or None when the metric is left
    out; ``measured`` is False when a missing-data policy supplied them.
    """

    key: str
    weight: int
    points: Decimal | None
    measured: bool
    failed_critical: bool = False


@dataclass(frozen=True)
class Result:
    """The score of one period: ``score`` is None when it is not rated."""

    score: Decimal | None
    raw_score: Decimal | None
    coverage: Decimal
    failed_critical: tuple = ()


# ------------------------------------------------------------
# NUMBERS
# ------------------------------------------------------------


def to_decimal(number):
    """Return the decimal that is printed for ``number``, never its binary tail."""
    if isinstance(number, Decimal):
        return number
    return Decimal(str(number))


def round_half_up(number, step):
    """Round ``number`` to a multiple of ``step``, half away from zero."""
    step = to_decimal(step)
    with localcontext(CONTEXT):
        return (to_decimal(number) / step).to_integral_value(ROUND_HALF_UP) * step


# ------------------------------------------------------------
# POINTS
# ------------------------------------------------------------


def check_anchors(anchors):
    """Return why ``anchors`` cannot normalise a value, or an empty string.

    Values must rise strictly. Points stay in 0..100 and either never fall
    (higher is better), never rise (lower is better), or rise and then fall
    (a target).
    """
    if len(anchors) < 2:
        return "few"
    values = [to_decimal(value) for value, _points in anchors]
    points = [to_decimal(item) for _value, item in anchors]
    if any(left >= right for left, right in zip(values, values[1:], strict=False)):
        return "order"
    if any(not ZERO <= item <= HUNDRED for item in points):
        return "range"
    if get_direction(anchors) is None:
        return "shape"
    return ""


def get_direction(anchors):
    """Return ``higher``, ``lower`` or ``target``; None for any other shape."""
    points = [to_decimal(item) for _value, item in anchors]
    steps = [right - left for left, right in zip(points, points[1:], strict=False)]
    signs = [step > 0 for step in steps if step]
    if not signs:
        return None
    if all(signs):
        return "higher"
    if not any(signs):
        return "lower"
    peak = signs.index(False)
    if peak and not any(signs[peak:]):
        return "target"
    return None


def normalise(value, anchors):
    """Return the points of ``value``: linear between anchors, flat outside."""
    value = to_decimal(value)
    with localcontext(CONTEXT):
        previous_value, previous_points = (to_decimal(item) for item in anchors[0])
        if value <= previous_value:
            return previous_points
        for anchor in anchors[1:]:
            anchor_value, anchor_points = (to_decimal(item) for item in anchor)
            if value <= anchor_value:
                share = (value - previous_value) / (anchor_value - previous_value)
                points = previous_points + (anchor_points - previous_points) * share
                return points.quantize(POINT_DIGITS, ROUND_HALF_UP)
            previous_value, previous_points = anchor_value, anchor_points
        return previous_points


def get_points(metric, value, sample, carried=None, awarded=None):
    """Return the :class:`Points` of ``metric``.

    A value from fewer than ``min_sample`` events counts as missing: one late
    ticket out of one shall not end a vendor.

    :param carried: points of the last approved period, for policy ``carry``
    :param awarded: points that the decision of a dispute puts in place
    """
    measured = value is not None and sample >= metric.min_sample
    if awarded is not None:
        measured = True
        points = to_decimal(awarded)
    elif measured:
        points = normalise(value, metric.anchors)
    elif metric.missing_policy == "zero":
        points = ZERO
    elif metric.missing_policy == "neutral":
        points = to_decimal(metric.neutral_points)
    elif metric.missing_policy == "carry" and carried is not None:
        points = to_decimal(carried)
    else:
        points = None
    critical = metric.critical_minimum
    failed = (
        critical is not None and points is not None and points < to_decimal(critical)
    )
    return Points(metric.key, metric.weight, points, measured, failed)


# ------------------------------------------------------------
# SCORE
# ------------------------------------------------------------


def get_score(points_list, min_coverage=0, critical_cap=0):
    """Combine the points of one period into a :class:`Result`.

    :param min_coverage: percentage of the weight that must be measured, or
        the period is not rated: never 100, never 0
    :param critical_cap: highest score left when a critical metric failed
    """
    with localcontext(CONTEXT):
        total = sum(item.weight for item in points_list)
        measured = sum(item.weight for item in points_list if item.measured)
        coverage = _quantize(HUNDRED * measured / total) if total else ZERO
        counted = [item for item in points_list if item.points is not None]
        weight = sum(item.weight for item in counted)
        failed = tuple(item.key for item in counted if item.failed_critical)
        if not measured or not weight or coverage < to_decimal(min_coverage):
            return Result(None, None, coverage, failed)
        raw = sum((item.weight * item.points for item in counted), ZERO) / weight
        raw = _quantize(min(max(raw, ZERO), HUNDRED))
        score = min(raw, _quantize(to_decimal(critical_cap))) if failed else raw
        return Result(score, raw, coverage, failed)


def check_lower_bounds(bounds):
    """Return why ``bounds`` do not cover 0..100 once, or an empty string."""
    bounds = [to_decimal(bound) for bound in bounds]
    if ZERO not in bounds:
        return "start"
    if len(set(bounds)) != len(bounds):
        return "double"
    if any(not ZERO <= bound <= HUNDRED for bound in bounds):
        return "range"
    return ""


def find_band(score, bounds):
    """Return the index of the band of ``score``: the highest bound below it."""
    score = to_decimal(score)
    best = None
    for index, bound in enumerate(bounds):
        bound = to_decimal(bound)
        if bound <= score and (best is None or bound > to_decimal(bounds[best])):
            best = index
    return best


def get_rate(score, table):
    """Return the percentage of a deduction table ``[(lower bound, rate)]``."""
    if not table:
        return ZERO
    index = find_band(score, [bound for bound, _rate in table])
    return ZERO if index is None else to_decimal(table[index][1])


# ------------------------------------------------------------
# MONEY
# ------------------------------------------------------------


def allocate(total, weights, step):
    """Split ``total`` over ``weights`` by largest remainder; the parts sum up.

    :param step: rounding of the currency; ``total`` is a multiple of it
    """
    total, step = to_decimal(total), to_decimal(step)
    weights = [to_decimal(weight) for weight in weights]
    with localcontext(CONTEXT):
        whole = sum(weights, ZERO)
        if not whole:
            raise ValueError("no weight")
        exact = [total * weight / whole / step for weight in weights]
        floors = [part.to_integral_value(ROUND_FLOOR) for part in exact]
        left = int((total / step).to_integral_value(ROUND_HALF_UP) - sum(floors))
        order = sorted(
            range(len(exact)), key=lambda index: (floors[index] - exact[index], index)
        )
        for index in order[:left]:
            floors[index] += 1
        return [part * step for part in floors]


def _quantize(number):
    return number.quantize(SCORE_DIGITS, ROUND_HALF_UP)
