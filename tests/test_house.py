"""The layout of the modules: where things stand, and how large they may be."""

import ast
import re
import sys

import pytest
import repo

MOST_LINES = 800
MOST_FILES_OF_A_MODEL = 6
MOST_FILES_OF_A_FOLDER = 20
MOST_LINES_OF_A_METHOD = 70
SUDO = re.compile(r"\.sudo\(")
PUNCTUATION = re.compile("[\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u00d7\u2192]")
KEY = re.compile(r"\b[A-Z_]*KEY\s*=\s*object\(\)|with_context\(\s*\w*_key\s*=")


@pytest.fixture(params=repo.MODULES)
def module(request):
    return request.param


def sources(module):
    """The Python files of a module without its tests: ``(path, lines)``."""
    for path in repo.files(module, ".py"):
        if "tests" not in path.relative_to(repo.ROOT).parts:
            yield path, path.read_text("utf-8").splitlines()


def classes(module):
    """``{model: [class, ...]}`` in the order in which Python loads the files."""
    found = {}
    for model in repo.models(module):
        if model.name:
            found.setdefault(model.name, []).append(model)
    return found


def test_tools_hide_no_module_of_python(module):
    """Tools that are started without Odoo find their folder before Python's own."""
    names = {path.stem for path in (repo.ROOT / module / "tools").glob("*.py")}
    assert not names & sys.stdlib_module_names


def test_files_are_short(module):
    long = [
        f"{repo.short(path)}: {len(lines)}"
        for path, lines in sources(module)
        if len(lines) > MOST_LINES
    ]
    assert not long


def test_folders_are_small(module):
    folders = {}
    for path, _lines in sources(module):
        if "models" in path.relative_to(repo.ROOT).parts:
            folders.setdefault(path.parent, []).append(path)
    full = [
        f"{repo.short(folder)}: {len(paths)}"
        for folder, paths in folders.items()
        if len(paths) > MOST_FILES_OF_A_FOLDER
    ]
    assert not full


def test_rooms_say_what_they_hold(module):
    """Each folder of models opens with which file answers which question."""
    models = repo.ROOT / module / "models"
    mute = [
        repo.short(path)
        for path in models.glob("*/__init__.py")
        if not ast.get_docstring(repo.tree(path))
    ]
    assert not mute
    loose = [path.name for path in models.glob("*.py") if path.name != "__init__.py"]
    assert not loose, "a model lives in the room of its subject"


def test_a_model_stands_in_few_files(module):
    spread = [
        f"{name}: {len(paths)} files"
        for name, models in classes(module).items()
        if len(paths := {model.path for model in models}) > MOST_FILES_OF_A_MODEL
    ]
    assert not spread


def test_fields_stand_in_the_first_file(module):
    """Whoever looks for a field of a model looks in one file."""
    stray = []
    for name, models in classes(module).items():
        own = [
            model
            for model in models
            # A model that gets another mixin names itself, and its fields stay.
            if "_name" in model.values
            and name not in (model.values.get("_inherit") or ())
        ]
        if not own and len({model.path for model in models}) < 2:
            continue
        homes = {model.path for model in (own or models) if model.fields}
        homes = homes or {models[0].path}
        first = sorted(homes)[0] if not own else own[0].path
        stray += [
            f"{repo.short(model.path)}: fields of {name} stand in {repo.short(first)}"
            for model in models
            if model.fields and model.path != first
        ]
    assert not stray


def test_no_model_overrides_itself(module):
    """A class calls a named hook; the order of imports decides nothing."""
    twice = []
    for name, models in classes(module).items():
        places = {}
        for model in models:
            for node in model.node.body:
                if isinstance(node, ast.FunctionDef):
                    places.setdefault(node.name, []).append(repo.short(model.path))
        twice += [
            f"{name}.{method}: {', '.join(where)}"
            for method, where in places.items()
            if len(where) > 1
        ]
    assert not twice


def test_methods_are_short(module):
    long = [
        f"{repo.short(path)}:{node.lineno}: {node.name} has {length} lines"
        for path, _lines in sources(module)
        for node in ast.walk(repo.tree(path))
        if isinstance(node, ast.FunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > MOST_LINES_OF_A_METHOD
    ]
    assert not long


def has_reason(lines, number):
    """Whether ``# sudo:`` stands on the line or in the comment just above it.

    Above the call where the line is its first argument.
    """
    if "# sudo:" in lines[number]:
        return True
    above = number - 1
    if lines[above].rstrip().endswith("("):
        above -= 1
    while above >= 0 and lines[above].strip().startswith("#"):
        if "# sudo:" in lines[above]:
            return True
        above -= 1
    return False


def test_every_sudo_says_why(module):
    bare = [
        f"{repo.short(path)}:{number + 1}"
        for path, lines in sources(module)
        for number, line in enumerate(lines)
        if SUDO.search(line)
        and not line.strip().startswith(("#", '"', "``"))
        and not is_text(path, number + 1)
        and not has_reason(lines, number)
    ]
    assert not bare, "say which right is missing and why it is safe: # sudo: ..."


def is_text(path, number):
    """Whether the line is inside a docstring or another text."""
    return any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.lineno <= number <= node.end_lineno
        and node.lineno != node.end_lineno
        for node in ast.walk(repo.tree(path))
    )


def test_no_right_travels_in_the_context(module):
    """Rights of the server are grants of models/base, not keys."""
    keys = [
        f"{repo.short(path)}:{number}"
        for path, lines in sources(module)
        for number, line in enumerate(lines, 1)
        if KEY.search(line)
    ]
    assert not keys


def test_python_is_plain_text(module):
    """Typographic punctuation stands in translations, not in the source."""
    wrong = [
        f"{repo.short(path)}:{number}"
        for path, lines in sources(module)
        for number, line in enumerate(lines, 1)
        if PUNCTUATION.search(line)
    ]
    assert not wrong


def test_tests_weigh_enough():
    """The modules' own tests are at least 0.6 of their code."""
    code = tests = 0
    for module in repo.MODULES:
        for path in repo.files(module, ".py"):
            count = len(path.read_text("utf-8").splitlines())
            if "tests" in path.relative_to(repo.ROOT).parts:
                tests += count
            else:
                code += count
    assert tests >= 0.6 * code
