"""Manifests say what the modules hold."""

import re

import pytest
import repo

LOADED = ("data", "security", "views", "wizards", "report", "templates", "demo")
REFERENCE = re.compile(r"ref\(\s*'([\w.]+)'|ref\(\s*\"([\w.]+)\"")


@pytest.fixture(params=repo.MODULES)
def module(request):
    return request.param


def test_version(module):
    assert re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", repo.manifest(module)["version"])


def test_listed_files_exist(module):
    given = repo.manifest(module)
    listed = given.get("data", []) + given.get("demo", [])
    missing = [name for name in listed if not (repo.ROOT / module / name).is_file()]
    assert not missing
    assert len(listed) == len(set(listed)), "a file is listed twice"


def test_files_are_listed(module):
    given = repo.manifest(module)
    listed = {"data": given.get("data", []), "demo": given.get("demo", [])}
    for path in repo.files(module, ".xml") + repo.files(module, ".csv"):
        name = path.relative_to(repo.ROOT / module)
        if name.parts[0] in LOADED and not name.parts[1:-1]:
            where = "demo" if name.parts[0] == "demo" else "data"
            assert str(name) in listed[where], f"{name} is loaded by nothing"


def test_order(module):
    """Groups come before what names them, menus after what they open."""
    data = repo.manifest(module).get("data", [])
    kinds = [name.split("/")[0] for name in data]
    groups = [i for i, name in enumerate(data) if name.endswith("_groups.xml")]
    access = [i for i, name in enumerate(data) if name.endswith(".csv")]
    views = [i for i, kind in enumerate(kinds) if kind in ("views", "wizards")]
    if groups and access:
        assert max(groups) < min(access)
    if access and views:
        assert max(access) < min(views)


def test_depends_exist(module):
    if repo.odoo_path() is None:
        pytest.skip("no Odoo here")
    unknown = [
        name
        for name in repo.manifest(module).get("depends", [])
        if name not in repo.MODULES and repo.foreign_manifest(name) is None
    ]
    assert not unknown


def test_references_are_within_depends(module):
    """What a record refers to belongs to a module that is surely installed."""
    if repo.odoo_path() is None:
        pytest.skip("no Odoo here")
    known = repo.closure(module)
    strangers = []
    for path in repo.files(module, ".xml"):
        if "tests" in path.parts:
            continue
        for node in repo.xml(path).iter():
            if not isinstance(node.tag, str):
                continue
            names = [node.get(key) or "" for key in ("ref", "inherit_id", "parent")]
            names += (node.get("groups") or "").replace("!", "").split(",")
            for key in ("eval", "search"):
                found = REFERENCE.findall(node.get(key) or "")
                names += [one or other for one, other in found]
            for name in names:
                owner, dot, _rest = name.strip().partition(".")
                if dot and owner not in known:
                    strangers.append(f"{repo.short(path)}: {name}")
    assert not strangers


def test_modules_that_stand_alone():
    """itsm_desk and outsourcing_mgmt install without each other."""
    for module, other in (
        ("itsm_desk", "outsourcing_mgmt"),
        ("outsourcing_mgmt", "itsm_desk"),
    ):
        if module in repo.MODULES:
            assert other not in repo.closure(module)
