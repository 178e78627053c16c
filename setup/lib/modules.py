"""The modules of this checkout, read from their manifests."""

import ast
import hashlib

from .paths import CHECKOUT
from .ui import Problem

ORDER = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")


def names():
    """The installable modules, in the order in which they build on each other."""
    found = [path.parent.name for path in CHECKOUT.glob("*/__manifest__.py")]
    found.sort(key=lambda name: (ORDER.index(name) if name in ORDER else 99, name))
    return found


def manifest(name):
    """A module's manifest."""
    path = CHECKOUT / name / "__manifest__.py"
    try:
        return ast.literal_eval(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError) as error:
        raise Problem(f"cannot read {path}: {error}") from error


def check(wanted):
    """Refuse names that are no module of ours."""
    known = names()
    for name in wanted:
        if name not in known:
            raise Problem(f"no module {name} here: there are {', '.join(known)}")
    return wanted


def version(name):
    """A module's version as Odoo stores it."""
    return manifest(name)["version"]


def external_depends():
    """What our modules need of Odoo and of others, sorted."""
    ours = set(names())
    needed = {"base"}
    for name in ours:
        needed.update(manifest(name).get("depends", ()))
    return sorted(needed - ours)


def needs_of(wanted):
    """``wanted`` and those of ours they depend on, in order."""
    ours = names()
    chosen = set()
    todo = list(wanted)
    while todo:
        name = todo.pop()
        if name in ours and name not in chosen:
            chosen.add(name)
            todo += manifest(name).get("depends", ())
    return [name for name in ours if name in chosen]


def has_tests(name):
    """Whether a module comes with tests that must run."""
    return any((CHECKOUT / name / "tests").glob("test_*.py"))


def fingerprint():
    """A text that changes when an installed module must be updated."""
    sha = hashlib.sha256()
    for name in names():
        for path in sorted((CHECKOUT / name).rglob("*")):
            inner = path.relative_to(CHECKOUT).parts[1:]
            if not path.is_file() or inner[0] == "tests" or "__pycache__" in inner:
                continue
            sha.update(str(path.relative_to(CHECKOUT)).encode())
            sha.update(path.read_bytes())
    return sha.hexdigest()[:16]
