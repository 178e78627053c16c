"""Divide Odoo's tests by class, so that several processes run them side by side."""

import ast
import re

from .paths import CHECKOUT
from .ui import Problem


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

    The classes with most test methods are given away first, each to the share that
    has the fewest yet, and the same way in each process.
    """
    number, of = share
    loads = [0] * of
    chosen = []
    for tag, tests in sorted(_classes(names), key=lambda found: (-found[1], found[0])):
        least = loads.index(min(loads))
        loads[least] += tests
        if least == number - 1:
            chosen.append(tag)
    return chosen


def _classes(names):
    """Pairs (tag, number of tests) of the test classes of modules.

    Tests that a class inherits run with it, and classes that only others inherit from
    have none.
    """
    for name in names:
        own, bases = {}, {}
        for path in sorted((CHECKOUT / name / "tests").glob("*.py")):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    own[node.name] = {
                        part.name
                        for part in node.body
                        if isinstance(part, ast.FunctionDef)
                        and part.name.startswith("test_")
                    }
                    bases[node.name] = [
                        base.id for base in node.bases if isinstance(base, ast.Name)
                    ]
        for klass in own:
            tests = _inherited(klass, own, bases)
            if tests:
                yield f"/{name}:{klass}", len(tests)


def _inherited(klass, own, bases):
    """The names of the tests of a class, those of its bases included."""
    tests = set(own.get(klass, ()))
    for base in bases.get(klass, ()):
        tests |= _inherited(base, own, bases)
    return tests
