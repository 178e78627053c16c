"""Divide Odoo's tests by class, so that several processes run them side by side."""

import ast
import functools
import json
import re

from .paths import CHECKOUT, SETUP, cache_root, lock
from .ui import Problem

WEIGHTS = SETUP / "lib" / "weights.json"
"""Seconds that classes took, of those that took long: see ``setup/test --weigh``."""
WORTH_A_LINE = 5
CLASS_SECONDS, TEST_SECONDS, MATRIX_SECONDS = 1.2, 0.45, 60
"""What others are thought to take: a class, each test, each test of a matrix."""
BEFORE, AFTER = 80, 110
"""Seconds of what the first share has to do before its tests, the last one after."""


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
    process. What a class weighs is only a guess where it is new.
    """
    number, of = share
    loads = [0] * of
    loads[0] += BEFORE
    loads[-1] += AFTER
    chosen = []
    found = sorted(_classes(names), key=lambda one: (not one[2], -one[1], one[0]))
    for tag, weight, needs_server in found:
        least = 0 if needs_server else loads.index(min(loads))
        loads[least] += weight
        if least == number - 1:
            chosen.append(tag)
    return chosen


def note(seconds):
    """Keep in the cache what classes took: ``{tag: seconds}``."""
    path = cache_root() / "seconds.json"
    with lock("seconds"):
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**known, **seconds}))


def weigh(names):
    """Write what the classes of these modules took when they ran last."""
    path = cache_root() / "seconds.json"
    if not path.exists():
        raise Problem("nothing was measured here: run the tests first")
    known = json.loads(path.read_text())
    taken = {tag: round(known.get(tag, 0)) for tag, _weight, _web in _classes(names)}
    heavy = {tag: taken[tag] for tag in sorted(taken) if taken[tag] >= WORTH_A_LINE}
    WEIGHTS.write_text(json.dumps(heavy, indent=0) + "\n")


def _classes(names):
    """Triples (tag, weight, whether it needs the web server) of the test classes.

    Tests that a class inherits run with it, and classes that only others inherit from
    have none.
    """
    measured = json.loads(WEIGHTS.read_text())
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
                tag = f"/{name}:{klass}"
                each = MATRIX_SECONDS if "Matrix" in klass else TEST_SECONDS
                weight = measured.get(tag, CLASS_SECONDS + each * len(tests))
                yield tag, weight, _needs_server(klass, bases)


@functools.cache
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
