"""Tests are there, are found by Odoo, and stand on their own data."""

import re

import pending
import pytest
import repo

DEMO_ID = re.compile(r"['\"]([a-z]\w*\.[a-z]\w*)['\"]")


@pytest.fixture(params=repo.MODULES)
def module(request):
    return request.param


def test_every_test_file_is_imported(module):
    """Odoo runs only what tests/__init__.py imports."""
    folder = repo.ROOT / module / "tests"
    if not folder.is_dir():
        pytest.skip("no tests yet")
    text = (folder / "__init__.py").read_text("utf-8")
    imported = set(re.findall(r"\b(test_\w+)", text))
    forgotten = [p.stem for p in folder.glob("test_*.py") if p.stem not in imported]
    assert not forgotten


def test_tests_are_named_by_rooms(module):
    """A test says which folder of models it is about; ``module``: of all of them."""
    models = repo.ROOT / module / "models"
    rooms = {path.parent.name for path in models.glob("*/*.py")}
    if not rooms:
        pytest.skip("the models are in one folder")
    prefixes = tuple(f"test_{room}_" for room in {*rooms, "module"})
    odd = [
        path.stem
        for path in (repo.ROOT / module / "tests").glob("test_*.py")
        if not path.stem.startswith(prefixes)
    ]
    assert not odd


def test_fixtures_have_one_home(module):
    """One common.py a module; fakes, attacks and races are helpers with a name."""
    helpers = [
        path.stem
        for path in (repo.ROOT / module / "tests").glob("*.py")
        if not path.stem.startswith(("test_", "fake_", "attack_", "race_"))
    ]
    assert set(helpers) <= {"__init__", "common"}


def test_every_model_is_tested(module):
    """Each model of a module is named somewhere in a module's tests."""
    texts = "\n".join(
        path.read_text("utf-8")
        for other in repo.MODULES
        for path in (repo.ROOT / other / "tests").glob("*.py")
    )
    if not texts:
        pytest.skip("no tests yet")
    untested = [
        model
        for model in repo.models(module)
        if model.is_new
        and model.kind == "Model"
        and f'"{model.name}"' not in texts
        and f"'{model.name}'" not in texts
        and model.name not in pending.UNTESTED
    ]
    assert not untested


def test_no_demo_data_in_tests(module):
    """Tests build their own world: demo data is not installed when they run."""
    demo = {
        record.get("id")
        for other in repo.MODULES
        for path in repo.files(other, ".xml")
        if "demo" in path.relative_to(repo.ROOT).parts
        for record in repo.xml(path).iter("record")
    }
    used = [
        f"{repo.short(path)}: {name}"
        for path in (repo.ROOT / module / "tests").glob("*.py")
        for name in DEMO_ID.findall(path.read_text("utf-8"))
        if name.startswith(f"{module}.")
        and name.partition(".")[2] in demo
        or name.startswith("base.user_demo")
    ]
    assert not used
