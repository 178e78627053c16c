"""What Odoo's caches hold after a test, a class of tests, a commit."""

import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import pytest
import repo

PATH = repo.ROOT / "setup" / "lib" / "launch" / "caches.py"


@pytest.fixture(scope="module")
def caches():
    pytest.importorskip("odoo")
    spec = importlib.util.spec_from_file_location("launch_caches", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def registry(caches):
    return SimpleNamespace(
        _Registry__caches={name: caches.LRU(4) for name in ("default", "stable")},
        db_name="db",
        registry_sequence=1,
        registry_invalidated=False,
        cache_invalidated={"default"},
    )


def held(registry, name="default"):
    return dict(registry._Registry__caches[name])


def test_what_is_true_is_kept(caches, registry):
    """Where nothing was cleared, what the test learned stays."""
    mark = caches.Mark(registry)
    registry._Registry__caches["default"]["a"] = 1
    mark.return_to()
    assert held(registry) == {"a": 1}
    assert not registry.cache_invalidated


def test_what_was_cleared_is_as_before(caches, registry):
    """A test wrote something: what it learned since is undone with it."""
    first = caches.Mark(registry)
    cache = registry._Registry__caches["default"]
    cache["a"] = 1
    registry._Registry__caches["stable"]["s"] = 1
    mark = caches.Mark(registry)
    cache.clear()
    cache["a"] = 2
    registry._Registry__caches["stable"]["t"] = 1
    mark.return_to()
    assert held(registry) == {"a": 1}
    assert held(registry, "stable") == {"s": 1, "t": 1}
    assert first.get_true_contents()["default"][1] == {"a": 1}, "nor for the class"


def test_commit_and_changed_models_empty_all(caches, registry):
    def commit():
        caches.commits["db"] += 1

    def change_models():
        registry.registry_sequence += 1

    for change in (commit, change_models):
        mark = caches.Mark(registry)
        registry._Registry__caches["default"]["a"] = 1
        change()
        mark.return_to()
        assert not held(registry)


def test_limit_holds(caches, registry):
    caches.Mark(registry)
    for number in range(9):
        registry._Registry__caches["default"][number] = number
    assert len(held(registry)) == 4


def test_counting_tests_are_told(caches, monkeypatch):
    """Tests that count queries begin with empty caches."""
    sources = {"with": "before = self.env.cr.sql_log_count", "without": "1 == 1"}
    for name in sources:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(
        caches.inspect, "getsource", lambda module: sources[module.__name__]
    )
    assert caches.counts_queries("with")
    assert not caches.counts_queries("without")
