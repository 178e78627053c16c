"""Which classes of tests share a world."""

import importlib
import sys
from types import ModuleType, SimpleNamespace

import pytest
import repo

LAUNCH = repo.ROOT / "setup" / "lib" / "launch"
SOURCES = {
    "odoo.addons.a.tests.common": "",
    "odoo.addons.a.tests.test_a": "",
    "odoo.addons.a.tests.test_counting": "self.env.cr.sql_log_count",
    "odoo.addons.a.tests.test_models": "registry._setup_models__(cr)",
}


@pytest.fixture
def worlds(monkeypatch):
    pytest.importorskip("odoo")
    monkeypatch.syspath_prepend(str(LAUNCH))
    module = importlib.import_module("worlds")
    for name in SOURCES:
        source = ModuleType(name)
        source.__file__ = str(repo.ROOT / f"{name}.py")
        monkeypatch.setitem(sys.modules, name, source)
    monkeypatch.setattr(
        module.caches.inspect, "getsource", lambda source: SOURCES[source.__name__]
    )
    module.caches.mentions.cache_clear()
    return module


def make(bases, module="test_a", **values):
    """Make a class of tests."""
    bases = bases if isinstance(bases, tuple) else (bases,)
    return type(
        "Made", bases, {"__module__": f"odoo.addons.a.tests.{module}", **values}
    )


@pytest.fixture
def common(worlds):
    """A world that is made of a user with a name and a role."""

    def set_up_class(cls):
        cls.user = cls._new_user("any")

    def new_user(cls, role):
        return role, cls.name

    return make(
        worlds.TransactionCase,
        "common",
        setUpClass=classmethod(set_up_class),
        _new_user=classmethod(new_user),
        _new_other=lambda case: None,
        name="Li",
    )


def test_classes_of_one_world(worlds, common):
    """What the world is not made by may differ."""
    first = make(common)
    second = make(common, setUp=lambda case: None, _new_other=lambda case: 1)
    assert worlds.find_key(first) == worlds.find_key(second) == (common, None)
    assert {"_new_user", "name"} <= worlds.find_names(common)
    assert "_new_other" not in worlds.find_names(common)


def test_worlds_of_their_own(worlds, common):
    """By another value, another factory, other bases, or what they do."""
    other = make((), "test_a", x=1)
    assert worlds.find_key(make(common, name="Wang")) is None
    factory = classmethod(lambda cls, role: role)
    assert worlds.find_key(make(common, _new_user=factory)) is None
    assert worlds.find_key(make((common, other), "test_a")) is None
    assert worlds.find_key(make((other, common), "test_a")) == (common, None)
    assert worlds.find_key(make((common, worlds.HttpCase))) is None
    assert worlds.find_key(make(common, "test_counting")) is None
    assert worlds.find_key(make(common, "test_models")) is None
    assert worlds.find_key(make(worlds.TransactionCase)) is None


def test_clocks_are_told_apart(worlds, common):
    def at(moment):
        clock = SimpleNamespace(
            time_to_freeze=moment, tz_offset=0, tick=False, auto_tick_seconds=0
        )
        return make(common, freeze_time=SimpleNamespace(freezer=clock))

    keys = [worlds.find_key(cls) for cls in (at(1), at(1), at(2), make(common))]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_order(worlds, common):
    """Classes of one world follow each other, tests of a class stay together."""
    values = {"test_1": lambda case: None, "test_2": lambda case: None}
    one, two = make(common, **values), make(common, **values)
    lone = make(common, name="Wang", **values)
    tests = [cls(name) for cls in (one, lone, two) for name in values]
    ordered = [(type(test), test._testMethodName) for test in worlds.WorldSuite(tests)]
    assert ordered == [(cls, name) for cls in (one, two, lone) for name in values]
