"""What a person's figure would be if everybody's rate held for that person's work.

Plain functions on plain values: an assessment is counted with them, and anybody counts
it again from what it keeps.
"""

import hashlib
import json

TOLERANCE = 0.05
"""A value within this share of what is expected is as expected."""


def make_figure(own, everybody, kind, is_percent, direction, fewest):
    """Return a figure of a person beside the value that the case mix lets expect.

    :param own: entries of the person: ``(ticket, stratum, numerator, denominator)``
    :param everybody: ``{stratum: (numerator, denominator)}`` of all technicians, the
        person included
    :param str kind: ``ratio`` or ``sum``
    :param bool is_percent: whether shares are shown of a hundred
    :param str direction: ``higher`` or ``lower`` is better
    :param int fewest: a smaller sample is shown and not judged
    :return: dict of ``value``, ``expected`` (None: there is none), ``sample``,
        ``numerator``, ``denominator`` and ``verdict``
    """
    scale = 100.0 if is_percent else 1.0
    numerator = sum(entry[2] for entry in own)
    denominator = sum(entry[3] for entry in own)
    value, expected = numerator, None
    sample = len(own)
    if kind == "ratio":
        sample = round(denominator)
        value = scale * numerator / denominator if denominator else None
        expected = _expect(own, everybody, scale)
    return {
        "value": value,
        "expected": expected,
        "sample": sample,
        "numerator": numerator,
        "denominator": denominator,
        "verdict": judge(value, expected, direction, sample, fewest),
    }


def _expect(own, everybody, scale):
    """Return the mean of everybody's rates, weighed with the person's own work."""
    weights = {}
    for _ticket, stratum, _numerator, denominator in own:
        weights[stratum] = weights.get(stratum, 0.0) + denominator
    total = sum(weights.values())
    if not total:
        return None
    return (
        scale
        * sum(
            weight * everybody[stratum][0] / everybody[stratum][1]
            for stratum, weight in weights.items()
            if weight
        )
        / total
    )


def judge(value, expected, direction, sample, fewest):
    """Return ``few``, ``none``, ``better``, ``worse`` or ``equal``."""
    if value is None or expected is None:
        return "none"
    if sample < fewest:
        return "few"
    difference = value - expected
    if abs(difference) <= TOLERANCE * abs(expected):
        return "equal"
    return "better" if (difference > 0) == (direction == "higher") else "worse"


def make_digest(code, person, first, last, entries):
    """Return the SHA-256 (hexadecimal) over what a figure was counted from.

    :param str code: of the figure
    :param int person: id of the technician
    :param str first: first day, and ``last``: last day of the period
    :param entries: ``[[ticket, numerator, denominator], ...]`` in the kept order
    """
    text = json.dumps(
        [code, person, first, last, entries], separators=(",", ":"), sort_keys=True
    )
    return hashlib.sha256(text.encode()).hexdigest()
