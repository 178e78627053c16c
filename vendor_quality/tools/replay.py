"""The score of a quality form from its frozen document, without Odoo.

A document is plain JSON: what was counted, the rules of that moment, the fee
and the result. The form computes its result with :func:`compute`, and anyone
who holds the document computes it again with the same arithmetic.
"""

import hashlib
import json
from decimal import localcontext

from . import formula, scoring

FORMAT = "vendor.quality.form/1"


def get_canonical(document):
    """Return ``document`` as the one JSON text that is hashed."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def get_hash(document):
    """Return the SHA-256 of the canonical text."""
    return hashlib.sha256(get_canonical(document).encode()).hexdigest()


def compute(document):
    """Return ``(result, line results)`` of ``document``, as plain data."""
    lines = document["lines"]
    template = document["template"]
    values = get_values(lines)
    points = [_get_points(line, values[line["code"]]) for line in lines]
    result = scoring.get_score(
        points, template["min_coverage"], template["critical_cap"]
    )
    stayed = result
    if any(line["disputed"] for line in lines):
        stayed = scoring.get_score(
            [_get_points(line, values[line["code"]], stay=True) for line in lines],
            template["min_coverage"],
            template["critical_cap"],
        )
    rate = _get_rate(result, template)
    stayed_rate = min(rate, _get_rate(stayed, template))
    split = scoring.split_fee(document["fee"], rate, document["rounding"], stayed_rate)
    return {
        "score": _text(result.score),
        "raw_score": _text(result.raw_score),
        "stayed_score": _text(stayed.score),
        "coverage": _text(result.coverage),
        "grade": _get_grade(result, template),
        "stayed_grade": _get_grade(stayed, template),
        "failed_critical": sorted(result.failed_critical),
        "deduction_rate": _text(rate),
        "stayed_rate": _text(stayed_rate),
        "deduction": _text(split.credit),
        "disputed": _text(split.disputed),
        "payable": _text(split.payable),
    }, [
        {
            "code": line["code"],
            "value": _text(values[line["code"]]),
            "points": _text(item.points),
            "measured": item.measured,
            "failed_critical": item.failed_critical,
        }
        for line, item in zip(lines, points, strict=True)
    ]


def get_values(lines):
    """Return ``{code: value or None}``; formulas read the measured values."""
    values = {}
    for line in lines:
        if not line["rules"]["formula"]:
            values[line["code"]] = _get_value(line)
    formulas = [line for line in lines if line["rules"]["formula"]]
    measured = dict(values)
    for line in formulas:
        text = line["rules"]["formula"]
        values[line["code"]] = _get_compiled(text)(measured)
    return values


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


def _get_points(line, value, stay=False):
    rules = line["rules"]
    awarded = line["awarded"]
    if stay and line["disputed"]:
        awarded = 100
    metric = scoring.Metric(
        key=line["code"],
        weight=line["weight"],
        anchors=rules["anchors"],
        missing_policy=rules["missing_policy"],
        neutral_points=rules["neutral_points"],
        min_sample=0 if rules["formula"] else rules["min_sample"],
        critical_minimum=rules["critical_minimum"],
    )
    return scoring.get_points(metric, value, line["sample"], line["carried"], awarded)


def _get_rate(result, template):
    if result.score is None:
        return scoring.ZERO
    return scoring.get_rate(result.score, template["deductions"])


def _get_grade(result, template):
    if result.score is None:
        return None
    bands = template["bands"]
    index = scoring.find_band(result.score, [bound for bound, _grade in bands])
    return None if index is None else bands[index][1]


def _text(number):
    """Return the shortest plain decimal text of ``number``."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
