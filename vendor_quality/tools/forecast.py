"""Early warning inside a period, without Odoo.

From the figures so far: the score as if the period ended now, and for each
metric how many more failures cost the grade. A failure is one more event that
went wrong: a late ticket, a failed item, the lowest rating, a finding.

``lines`` are plain data as in a form's document (``code``, ``weight``,
``rules``, ``numerator``, ``denominator``, ``sample``) with two keys more:
``failure`` is what one failure adds, ``(numerator, denominator, sample)``, or
None for a metric without events; ``assumed`` are points taken over for a
metric that is entered by hand, or None.

A metric without figures yet is left out, whatever its missing-data policy
says: nothing has happened so far, and the policy is about the whole period.
"""

from dataclasses import dataclass
from decimal import localcontext
from functools import lru_cache

from . import formula, scoring

MAX_FAILURES = 200
"""More failures than that in one period are no warning."""
SMALL_SAMPLE = 20
"""Under so many events each one moves the figure by more than five per cent."""


@dataclass(frozen=True)
class Loss:
    """What failures of one metric do: ``failures`` is None if they cost no grade."""

    code: str
    failures: int | None
    grade: str | None = None


@dataclass(frozen=True)
class Forecast:
    """The period as if it ended now.

    ``status``: ``unrated`` (too little measured), ``lowest`` (no grade is left
    to lose), ``safe`` (no metric alone costs the grade), ``warning``.
    """

    status: str
    score: object = None
    grade: str | None = None
    coverage: object = scoring.ZERO
    losses: tuple = ()
    missing: tuple = ()
    small: tuple = ()
    assumed: tuple = ()

    @property
    def nearest(self):
        """The loss that needs the fewest failures, or None."""
        near = [loss for loss in self.losses if loss.failures is not None]
        return min(near, key=lambda loss: (loss.failures, loss.code), default=None)


def get_forecast(lines, template):
    """Return the :class:`Forecast` of ``lines`` under the rules of ``template``.

    :param template: ``bands`` [(lower bound, grade)], ``min_coverage``,
        ``critical_cap``
    """
    result = _score(lines, template)
    details = {
        "coverage": result.coverage,
        "missing": _codes(lines, lambda line: not _is_counted(line)),
        "small": _codes(lines, _is_small),
        "assumed": _codes(lines, lambda line: line["assumed"] is not None),
    }
    if result.score is None:
        return Forecast("unrated", **details)
    band = _find(result.score, template)
    details |= {"score": result.score, "grade": template["bands"][band][1]}
    lower = [bound for bound, _grade in template["bands"]]
    if scoring.to_decimal(lower[band]) == min(map(scoring.to_decimal, lower)):
        return Forecast("lowest", **details)
    losses = tuple(
        get_loss(lines, template, line["code"]) for line in lines if line["failure"]
    )
    lost = any(loss.failures is not None for loss in losses)
    return Forecast("warning" if lost else "safe", losses=losses, **details)


def get_loss(lines, template, code):
    """Return the :class:`Loss` by failures of the one metric ``code``.

    Until the minimum sample is reached, points may jump either way, and a target
    has a peak: there every number is tried. From then on one more failure never
    raises the score, so the first number that costs the grade is searched by
    halving.
    """
    line = next(line for line in lines if line["code"] == code)
    start = _find(_score(lines, template).score, template)
    bound = scoring.to_decimal(template["bands"][start][0])

    def grade_after(number):
        score = _score(add_failures(lines, code, number), template).score
        if score is None or score >= bound:
            return None
        return template["bands"][_find(score, template)][1]

    low = 0
    steps = max(line["rules"]["min_sample"] - line["sample"], 0)
    if _is_jumpy(lines, line):
        steps = MAX_FAILURES
    for number in range(1, min(steps, MAX_FAILURES) + 1):
        if grade := grade_after(number):
            return Loss(code, number, grade)
        low = number
    high = max(low, 1)
    while high <= MAX_FAILURES and not grade_after(high):
        low, high = high, high * 2
    if high > MAX_FAILURES:
        if low >= MAX_FAILURES or not grade_after(MAX_FAILURES):
            return Loss(code, None)
        high = MAX_FAILURES
    while high - low > 1:
        middle = (low + high) // 2
        if grade_after(middle):
            high = middle
        else:
            low = middle
    return Loss(code, high, grade_after(high))


def add_failures(lines, code, number):
    """Return ``lines`` after ``number`` more failures of the metric ``code``."""
    changed = []
    for line in lines:
        if line["code"] == code:
            numerator, denominator, sample = line["failure"]
            line = line | {
                "numerator": line["numerator"] + number * numerator,
                "denominator": line["denominator"] + number * denominator,
                "sample": line["sample"] + number * sample,
            }
        changed.append(line)
    return changed


# ------------------------------------------------------------
# HELPERS
# ------------------------------------------------------------


def _score(lines, template):
    values = _get_values(lines)
    points = []
    for line in lines:
        rules = line["rules"]
        metric = scoring.Metric(
            key=line["code"],
            weight=line["weight"],
            anchors=rules["anchors"],
            min_sample=0 if rules["formula"] else rules["min_sample"],
            critical_minimum=rules["critical_minimum"],
        )
        points.append(
            scoring.get_points(
                metric, values[line["code"]], line["sample"], awarded=line["assumed"]
            )
        )
    return scoring.get_score(points, template["min_coverage"], template["critical_cap"])


def _get_values(lines):
    """Return ``{code: value or None}``; formulas read the measured values."""
    measured = {
        line["code"]: _get_value(line) for line in lines if not line["rules"]["formula"]
    }
    values = dict(measured)
    for line in lines:
        if text := line["rules"]["formula"]:
            values[line["code"]] = _compile(text)(measured)
    return values


def _get_value(line):
    if not line["denominator"] or line["sample"] < line["rules"]["min_sample"]:
        return None
    with localcontext(scoring.CONTEXT):
        return (
            scoring.to_decimal(line["numerator"])
            * line["rules"]["scale"]
            / scoring.to_decimal(line["denominator"])
        )


@lru_cache(maxsize=1000)
def _compile(text):
    return formula.Formula(text)


def _find(score, template):
    return scoring.find_band(score, [bound for bound, _grade in template["bands"]])


def _is_jumpy(lines, line):
    """Whether more failures may raise points: a target, or a formula reads them."""
    if scoring.get_direction(line["rules"]["anchors"]) == "target":
        return True
    return any(other["rules"]["formula"] for other in lines)


def _is_counted(line):
    return line["assumed"] is not None or bool(
        line["rules"]["formula"]
        or (
            line["denominator"]
            and line["sample"] >= max(line["rules"]["min_sample"], 1)
        )
    )


def _is_small(line):
    """Whether so few events were counted that one more moves much."""
    return bool(line["failure"] and 0 < line["sample"] < SMALL_SAMPLE)


def _codes(lines, condition):
    return tuple(line["code"] for line in lines if condition(line))
