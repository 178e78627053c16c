"""Early warning inside a period, without Odoo.

From the figures so far: the score as if the period ended now, and for each
metric how many more failures cost the grade. A failure is one more event that
went wrong: a late ticket, a failed item, the lowest rating, a finding.

``lines`` are plain data as in a form's document (``code``, ``weight``,
``rules``, ``numerator``, ``denominator``, ``sample``) with two keys more:
``failure`` is what one failure adds, ``(numerator, denominator, sample)``, or
None for a metric without events; ``assumed`` are points taken over for a
metric that is entered by hand, or None. ``remaining`` may say how many failures can
still happen at most, such as deliveries that are due until the end of the period.

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
    period = _Period(lines, template)
    result = period.score()
    details = {
        "coverage": result.coverage,
        "missing": _codes(lines, lambda line: not _is_counted(line)),
        "small": _codes(lines, _is_small),
        "assumed": _codes(lines, lambda line: line["assumed"] is not None),
    }
    if result.score is None:
        return Forecast("unrated", **details)
    band = period.find_band(result.score)
    details |= {"score": result.score, "grade": template["bands"][band][1]}
    lower = [scoring.to_decimal(bound) for bound, _grade in template["bands"]]
    if lower[band] == min(lower):
        return Forecast("lowest", **details)
    losses = tuple(period.get_loss(line["code"]) for line in lines if line["failure"])
    lost = any(loss.failures is not None for loss in losses)
    return Forecast("warning" if lost else "safe", losses=losses, **details)


class _Period:
    """The points of a period, of which one line at a time is tried again."""

    def __init__(self, lines, template):
        self.lines = lines
        self.template = template
        self.bounds = [bound for bound, _grade in template["bands"]]
        self.positions = {line["code"]: index for index, line in enumerate(lines)}
        self.formulas = [line for line in lines if line["rules"]["formula"]]
        self.metrics = [_get_metric(line) for line in lines]
        self.values = {
            line["code"]: _get_value(line)
            for line in lines
            if not line["rules"]["formula"]
        }
        self.points = [None] * len(lines)
        for line in lines:
            if not line["rules"]["formula"]:
                self._set_points(self.points, line, self.values[line["code"]])
        self._set_formulas(self.points, self.values)

    def score(self, changed=None):
        """Return the result, with the line ``changed`` in place of its own."""
        points = self.points
        if changed:
            value = _get_value(changed)
            points = list(points)
            self._set_points(points, changed, value)
            if self.formulas:
                self._set_formulas(points, self.values | {changed["code"]: value})
        return scoring.get_score(
            points, self.template["min_coverage"], self.template["critical_cap"]
        )

    def find_band(self, score):
        return scoring.find_band(score, self.bounds)

    def get_loss(self, code):
        """Return the fewest failures of ``code`` that cost the grade.

        Until the minimum sample is reached points may jump either way, and a
        target has a peak: there every number is tried. From then on one more
        failure never raises the score, and the number is found by halving.
        """
        line = self.lines[self.positions[code]]
        held = scoring.to_decimal(self.bounds[self.find_band(self.score().score)])

        def is_lost(number):
            score = self.score(_fail(line, number)).score
            return score is not None and score < held

        remaining = line.get("remaining")
        most = MAX_FAILURES if remaining is None else min(remaining, MAX_FAILURES)
        steps = max(line["rules"]["min_sample"] - line["sample"], 0)
        if _is_jumpy(self.lines, line):
            steps = most
        steps = min(steps, most)
        for number in range(1, steps + 1):
            if is_lost(number):
                return self._get_lost(line, number)
        low, high = steps, most
        if low >= high or not is_lost(high):
            return Loss(code, None)
        while high - low > 1:
            middle = (low + high) // 2
            if is_lost(middle):
                high = middle
            else:
                low = middle
        return self._get_lost(line, high)

    def _get_lost(self, line, number):
        band = self.find_band(self.score(_fail(line, number)).score)
        return Loss(line["code"], number, self.template["bands"][band][1])

    def _set_points(self, points, line, value):
        position = self.positions[line["code"]]
        points[position] = scoring.get_points(
            self.metrics[position], value, line["sample"], awarded=line["assumed"]
        )

    def _set_formulas(self, points, values):
        """Formulas read the measured values."""
        for line in self.formulas:
            self._set_points(points, line, _compile(line["rules"]["formula"])(values))


# ------------------------------------------------------------
# HELPERS
# ------------------------------------------------------------


def _fail(line, number):
    numerator, denominator, sample = line["failure"]
    return line | {
        "numerator": line["numerator"] + number * numerator,
        "denominator": line["denominator"] + number * denominator,
        "sample": line["sample"] + number * sample,
    }


def _get_metric(line):
    rules = line["rules"]
    return scoring.Metric(
        key=line["code"],
        weight=line["weight"],
        anchors=rules["anchors"],
        min_sample=0 if rules["formula"] else rules["min_sample"],
        critical_minimum=rules["critical_minimum"],
    )


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
    """Whether so few events were counted that one more moves much.

    A plain number, such as findings, is no share of events.
    """
    return bool(
        line["failure"] and line["failure"][1] and 0 < line["sample"] < SMALL_SAMPLE
    )


def _codes(lines, condition):
    return tuple(line["code"] for line in lines if condition(line))
