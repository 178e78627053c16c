#!/usr/bin/env python3
"""Re-compute the figures of a service report from its evidence, without Odoo.

    python3 recompute_report.py evidence.json

The document holds the facts of the days, the figures that the report shows and the
SHA-256 of the facts. Exits with 1 where a figure or the digest is another one.
"""

# pylint: disable=print-used
import hashlib
import json
import sys
from math import sqrt

COLUMNS = (
    "day",
    "code",
    "team_id",
    "service_id",
    "numerator",
    "denominator",
    "squares",
    "sample",
)
"""Columns of a row of evidence; a team or service of 0 is none."""
Z = 1.96
"""Bounds that hold in 95 of 100 cases."""


def make_digest(rows):
    """Return the SHA-256 of rows of evidence (hex), whatever their order."""
    lines = sorted(
        json.dumps([row[name] for name in COLUMNS], separators=(",", ":"))
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def make_figure(rows, kind, is_share):
    """Return ``{value, low, high, sample}`` of facts of one figure.

    :param str kind: ``ratio``, ``sum``, ``level`` or ``max``
    :param bool is_share: whether a ratio is a share in percent
    """
    figure = {
        "value": None,
        "low": None,
        "high": None,
        "sample": sum(row["sample"] for row in rows),
    }
    if not rows:
        return figure
    numerator = sum(row["numerator"] for row in rows)
    if kind == "ratio":
        denominator = sum(row["denominator"] for row in rows)
        if denominator:
            squares = sum(row["squares"] for row in rows)
            figure.update(_make_ratio(numerator, denominator, squares, is_share))
    elif kind == "level":
        figure["value"] = round(numerator / len({row["day"] for row in rows}), 4)
    elif kind == "max":
        figure["value"] = round(max(row["numerator"] for row in rows), 4)
    else:
        figure["value"] = round(numerator, 4)
    return figure


def _make_ratio(numerator, denominator, squares, is_share):
    mean = numerator / denominator
    if is_share:
        middle = mean + Z * Z / (2 * denominator)
        spread = mean * (1 - mean) + Z * Z / (4 * denominator)
        spread = Z * sqrt(max(0, spread) / denominator)
        size = 1 + Z * Z / denominator
        low = max(0, (middle - spread) / size)
        high = min(1, (middle + spread) / size)
        values = (100 * mean, 100 * low, 100 * high)
    else:
        spread = Z * sqrt(max(0, squares / denominator - mean * mean) / denominator)
        values = (mean, mean - spread, mean + spread)
    return {
        name: round(value, 4)
        for name, value in zip(("value", "low", "high"), values, strict=True)
    }


def find_differences(document):
    """Return a sentence for each figure of a document that its facts do not give."""
    rows = document["rows"]
    found = []
    if make_digest(rows) != document["sha256"]:
        found.append("the SHA-256 of the facts is another one")
    for kpi in document["kpis"]:
        for month, shown in kpi["months"].items():
            mine = [
                row
                for row in rows
                if row["code"] == kpi["code"] and row["day"].startswith(month)
            ]
            figure = make_figure(mine, kpi["kind"], kpi["unit"] == "percent")
            if figure != shown:
                found.append(
                    f"{kpi['code']} of {month}: {figure['value']}, not {shown['value']}"
                )
    return found


def main(words):
    """Check the document of the command line."""
    if len(words) != 1:
        print(__doc__)
        return 2
    with open(words[0], encoding="utf-8") as file:
        document = json.load(file)
    differences = find_differences(document)
    for line in differences:
        print(line)
    months = sum(len(kpi["months"]) for kpi in document["kpis"])
    print(f"{months} figures from {len(document['rows'])} facts")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
