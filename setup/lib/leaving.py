"""Uninstall modules, install them again, and compare with the first installation."""

from . import modules
from .counting import Tally
from .database import literal
from .ui import say

NAMES = ("model", "model_id", "model_name", "relation", "res_model", "resource")
"""Columns of text in which tables name a model."""

SNAPSHOT = {
    "XML ids": "SELECT module || '.' || name || ' ' || model FROM ir_model_data"
    " WHERE module IN %(ours)s AND NOT starts_with(name, 'demo_')",
    "columns": "SELECT table_name || '.' || column_name || ' ' || data_type || ' '"
    " || is_nullable FROM information_schema.columns WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass || ' ' || conname || ' '"
    " || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid != 0",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
"""What an installation makes, one line for each thing."""

FILLED = {"vendor_quality_identity"}
"""Tables that an installation fills from documents of other modules, which stay."""


def snapshot(server, database):
    """Return ``{subject: set of lines}``: what is installed, and rows of our tables."""
    ours = _in(modules.names())
    found = {
        subject: set(server.sql(database, query % {"ours": ours}).splitlines())
        for subject, query in SNAPSHOT.items()
    }
    for name in modules.names():
        tables = _tables(server, database, _models(server, database, _group(name)))
        rows = [
            f"SELECT '{table} ' || count(*) FROM {table}"
            for table in tables
            if table not in FILLED
        ]
        found[f"rows of {name}"] = set(
            server.sql(database, " UNION ALL ".join(rows)).splitlines()
        )
    return found


def check(runner, database, fresh, is_clean):
    """Uninstall each module with those that need it, and install them again.

    :param dict fresh: the :func:`snapshot` of the first installation
    :param is_clean: function that judges a log and returns a tally
    """
    tally = Tally()
    for name in reversed(modules.names()):
        gone = _group(name)
        models = _models(runner.server, database, gone)
        status, log = runner.run(
            f"uninstalling {name}", *("module", "uninstall", "-d", database, name)
        )
        left = [
            *(gone if status else ()),
            *runner.server.installed(database).keys() & set(gone),
            *_traces(runner.server, database, gone, models),
        ]
        if left:
            say(f"    FAILED: {name} leaves {', '.join(left)} (log: {log})")
            tally.failed += 1
            break
        tally.passed += 1
        tally.add(is_clean(log))
        log = runner.install(f"installing {' and '.join(gone)} again", database, gone)
        tally.add(is_clean(log))
        tally.add(_compare(fresh, snapshot(runner.server, database), name))
    return tally


def _group(name):
    """The module and those of ours that need it."""
    return [one for one in modules.names() if name in modules.needs_of([one])]


def _models(server, database, group):
    """The models that no module outside of ``group`` defines."""
    return server.sql(
        database,
        "SELECT m.model FROM ir_model m"
        " JOIN ir_model_data d ON d.model = 'ir.model' AND d.res_id = m.id"
        f" GROUP BY m.model HAVING bool_and(d.module IN {_in(group)})",
    ).splitlines()


def _tables(server, database, models):
    """The tables of ``models`` that exist; a report is a view."""
    if not models:
        return []
    wanted = _in(model.replace(".", "_") for model in models)
    return server.sql(
        database,
        f"SELECT tablename FROM pg_tables WHERE tablename IN {wanted}",
    ).splitlines()


def _traces(server, database, gone, models):
    """Whatever still speaks of models that are uninstalled, in words."""
    columns = server.sql(
        database,
        "SELECT table_name, column_name FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        " AND data_type IN ('character varying', 'text')"
        f" AND column_name IN {_in(NAMES)}",
    ).splitlines()
    rows = [
        f"SELECT count(*) || ' rows of {table}' FROM {table}"
        f" WHERE {column} IN (SELECT name FROM gone) HAVING count(*) > 0"
        for table, column in (row.split("|") for row in columns)
    ]
    rows.append(
        "SELECT count(*) || ' XML ids' FROM ir_model_data"
        f" WHERE module IN {_in(gone)} HAVING count(*) > 0"
    )
    names = ", ".join(f"({literal(model)})" for model in models)
    found = server.sql(
        database,
        f"WITH gone (name) AS (VALUES {names}) {' UNION ALL '.join(rows)}",
    ).splitlines()
    stay = _tables(server, database, models)
    return [*found, *(f"the table {table}" for table in stay)]


def _compare(fresh, now, name):
    """One failure for each subject that differs from the first installation."""
    tally = Tally()
    for subject in (*SNAPSHOT, f"rows of {name}"):
        missing, new = fresh[subject] - now[subject], now[subject] - fresh[subject]
        if not missing and not new:
            tally.passed += 1
            continue
        tally.failed += 1
        say(f"    FAILED: {subject} differ from those of the first installation:")
        for sign, lines in (("-", missing), ("+", new)):
            for line in sorted(lines)[:10]:
                say(f"      {sign} {line}")
    return tally


def _in(values):
    return f"({', '.join(map(literal, values)) or 'NULL'})"
