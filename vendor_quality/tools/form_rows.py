"""The lines of many quality forms as one table of a statement.

What many lines have in common, the rules of a metric and equal results, is sent
once and joined by number: there are millions of lines.
"""

import json

from odoo.tools import SQL

MEASURED = (
    ("numerator", "float8"),
    ("denominator", "float8"),
    ("sample", "int"),
    ("evidence", "jsonb"),
)
OUTCOME = (
    ("has_carried_points", "bool"),
    ("carried_points", "float8"),
    ("is_disputed", "bool"),
    ("has_awarded_points", "bool"),
    ("awarded_points", "float8"),
    ("value", "float8"),
    ("points", "float8"),
    ("status", "text"),
    ("is_failed_critical", "bool"),
)
COUNTED = MEASURED + OUTCOME
"""Columns of a line that the server counts: its own, and what many lines share."""

ITEM = (
    ("metric_id", "int"),
    ("code", "text"),
    ("sequence", "int"),
    ("weight_bp", "int"),
    ("rules", "jsonb"),
)
"""Columns of a line that follow from its template."""


def get_names(columns, table=None):
    """Return the names of ``columns``, those of ``table`` if it is given."""
    names = [SQL.identifier(name) for name, _kind in columns]
    if table:
        names = [SQL("%s.%s", SQL.identifier(table), name) for name in names]
    return SQL(", ").join(names)


def get_row_table(rows, rules):
    """Return ``rows`` as a table ``new``; what many rows share is sent once.

    :param dict rules: ``{metric id: rules}`` to freeze
    """
    items, outcomes = _Numbers(), _Numbers()
    item_at = [
        items[row["metric_id"], row["code"], row.get("sequence"), row["weight"]]
        for row in rows
    ]
    outcome_at = [outcomes[_get_outcome_key(row)] for row in rows]
    examples = dict(zip(outcome_at, rows, strict=True))
    texts = {metric_id: json.dumps(item) for metric_id, item in rules.items()}
    return SQL(
        """
        (SELECT %(columns)s
           FROM %(line)s
           JOIN %(item)s ON item.at = line.item_at
           JOIN %(outcome)s ON outcome.at = line.outcome_at) AS new
        """,
        columns=SQL(", ").join(
            [
                SQL("line.id, line.form_id"),
                get_names(ITEM, "item"),
                get_names(MEASURED, "line"),
                get_names(OUTCOME, "outcome"),
            ]
        ),
        line=_get_table(
            "line",
            (
                ("id", "int"),
                ("form_id", "int"),
                ("item_at", "int"),
                ("outcome_at", "int"),
                *MEASURED,
            ),
            [
                [row["id"] for row in rows],
                [row["form_id"] for row in rows],
                item_at,
                outcome_at,
                *([row[name] for row in rows] for name, _kind in MEASURED[:-1]),
                [None if row["evidence"] == "{}" else row["evidence"] for row in rows],
            ],
        ),
        item=_get_table(
            "item",
            (*ITEM, ("at", "int")),
            zip(
                *((*key, texts.get(key[0]), at) for key, at in items.items()),
                strict=True,
            ),
        ),
        outcome=_get_table(
            "outcome",
            (*OUTCOME, ("at", "int")),
            zip(
                *((*_get_outcome(row), at) for at, row in examples.items()), strict=True
            ),
        ),
    )


def _get_table(name, columns, values):
    """Return typed ``columns`` with their ``values`` as a table ``name``."""
    return SQL(
        "UNNEST(%s) AS %s(%s)",
        SQL(", ").join(
            SQL("%s::%s[]", list(column), SQL(kind))
            for (_name, kind), column in zip(columns, values, strict=True)
        ),
        SQL.identifier(name),
        get_names(columns),
    )


class _Numbers(dict):
    """Numbers its keys in the order in which they are asked for."""

    def __missing__(self, key):
        number = self[key] = len(self)
        return number


def _get_outcome_key(row):
    """Return the same key for rows of one outcome; results are shared objects."""
    result = row["result"]
    if result is None:
        return None
    return (
        id(result),
        row["rules"]["missing_policy"],
        row["carried"],
        row["disputed"],
        row["awarded"],
    )


def _get_outcome(row):
    """Return the columns of ``OUTCOME`` for a row; nothing before it is scored."""
    result = row["result"]
    if result is None:
        return (None,) * len(OUTCOME)
    carried, awarded = row["carried"], row["awarded"]
    return (
        carried is not None,
        carried or 0.0,
        row["disputed"],
        awarded is not None,
        awarded or 0.0,
        float(result["value"] or 0),
        float(result["points"] or 0),
        _get_status(row["rules"], result),
        result["failed_critical"],
    )


def _get_status(rules, result):
    """Return where the points come from: a measurement, or which policy."""
    if result["measured"]:
        return "measured"
    return "exclude" if result["points"] is None else rules["missing_policy"]
