"""Divide Odoo's tests by class, so that several processes run them side by side."""

import ast
import re

from .paths import CHECKOUT
from .ui import Problem

CLASS_WEIGHT = 3
"""What the fixtures of a class weigh, in tests."""
MATRIX_WEIGHT = 60
"""What a test of a matrix weighs, which tries each role on each model."""


def read_share(text):
    """``"2/3"`` as (2, 3): the second of three shares."""
    found = re.fullmatch(r"([1-9])/([1-9])", text)
    share = tuple(map(int, found.groups())) if found else (0, 0)
    if not 1 <= share[0] <= share[1]:
        raise Problem(f"no share {text}: say 1/2 for the first of two")
    return share


def is_first(share):
    """Whether the checks before Odoo's tests belong to this share, or to no share."""
    return not share or share[0] == 1


def is_last(share):
    """Whether what follows Odoo's tests belongs to this share, or to no share."""
    return not share or share[0] == share[1]


def tags_of_share(share, names):
    """The test tags of the classes of one share.

    Classes that need the web server are all in the first share: the first of them makes
    Odoo compile all its style sheets and scripts. Of the others the heaviest are given
    away first, each to the share that has the least yet, and the same way in each
    process.
    """
    number, of = share
    loads = [0] * of
    chosen = []
    found = sorted(_classes(names), key=lambda one: (not one[2], -one[1], one[0]))
    for tag, weight, needs_server in found:
        least = 0 if needs_server else loads.index(min(loads))
        loads[least] += weight
        if least == number - 1:
            chosen.append(tag)
    return chosen


def _classes(names):
    """Triples (tag, weight, whether it needs the web server) of the test classes.

    Tests that a class inherits run with it, and classes that only others inherit from
    have none.
    """
    bases = {}
    for path in sorted(CHECKOUT.glob("*/tests/*.py")):
        for node in _read_classes(path):
            bases.setdefault(node.name, set()).update(
                base.id for base in node.bases if isinstance(base, ast.Name)
            )
    for name in names:
        own, of_module = {}, {}
        for path in sorted((CHECKOUT / name / "tests").glob("*.py")):
            for node in _read_classes(path):
                own[node.name] = {
                    part.name
                    for part in node.body
                    if isinstance(part, ast.FunctionDef)
                    and part.name.startswith("test_")
                }
                of_module[node.name] = [
                    base.id for base in node.bases if isinstance(base, ast.Name)
                ]
        for klass in own:
            tests = _inherited(klass, own, of_module)
            if tests:
                each = MATRIX_WEIGHT if "Matrix" in klass else 1
                weight = CLASS_WEIGHT + each * len(tests)
                yield f"/{name}:{klass}", weight, _needs_server(klass, bases)


def _read_classes(path):
    """The syntax trees of the classes of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.ClassDef)]


def _needs_server(klass, bases):
    """Whether a class is one of core's ``HttpCase``, by itself or what it extends."""
    return any(
        base.startswith("HttpCase") or _needs_server(base, bases)
        for base in bases.get(klass, ())
    )


def _inherited(klass, own, bases):
    """The names of the tests of a class, those of its bases included."""
    tests = set(own.get(klass, ()))
    for base in bases.get(klass, ()):
        tests |= _inherited(base, own, bases)
    return tests
