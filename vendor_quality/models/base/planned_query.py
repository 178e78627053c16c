"""Plans a statement once for a transaction that runs it again and again."""

import itertools
import re
from weakref import WeakKeyDictionary

PLACE = re.compile(r"(?P<negated>\bNOT\s+)?\b(?P<among>IN\s+)%s|%s|%%")

USES = 1
"""So often a statement runs in a transaction before it is prepared."""

statements = WeakKeyDictionary()
"""``{cursor: {code of a query: number of its uses, or name of its statement}}``"""
_numbers = itertools.count(1)


def execute_planned(env, query):
    """Execute ``query`` and return its rows as dicts.

    At first it is an ordinary one, whose plan fits its values. A transaction that goes
    on, as posting bills one by one does, prepares it: planning takes longer than the
    execution for one bill (``tests/bench/run.py bills``, "post one by one"; the facts
    of a bill 1.5 and 0.3 ms, 4.2 and 0.8 ms where all is asked). A prepared statement
    lasts as long as the cursor: Odoo's pool lends each connection after DISCARD ALL.

    :param SQL query: values are numbers, texts and dates; tuples of them after ``IN``
    :rtype: list of dict
    """
    cr = env.cr
    names = statements.setdefault(cr, {})
    name = names.get(query.code, 0)
    if isinstance(name, int):
        if name < USES:
            names[query.code] = name + 1
            return env.execute_query_dict(query)
        name = names[query.code] = _prepare(cr, query)
    values = [list(item) if isinstance(item, tuple) else item for item in query.params]
    places = ", ".join(["%s"] * len(values))
    # pylint: disable=sql-injection; the name is made here, values are passed
    cr.execute(f"EXECUTE {name} ({places})", values)
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
    # pylint: disable=sql-injection; the code of a query of ours, without values
    cr.execute(
        "SET LOCAL plan_cache_mode = force_generic_plan; "
        f"PREPARE {name} AS {PLACE.sub(place, query.code)}"
    )
    return name
