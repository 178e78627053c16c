"""What the checks read: our modules as files, parsed once."""

import ast
import csv
import importlib.util
import os
from functools import cache
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))


def short(path):
    """A path as people write it in this repository."""
    return str(Path(path).relative_to(ROOT))


@cache
def manifest(module):
    """The manifest as data."""
    return ast.literal_eval((ROOT / module / "__manifest__.py").read_text("utf-8"))


@cache
def files(module, suffix):
    """A module's files of one kind, without what the language makes itself."""
    return sorted(
        path
        for path in (ROOT / module).rglob(f"*{suffix}")
        if "__pycache__" not in path.parts and "static" not in path.parts
    )


@cache
def tree(path):
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def xml(path):
    """The root of an XML file."""
    return etree.parse(str(path)).getroot()


@cache
def rows(path):
    """The rows of a CSV file."""
    with open(path, newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@cache
def odoo_path():
    """The folder of the Python package ``odoo``; None where there is no Odoo."""
    if named := os.environ.get("ODOO_PATH"):
        return Path(named) / "odoo"
    spec = importlib.util.find_spec("odoo")
    # odoo is a namespace: add-ons from pip lie in another folder of the same name
    for place in spec.submodule_search_locations if spec else ():
        if (Path(place) / "release.py").is_file():
            return Path(place)
    return None


@cache
def foreign_manifest(module):
    """The manifest of a module of Odoo or OCA; None where it cannot be found."""
    base = odoo_path()
    places = [base / "addons", base.parent / "addons"] if base else []
    spec = importlib.util.find_spec("lxml")
    site = Path(spec.origin).parents[1]
    places.append(site / "odoo" / "addons")
    for place in places:
        path = place / module / "__manifest__.py"
        if path.is_file():
            return ast.literal_eval(path.read_text("utf-8"))
    return None


@cache
def closure(module):
    """A module and all it builds on."""
    found = set()
    todo = [module]
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        known = manifest(name) if name in MODULES else foreign_manifest(name)
        todo += (known or {}).get("depends", ["base"] if name != "base" else [])
    return found


class Model:
    """One class of a module that defines or extends a model."""

    def __init__(self, path, node):
        self.path = path
        self.node = node
        self.kind = None
        for base in node.bases:
            if isinstance(base, ast.Attribute) and base.attr in KINDS:
                self.kind = base.attr
        self.values = {}
        self.fields = {}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
                if isinstance(target, ast.Name):
                    self._keep(target.id, statement.value)

    def _keep(self, name, value):
        try:
            self.values[name] = ast.literal_eval(value)
        except ValueError:
            call = value.func if isinstance(value, ast.Call) else None
            if (
                isinstance(call, ast.Attribute)
                and isinstance(call.value, ast.Name)
                and call.value.id == "fields"
            ):
                self.fields[name] = value

    @property
    def inherit(self):
        """The models this one builds on."""
        given = self.values.get("_inherit", [])
        return [given] if isinstance(given, str) else list(given)

    @property
    def name(self):
        """The model's name; that of the extended model for an extension."""
        return self.values.get("_name") or (self.inherit or [None])[0]

    @property
    def is_new(self):
        """Whether the class makes a model of its own."""
        return "_name" in self.values and self.values["_name"] not in self.inherit

    def __repr__(self):
        return f"{short(self.path)}:{self.node.name}"


KINDS = ("Model", "TransientModel", "AbstractModel")


@cache
def models(module):
    """The model classes of a module, fakes of its tests left out."""
    return [
        model
        for path in files(module, ".py")
        if "tests" not in path.relative_to(ROOT).parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        for model in [Model(path, node)]
        if model.kind
    ]


@cache
def all_models():
    """Every model class of the repository."""
    return [model for module in MODULES for model in models(module)]


def ancestors(name):
    """Our classes that make up a model: its own, extensions, mixins of ours."""
    found = []
    todo = [name]
    seen = set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        for model in all_models():
            if model.name == current:
                found.append(model)
                todo += model.inherit
    return found
