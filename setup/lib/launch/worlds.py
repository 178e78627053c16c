"""Classes of tests that are played in the same world share it.

Odoo builds the fixtures of each class anew, in a transaction of its own: with us one
sixth of the time of all tests. Here classes that take theirs from the same class of a
``common.py`` of ours run one after the other in one transaction, which returns to a
savepoint after each of them. A class builds its own world as before where it changes
something by which the world is made, serves requests, counts queries, adds models or
commits.
"""

import copy
import functools
import inspect
import re
import sys
from collections import Counter, deque
from types import CodeType
from unittest.mock import patch

import caches

from odoo.sql_db import Savepoint
from odoo.tests.common import HttpCase, TransactionCase
from odoo.tests.suite import OdooSuite

CLASSES = 10
"""How many classes a world serves: to its transaction it is always its begin."""
NOT_OF_THE_WORLD = {"addClassCleanup", "freeze_time", "run", "setUp", "setUpClass"}
NOT_OF_THE_WORLD |= {"tearDown", "test_module", "test_tags"}
"""What classes may differ in."""
APART = ("_setup_models__", "add_to_registry", "fake_registry", "db_connect")
"""Words in the module of tests that change the registry, or commit."""
OWN_CLOCK = (
    r"@freeze_time\([^\n]*\)\n\s*def setUpClass|"
    r"freeze_time\([^\n]*\):\n\s*super\(\)\.setUpClass"
)
"""How a module of tests says that fixtures are made at another time than the tests."""


class World:
    """The fixtures of one class of a ``common.py``, at one time of its clock."""

    def __init__(self, base, clock):
        self.base = base
        self.clock = clock
        self.is_over = False
        self.classes = 0

    def enter(self):
        """Build it, as a class of tests without anything of its own does."""
        values = {
            "__module__": self.base.__module__,
            "_class_cleanups": [],
            "freeze_time": self.clock,
        }
        self.builder = type(f"World{self.base.__name__}", (self.base,), values)
        known = set(vars(self.builder))
        self.builder.setUpClass()
        self.builder.env.flush_all()
        self.made = {
            name: value
            for name, value in vars(self.builder).items()
            if name not in known
        }

    def leave(self):
        """Undo all of it."""
        self.builder.doClassCleanups()
        return self.builder.tearDown_exceptions

    def lend(self, cls):
        """Give ``cls`` what was made, until its cleanup."""
        for name, value in self.made.items():
            is_container = isinstance(value, (dict, list, set))
            setattr(cls, name, copy.copy(value) if is_container else value)
        self.classes += 1
        transaction = self.builder.env.transaction
        transaction.flush()
        cls.addClassCleanup(
            self._take_back,
            Savepoint(self.builder.cr),
            caches.Mark(cls.registry),
            list(transaction.envs),
            transaction.default_env,
            [
                (hooks, deque(hooks._funcs), copy.deepcopy(hooks.data))
                for hooks in self._get_hooks()
            ],
        )

    def _get_hooks(self):
        cr = self.builder.cr
        return cr.precommit, cr.postcommit, cr.prerollback, cr.postrollback

    def _take_back(self, savepoint, mark, envs, default_env, hooks):
        """Undo what the class and its tests did."""
        transaction = self.builder.env.transaction
        savepoint.close()
        transaction.clear()
        transaction.envs.clear()
        transaction.envs.update(envs)
        transaction.default_env = default_env
        for hook, functions, data in hooks:
            hook._funcs, hook.data = functions, data
        self.is_over = self.classes == CLASSES or not mark.is_same_database()
        mark.return_to()


class WorldSuite(OdooSuite):
    """Tests in an order in which classes of one world follow each other."""

    def __init__(self, tests):
        tests = list(tests)
        classes = list(dict.fromkeys(map(type, tests)))
        keys = {cls: find_key(cls) for cls in classes}
        shared = Counter(keys.values())
        self.keys = {cls: key for cls, key in keys.items() if key and shared[key] > 1}
        first = {}
        for position, cls in enumerate(classes):
            first.setdefault(self.keys.get(cls, cls), position)
        super().__init__(
            sorted(
                tests,
                key=lambda test: (
                    getattr(test, "test_sequence", 0),
                    first[self.keys.get(type(test), type(test))],
                ),
            )
        )
        self.world = self.key = None

    def _tearDownPreviousClass(self, test, result):
        super()._tearDownPreviousClass(test, result)
        if self.world and (self.world.is_over or self.keys.get(type(test)) != self.key):
            self._leave(result)

    def _handleClassSetUp(self, test, result):
        cls = type(test)
        if cls is not result._previousTestClass and cls in self.keys:
            if not self.world:
                self._enter(cls, result)
            world = self.world
            if world:

                def set_up_class(cls):
                    world.lend(cls)

                with patch.object(world.base, "setUpClass", classmethod(set_up_class)):
                    return super()._handleClassSetUp(test, result)
        return super()._handleClassSetUp(test, result)

    def _enter(self, cls, result):
        """Build the world of ``cls``; who fails to build it says why itself."""
        self.key = self.keys[cls]
        self.world = World(self.key[0], cls.freeze_time)
        try:
            self.world.enter()
        except Exception:
            self._leave(result)

    def _leave(self, result):
        world, self.world = self.world, None
        for info in world.leave():
            self._createClassOrModuleLevelException(
                result, info[1], "tearDownClass", world.builder.__name__, info=info
            )


def find_key(cls):
    """What a class must have in common with others to share their world, or None."""
    if not issubclass(cls, TransactionCase) or issubclass(cls, HttpCase):
        return None
    if caches.counts_queries(cls.__module__) or is_apart(cls.__module__):
        return None
    for position, base in enumerate(cls.__mro__):
        if (
            base.__module__.endswith(".tests.common")
            and caches.is_ours(base.__module__)
            and "setUpClass" in vars(base)
            and issubclass(base, TransactionCase)
            and cls.__mro__[position:] == base.__mro__
            and base is not cls
            and all(is_same(cls, base, name) for name in find_names(base))
        ):
            return base, read_clock(cls)
    return None


def is_apart(module):
    """Whether tests of a module need fixtures, or a transaction, of their own."""
    source = inspect.getsource(sys.modules[module])
    return caches.mentions(module, APART) or bool(re.search(OWN_CLOCK, source))


def read_clock(cls):
    """At what time the clock of a class stands."""
    if not cls.freeze_time:
        return None
    clock = cls.freeze_time.freezer
    return clock.time_to_freeze, clock.tz_offset, clock.tick, clock.auto_tick_seconds


def is_same(cls, base, name):
    """Whether a class and its base mean the same by ``name``."""
    return inspect.getattr_static(cls, name, None) is inspect.getattr_static(
        base, name, None
    )


@functools.cache
def find_names(base):
    """The names of ``base`` that are used to build its world.

    By the names in the code of ``setUpClass`` and of what that calls.
    """
    parts = [part for part in base.__mro__ if part.__module__.startswith("odoo.")]
    known = {name for part in parts for name in vars(part) if name[:2] != "__"}
    known -= NOT_OF_THE_WORLD
    names, todo = set(), ["setUpClass"]
    while todo:
        name = todo.pop()
        for part in parts:
            value = vars(part).get(name)
            value = getattr(value, "__func__", getattr(value, "fget", value))
            found = read_names(getattr(value, "__code__", None)) & known - names
            todo += found
            names |= found
    return names


def read_names(code):
    """All names that code mentions, its inner functions included."""
    if not code:
        return set()
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*map(read_names, inner))
