"""Plans a large query once for a transaction that asks it again and again."""

import itertools
import re
from weakref import WeakKeyDictionary

PLACE = re.compile(r"(?P<negated>\bNOT\s+)?\b(?P<among>IN\s+)%s|%s|%%")

_statements = WeakKeyDictionary()
"""``{cursor: {code of a query: name of its statement, or None after one use}}``"""
_numbers = itertools.count(1)


def execute_planned(env, query):
    """Execute ``query`` and return its rows as dicts.

    The first time it is an ordinary query, whose plan fits its values. A transaction
    that asks it once more, as posting bills one by one does, prepares it: planning it
    takes longer than its execution for one bill (``tests/bench/run.py bills``, "post
    one by one"). A prepared statement lasts as long as the connection is borrowed from
    Odoo's pool, that is as long as the cursor.

    :param SQL query: values are numbers, texts and dates; tuples of them after ``IN``
    :rtype: list of dict
    """
    cr = env.cr
    names = _statements.setdefault(cr, {})
    if query.code not in names:
        names[query.code] = None
        return env.execute_query_dict(query)
    if not names[query.code]:
        names[query.code] = _prepare(cr, query)
    values = [list(item) if isinstance(item, tuple) else item for item in query.params]
    places = ", ".join(["%s"] * len(values))
    # pylint: disable=sql-injection; the name is made here, values are passed
    cr.execute(f"EXECUTE {names[query.code]} ({places})", values)
    return cr.dictfetchall()


def _prepare(cr, query):
    """Prepare the statement of ``query``; return its name."""
    name = f"vendor_quality_{next(_numbers)}"
    counter = itertools.count(1)

    def place(match):
        if match[0] == "%%":
            return "%"
        if not match["among"]:
            return f"${next(counter)}"
        operator = "!= ALL" if match["negated"] else "= ANY"
        return f"{operator} (${next(counter)})"

    # Values do not change the plan: rows are found by their keys.
    cr.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    # pylint: disable=sql-injection; the code of a query of ours, without values
    cr.execute(f"PREPARE {name} AS {PLACE.sub(place, query.code)}")
    return name
