"""The score of a quality form from its frozen document, without Odoo.

A document is plain JSON: what was counted, the rules of that moment, the fee
and the result. The form computes its result with a :class:`Scorer`, and anyone
who holds the document computes it again with the same arithmetic.

A key ``money`` has the money rules of the template version, the facts of the period
and its contract year, and what somebody waived. Without it only the score costs
something, as in all documents of the first format.
"""

import hashlib
import json
from decimal import Decimal, localcontext
from typing import NamedTuple

from . import fee_split, formula, scoring

FORMAT = "vendor.quality.form/1"
MONEY_FORMAT = "vendor.quality.form/2"
"""With service credits, late fines, retention or a waiver under ``money``."""

FORMATS = (FORMAT, MONEY_FORMAT)
MEMORY = 200_000
"""Outcomes that a scorer remembers before it begins anew."""


class Outcome(NamedTuple):
    """What one line gave: its points in the score, and its result as plain data."""

    points: scoring.Points
    result: dict


def get_canonical(document):
    """Return ``document`` as the one JSON text that is hashed.

    The text of ``sealing.canonical`` of ``outsourcing_mgmt``, which ``recompute.py``
    cannot import: it runs without Odoo.
    """
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def get_hash(document):
    """Return the SHA-256 of the canonical text."""
    return hashlib.sha256(get_canonical(document).encode()).hexdigest()


def make_line(code, weight, rules, figure, carried=None, awarded=None):
    """Return a line of a document that is scored and not kept as a form's.

    :param dict rules: of the metric, as a form freezes them
    :param scoring.Figure figure: what was counted, or None
    :param carried: points of the period before
    :param awarded: points that the decision of a dispute put in place
    """
    figure = figure or scoring.Figure()
    return {
        "code": code,
        "weight": weight,
        "rules": rules,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "sample": figure.sample,
        "carried": carried,
        "disputed": False,
        "awarded": awarded,
    }


def compute(document):
    """Return ``(result, line results)`` of ``document``, as plain data."""
    return Scorer().compute(document)


class Scorer:
    """Computes many documents and does what repeats in them once.

    Documents of one batch share the objects of their rules and templates, by
    which the scorer knows them again: they must not change during its life.
    Line results are shared too and are only read.
    """

    def __init__(self):
        self._metrics = {}
        self._outcomes = {}
        self._consequences = {}
        self._splits = {}

    def compute(self, document):
        """Return ``(result, line results)`` of ``document``, as plain data."""
        return self.compute_all(document)[:2]

    def compute_all(self, document):
        """Return ``(result, line results, split of the fee)`` of ``document``."""
        score, upheld, outcomes = self._score(document)
        template = document["template"]
        grade, rate = self._get_consequence(template, score)
        upheld_grade, upheld_rate = self._get_consequence(template, upheld)
        upheld_rate = min(rate, upheld_rate)
        line_results = [outcome.result for outcome in outcomes]
        split = self._split_fee(document, rate, upheld_rate, line_results)
        # The names in the result are hashed with it and stay: "stayed" is what would be
        # if all open disputes were upheld.
        result = {
            "score": get_text(score.score),
            "raw_score": get_text(score.raw_score),
            "stayed_score": get_text(upheld.score),
            "coverage": get_text(score.coverage),
            "grade": grade,
            "stayed_grade": upheld_grade,
            "failed_critical": sorted(score.failed_critical),
            "deduction_rate": get_text(rate),
            "stayed_rate": get_text(upheld_rate),
            **_get_split_parts(document, split),
        }
        return result, line_results, split

    def compute_lines(self, lines):
        """Return the results of ``lines`` alone, without score and money."""
        return [outcome.result for outcome in self._get_outcomes(lines)]

    def _split_fee(self, document, rate, upheld_rate, line_results):
        """Return where the fee goes; without money rules, from memory if equal."""
        if "money" in document:
            return split_fee(document, rate, upheld_rate, line_results)
        key = document["fee"], document["rounding"], rate, upheld_rate
        known = self._splits.get(key)
        if known is None:
            if len(self._splits) > MEMORY:
                self._splits.clear()
            known = self._splits[key] = split_fee(
                document, rate, upheld_rate, line_results
            )
        return known

    def _score(self, document):
        """Return the score, the score while disputes are open, and the outcomes."""
        lines, template = document["lines"], document["template"]
        outcomes = self._get_outcomes(lines)
        score = self._combine(outcomes, template)
        if not any(line["disputed"] for line in lines):
            return score, score, outcomes
        upheld = self._get_outcomes(
            [{**line, "awarded": 100} if line["disputed"] else line for line in lines]
        )
        return score, self._combine(upheld, template), outcomes

    def _combine(self, outcomes, template):
        return scoring.get_score(
            [outcome.points for outcome in outcomes],
            template["min_coverage"],
            template["critical_cap"],
        )

    def _get_consequence(self, template, score):
        """Return grade and deduction rate of ``score``; without one, nothing."""
        if score.score is None:
            return None, scoring.ZERO
        key = id(template), score.score
        known = self._consequences.get(key)
        if known is None:
            bands = template["bands"]
            index = scoring.find_band(score.score, [bound for bound, _grade in bands])
            grade = None if index is None else bands[index][1]
            rate = scoring.get_rate(score.score, template["deductions"])
            # The template goes along, so that no other object gets its identity.
            known = self._consequences[key] = (grade, rate, template)
        return known[:2]

    # ------------------------------------------------------------
    # LINES
    # ------------------------------------------------------------

    def _get_outcomes(self, lines):
        """Return the outcome of each line; formulas read the measured values."""
        outcomes, values, formulas = [], {}, []
        for position, line in enumerate(lines):
            if line["rules"]["formula"]:
                formulas.append(position)
                outcomes.append(None)
            else:
                outcome, values[line["code"]] = self._get_measured(line)
                outcomes.append(outcome)
        for position in formulas:
            line = lines[position]
            value = _get_compiled(line["rules"]["formula"])(values)
            outcomes[position] = self._get_outcome(line, value)
        return outcomes

    def _get_measured(self, line):
        """Return outcome and value of a line that was counted, from memory if equal."""
        numerator, denominator = line["numerator"], line["denominator"]
        metric = self._get_metric(line)
        key = (
            id(metric),
            # Zero has a sign that equality does not see.
            numerator or str(numerator),
            denominator,
            line["sample"],
            line["carried"],
            line["awarded"],
        )
        known = self._outcomes.get(key)
        if known is None:
            value = _get_value(line)
            known = (self._get_outcome(line, value), value)
            if len(self._outcomes) > MEMORY:
                self._outcomes.clear()
            self._outcomes[key] = known
        return known

    def _get_outcome(self, line, value):
        points = scoring.get_points(
            self._get_metric(line),
            value,
            line["sample"],
            line["carried"],
            line["awarded"],
        )
        return Outcome(
            points,
            {
                "code": line["code"],
                "value": get_text(value),
                "points": get_text(points.points),
                "measured": points.measured,
                "failed_critical": points.failed_critical,
            },
        )

    def _get_metric(self, line):
        rules = line["rules"]
        key = id(rules), line["code"], line["weight"]
        known = self._metrics.get(key)
        if known is None:
            metric = scoring.Metric(
                key=line["code"],
                weight=line["weight"],
                anchors=tuple(
                    (scoring.to_decimal(value), scoring.to_decimal(points))
                    for value, points in rules["anchors"]
                ),
                missing_policy=rules["missing_policy"],
                neutral_points=rules["neutral_points"],
                min_sample=0 if rules["formula"] else rules["min_sample"],
                critical_minimum=rules["critical_minimum"],
            )
            # The rules go along, so that no other object gets their identity.
            known = self._metrics[key] = (metric, rules)
        return known[0]


# ------------------------------------------------------------
# FEE
# ------------------------------------------------------------


def _get_split_parts(document, split):
    """Return the parts of the fee as plain data, as the result states them.

    Documents of the first format keep the result in which they were hashed.
    """
    parts = {
        "deduction": get_text(split.deduction),
        "disputed": get_text(split.disputed),
        "payable": get_text(split.payable),
    }
    if "money" in document:
        parts["retention"] = get_text(split.retention)
        parts["rows"] = [
            {
                name: get_text(value) if isinstance(value, Decimal) else value
                for name, value in vars(row).items()
            }
            for row in split.rows
        ]
    return parts


def split_fee(document, rate, upheld_rate, line_results):
    """Return the :class:`fee_split.FeeSplit` of ``document``.

    :param rate: percentage deducted by the score as collected
    :param upheld_rate: percentage while the open disputes are undecided
    :param list line_results: with the points of each line
    """
    inputs = document.get("money", {})
    return fee_split.split_fee(
        document["fee"],
        rate,
        upheld_rate,
        document["rounding"],
        _get_fee_rules(inputs.get("rules", {})),
        _get_fee_facts(document, inputs, line_results),
    )


def _get_fee_rules(rules):
    return fee_split.Rules(
        **{
            name: scoring.to_decimal(value)
            for name, value in rules.items()
            if name.endswith(("_rate", "_cap"))
        },
        credits=tuple(fee_split.Credit(**item) for item in rules.get("credits", ())),
    )


def _get_fee_facts(document, inputs, line_results):
    facts = inputs.get("facts", {})
    year = facts.get("year")
    points = {}
    if inputs:
        points = {
            line["code"]: result["points"]
            for line, result in zip(document["lines"], line_results, strict=True)
            if _can_give_credit(line, result)
        }
    return fee_split.Facts(
        points=points,
        disputed=frozenset(
            line["code"] for line in document["lines"] if line["disputed"]
        ),
        repeated=frozenset(facts.get("repeated", ())),
        milestones=tuple(
            fee_split.Milestone(item["key"], item["amount"], item["days"])
            for item in facts.get("milestones", ())
        ),
        waived=frozenset(inputs.get("waivers", ())),
        year_fee=_get_year_fee(document, year) if year else None,
        year_lost=scoring.to_decimal(year["lost"]) if year else scoring.ZERO,
    )


def get_text(number):
    """Return the shortest plain decimal text of ``number``."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _can_give_credit(line, result):
    """Points that no evidence of this period gave cost no credit.

    Except the zero of a metric whose evidence the vendor owes.
    """
    if result["points"] is None:
        return False
    return result["measured"] or line["rules"]["missing_policy"] == "zero"


def _get_year_fee(document, year):
    """Return the fees of the contract year, or what the period's make of it."""
    if year["fee"] is not None:
        return scoring.to_decimal(year["fee"])
    with localcontext(scoring.CONTEXT):
        return (
            scoring.to_decimal(document["fee"])
            * 12
            / scoring.to_decimal(year["months"])
        )


# ------------------------------------------------------------
# VALUES
# ------------------------------------------------------------


_COMPILED = {}


def _get_compiled(text):
    if text not in _COMPILED:
        if len(_COMPILED) > 1000:
            _COMPILED.clear()
        _COMPILED[text] = formula.Formula(text)
    return _COMPILED[text]


def _get_value(line):
    if not line["denominator"] or line["sample"] < line["rules"]["min_sample"]:
        return None
    with localcontext(scoring.CONTEXT):
        return (
            scoring.to_decimal(line["numerator"])
            * line["rules"]["scale"]
            / scoring.to_decimal(line["denominator"])
        )
