"""Views are valid by Odoo's own schema, and named as everywhere else."""

import ast
import re
from collections import Counter
from functools import cache

import pending
import pytest
import repo
from lxml import etree

VIEW = re.compile(
    r"_view_(form|list|search|kanban|pivot|graph|calendar|activity|hierarchy)(_\w+)?$"
)
INHERITED = re.compile(r"_view_\w+$|_inherit\w*$")
SUFFIX = {
    "ir.actions.act_window": re.compile(r"_action(_\w+)?$|^action_\w+$"),
    "ir.rule": re.compile(r"_rule_\w+$"),
    "res.groups": re.compile(r"^group_\w+$"),
}


@pytest.fixture(params=repo.MODULES)
def module(request):
    return request.param


@cache
def schema(kind):
    """The schema of one kind of view; None where Odoo has none."""
    path = repo.odoo_path() / "addons" / "base" / "rng" / f"{kind}_view.rng"
    return etree.RelaxNG(etree.parse(str(path))) if path.exists() else None


def records(module):
    """The records of a module: ``(path, record)``."""
    return [
        (path, record)
        for path in repo.files(module, ".xml")
        for record in repo.xml(path).iter("record")
    ]


def field(record, name):
    """A field of a record in XML, or None."""
    return record.find(f"field[@name='{name}']")


def test_views_are_valid(module):
    if repo.odoo_path() is None:
        pytest.skip("no Odoo here")
    wrong = []
    for path, record in records(module):
        arch = field(record, "arch")
        if record.get("model") != "ir.ui.view" or arch is None or not len(arch):
            continue
        if field(record, "inherit_id") is not None:
            continue
        root = next(child for child in arch if isinstance(child.tag, str))
        rng = schema(root.tag)
        if rng is not None and not rng.validate(etree.fromstring(etree.tostring(root))):
            wrong.append(f"{repo.short(path)}: {record.get('id')}: {rng.error_log}")
    assert not wrong, "\n".join(wrong)


def test_ids_are_unique(module):
    """An id that occurs twice silently overwrites the first record."""
    ids = Counter()
    for path in repo.files(module, ".xml"):
        if "demo" in path.parts:
            continue  # a story may set a department's head once he exists
        for tag in ("record", "template", "menuitem"):
            for node in repo.xml(path).iter(tag):
                identifier = node.get("id")
                if identifier and node.get("model") != "ir.model.data":
                    ids[identifier.removeprefix(f"{module}.")] += 1
    twice = [identifier for identifier, count in ids.items() if count > 1]
    assert not twice


def test_ids_are_named_alike(module):
    wrong = []
    for path, record in records(module):
        identifier, model = record.get("id") or "", record.get("model")
        if "." in identifier:
            continue  # a record of another module, changed
        if model == "ir.ui.view":
            rule = VIEW if field(record, "inherit_id") is None else INHERITED
        else:
            rule = SUFFIX.get(model)
        if rule and not rule.search(identifier):
            wrong.append(f"{repo.short(path)}: {identifier} ({model})")
    assert not wrong, "\n".join(wrong)


def test_lists_have_a_search_view(module):
    """What people look up in a list they can also search, filter and group."""
    has = {"list": set(), "search": set()}
    for _path, record in records(module):
        arch = field(record, "arch")
        model = field(record, "model")
        if record.get("model") != "ir.ui.view" or arch is None or model is None:
            continue
        if field(record, "inherit_id") is None:
            for child in arch:
                if child.tag in has:
                    has[child.tag].add(model.text)
    opened = {
        field(record, "res_model").text
        for _path, record in records(module)
        if record.get("model") == "ir.actions.act_window"
        and field(record, "res_model") is not None
    }
    missing = (has["list"] & opened) - has["search"] - pending.WITHOUT_SEARCH
    assert not missing


def classes(module):
    """The models of a module: ``(name, body of the class)``."""
    for path in repo.files(module, ".py"):
        if not {"models", "wizards"}.intersection(path.parts):
            continue
        for node in ast.walk(repo.tree(path)):
            if not isinstance(node, ast.ClassDef):
                continue
            values = {
                item.targets[0].id: item.value
                for item in node.body
                if isinstance(item, ast.Assign)
                and isinstance(item.targets[0], ast.Name)
            }
            name = values.get("_name", values.get("_inherit"))
            if isinstance(name, ast.Constant):
                yield name.value, values


@cache
def parts_with_steps():
    """``(model, field)`` of lines of which the server keeps those that took a step."""
    stepping, lines = set(), {}
    for module in repo.MODULES:
        for name, values in classes(module):
            if "_flow_transitions" in values:
                stepping.add(name)
            for field_name, value in values.items():
                if not isinstance(value, ast.Call) or "One2many" not in ast.dump(
                    value.func
                ):
                    continue
                for keyword in value.keywords:
                    if keyword.arg == "comodel_name":
                        lines[name, field_name] = ast.literal_eval(keyword.value)
    return {key for key, comodel in lines.items() if comodel in stepping}


def test_lists_of_parts_offer_no_bin_that_the_server_refuses(module):
    """A part that took a step is kept; a list says by state that rows may go."""
    wrong = []
    for path, record in records(module):
        model = field(record, "model")
        if record.get("model") != "ir.ui.view" or model is None:
            continue
        for node in record.iter("field"):
            shown = node.find("list")
            if (
                shown is None
                or (model.text, node.get("name")) not in parts_with_steps()
            ):
                continue
            is_kept = shown.get("delete") in ("0", "false")
            by_state = "'delete'" in (node.get("options") or "")
            if not (is_kept or by_state or node.get("readonly")):
                wrong.append(f"{repo.short(path)}: {node.get('name')}")
    assert not wrong
