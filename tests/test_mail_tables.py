"""Nobody is told of anything that the table of mails in the README does not name."""

import ast
import re

import pytest
import repo

NOTIFYING = {
    "activity_schedule",
    "message_notify",
    "message_post_with_source",
    "note_message",
    "schedule_each",
    "schedule_missing",
    "send_alerts",
    "send_mail",
}
WAYS = {"mail.template": "mail", "mail.activity.type": "activity"}
CODE = ("models", "wizards", "controllers")
WALKS = ("_walk", "_check_walked")
WALKED_MODULES = ("outsourcing_mgmt", "vendor_quality")
"""Modules that take each step of their table; the others test some rows by words."""


def read_table(module):
    """Return rows and sources of a module, without loading it."""
    rows, sources = [], {}
    for node in repo.tree(repo.ROOT / module / "tools" / "mail_table.py").body:
        if not isinstance(node, ast.Assign):
            continue
        if node.targets[0].id == "SOURCES":
            sources = ast.literal_eval(node.value)
        for call in ast.walk(node.value):
            if isinstance(call, ast.Call) and call.func.id == "Row":
                event, role, way = call.args
                rows.append((event.value, role.value, way.id.lower()))
    return rows, sources


def find_mailed_events(module):
    """Yield the names of events that have words of a mail, as ``EVENTS`` holds them."""
    for path in repo.files(module, ".py"):
        if path.relative_to(repo.ROOT / module).parts[0] not in CODE:
            continue
        for node in repo.tree(path).body:
            is_words = (
                isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "EVENTS"
                and isinstance(node.value, ast.Dict)
            )
            if is_words:
                yield from (key.value for key in node.value.keys)


def find_records(module):
    """Yield model and name of what mails or activities are made from."""
    for path in repo.files(module, ".xml"):
        if "data" not in path.relative_to(repo.ROOT / module).parts:
            continue
        for record in repo.etree.parse(path).iterfind(".//record"):
            if record.get("model") in WAYS:
                yield record.get("model"), record.get("id").rpartition(".")[2]


def find_functions(module):
    """Yield the functions that mail or give activities, as ``file.function``."""
    for path in repo.files(module, ".py"):
        if path.relative_to(repo.ROOT / module).parts[0] not in CODE:
            continue
        for node in ast.walk(repo.tree(path)):
            if not isinstance(node, ast.FunctionDef):
                continue
            for call in ast.walk(node):
                if not isinstance(call, ast.Call):
                    continue
                called = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if called in NOTIFYING:
                    yield f"{path.stem}.{node.name}"
                    break


@pytest.mark.parametrize("module", repo.MODULES)
def test_each_template_and_type_has_a_row(module):
    rows, sources = read_table(module)
    ways = {(event, way) for event, _role, way in rows}
    found = list(find_records(module))
    missing = [name for _model, name in found if name not in sources]
    assert not missing, "add them to SOURCES, and a row of their event"
    wrong = [
        (name, sources[name])
        for model, name in found
        if (sources[name], WAYS[model]) not in ways
    ]
    assert not wrong, "no row says that this event is told in this way"


@pytest.mark.parametrize("module", repo.MODULES)
def test_each_function_has_a_row(module):
    rows, sources = read_table(module)
    found = set(find_functions(module))
    assert not sorted(found - set(sources)), "add them to SOURCES, and a row"
    known = found | {name for _model, name in find_records(module)}
    assert not sorted(set(sources) - known), "what is gone goes from SOURCES"
    events = {event for event, _role, _way in rows}
    assert not sorted(set(sources.values()) - events), "events without a row"


@pytest.mark.parametrize("module", repo.MODULES)
def test_each_event_with_words_has_a_row(module):
    rows, _sources = read_table(module)
    mailed = {event for event, _role, way in rows if way == "mail"}
    assert not sorted(set(find_mailed_events(module)) - mailed), "add a row"


@pytest.mark.parametrize("module", repo.MODULES)
def test_the_readme_shows_each_row_once(module):
    text = (repo.ROOT / module / "README.rst").read_text("utf-8")
    shown = [tuple(re.split(r"\s{2,}", line.strip())) for line in text.splitlines()]
    rows, _sources = read_table(module)
    assert len(set(rows)) == len(rows)
    assert not [row for row in rows if shown.count(row) != 1]


def find_walked_events(module):
    """Yield the events whose step a test takes, to look at what follows from it."""
    for path in (repo.ROOT / module / "tests").glob("test_*.py"):
        for node in ast.walk(repo.tree(path)):
            is_walk = (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") in WALKS
                and node.args
                and isinstance(node.args[0], ast.Constant)
            )
            if is_walk:
                yield node.args[0].value


@pytest.mark.parametrize("module", WALKED_MODULES)
def test_each_row_is_walked(module):
    """Its step is taken, and who got which mail or activity is compared."""
    rows, _sources = read_table(module)
    events = {event for event, _role, _way in rows}
    walked = set(find_walked_events(module))
    assert not sorted(events - walked), "take the step in a test, with _walk"
    assert not sorted(walked - events), "no such row"


def test_a_template_without_a_row_is_found(monkeypatch):
    monkeypatch.setattr(
        __name__ + ".find_records", lambda module: [("mail.template", "mail_new")]
    )
    with pytest.raises(AssertionError, match="SOURCES"):
        test_each_template_and_type_has_a_row("outsourcing_mgmt")
