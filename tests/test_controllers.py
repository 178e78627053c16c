"""Controllers of all installed modules become one class: names must not meet."""

import ast
from collections import defaultdict

import repo


def methods():
    """What controllers define, without what they extend knowingly.

    Odoo builds one class out of all that extend the same controller, so a helper of
    one module silently replaces another module's helper of the same name.
    """
    found = defaultdict(set)
    for module in repo.MODULES:
        for path in repo.files(module, ".py"):
            if "controllers" not in path.parts:
                continue
            for node in ast.walk(repo.tree(path)):
                if not isinstance(node, ast.ClassDef):
                    continue
                for item in node.body:
                    if isinstance(item, ast.FunctionDef) and not _calls_super(item):
                        found[item.name].add(module)
    return found


def _calls_super(function):
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", None) == "super"
        for node in ast.walk(function)
    )


def test_helpers_have_names_of_their_own():
    shared = {
        name: sorted(modules) for name, modules in methods().items() if len(modules) > 1
    }
    assert not shared, "begin the name with the module's word"
