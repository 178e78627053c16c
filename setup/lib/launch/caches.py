"""What Odoo remembers of the database outlives a test, as long as it is true.

After each test Odoo forgets all that its cached methods have read (rights, record
rules, external ids, compiled templates), and each test reads it again. What a test
wrote is undone by then, and what a cached method reads cannot change without a call
that clears its cache. So, where a cache was not cleared since the test began, what it
holds is still true; where it was, what it held when the test began is true again. The
same goes for a class of tests.

Tests that count queries begin with empty caches, as Odoo gives them.
"""

import functools
import inspect
import sys
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.sql_db import Cursor
from odoo.tests.common import TransactionCase, get_db_name
from odoo.tools.lru import LRU

CHECKOUT = Path(__file__).resolve().parents[3]
COUNTING = ("assertQueries", "assertQueryCount", "sql_log_count")
"""Words in the module of tests that count queries."""

commits = Counter()
"""How often something was really written, by database."""


class CountedLRU(LRU):
    """A cache that counts how often it was cleared."""

    __slots__ = ("clears",)

    def __init__(self, count):
        self.clears = 0
        super().__init__(count)

    def clear(self):
        """Forget all, and count it."""
        super().clear()
        self.clears += 1

    def get_content(self):
        """Return what is held now, to be held again later."""
        with self._lock:
            return self.clears, self._values.copy(), self._ordering.copy()

    def set_content(self, content):
        """Hold what was held once."""
        with self._lock:
            self.clears, self._values, self._ordering = content


class Mark:
    """What all caches of a registry hold at one moment."""

    def __init__(self, registry):
        self.registry = registry
        self.caches = registry._Registry__caches
        for name, cache in self.caches.items():
            if not isinstance(cache, CountedLRU):
                self.caches[name] = CountedLRU(cache.count)
        self.moment = self._get_moment()
        self.contents = {
            name: cache.get_content() for name, cache in self.caches.items()
        }

    def _get_moment(self):
        registry = self.registry
        return (
            commits[registry.db_name],
            registry.registry_sequence,
            registry.registry_invalidated,
        )

    def is_same_database(self):
        """Whether all that was written since can be undone.

        Not where it was committed, or models changed.
        """
        return self._get_moment() == self.moment

    def get_true_contents(self):
        """Return what is true once all that was written since is undone."""
        if not self.is_same_database():
            return {}
        return {
            name: cache.get_content() if cache.clears == content[0] else content
            for name, content in self.contents.items()
            for cache in (self.caches[name],)
        }

    def set_contents(self, contents):
        """Let each cache hold what is true, and nothing where that is unknown."""
        for name, cache in self.caches.items():
            if name in contents:
                cache.set_content(contents[name])
            else:
                cache.clear()
        self.registry.cache_invalidated.clear()

    def return_to(self):
        """Let the caches hold what is true once the test is undone."""
        self.set_contents(self.get_true_contents())


def keep():
    """Let caches outlive tests and classes of tests."""
    Cursor.commit = count_commits(Cursor.commit)
    TransactionCase.setUp = wrap_set_up(TransactionCase.setUp)
    TransactionCase.setUpClass = classmethod(
        wrap_set_up_class(TransactionCase.setUpClass.__func__)
    )


def count_commits(commit):
    """Wrap ``Cursor.commit``: what others wrote stays when a test is undone."""

    @functools.wraps(commit)
    def wrapper(cursor):
        commits[cursor.dbname] += 1
        return commit(cursor)

    return wrapper


def wrap_set_up(set_up):
    """Wrap ``setUp``, which has the caches cleared once the test is undone."""

    @functools.wraps(set_up)
    def wrapper(case):
        if not is_ours(type(case).__module__) or counts_queries(type(case).__module__):
            return set_up(case)
        marks = []
        clear = case.registry.clear_all_caches

        def clear_or_return():
            if marks:
                marks[0].return_to()
            else:
                clear()

        with patch.object(case.registry, "clear_all_caches", clear_or_return):
            set_up(case)
        marks.append(Mark(case.registry))

    return wrapper


def wrap_set_up_class(set_up_class):
    """Wrap ``setUpClass``, which has the caches cleared after the last test."""

    @functools.wraps(set_up_class)
    def wrapper(cls):
        registry = Registry(get_db_name())
        if not is_ours(cls.__module__) or counts_queries(cls.__module__):
            registry.clear_all_caches()
            return set_up_class(cls)
        mark = Mark(registry)
        contents = {}
        # cleanups run in reverse: this one after those of Odoo, the other before
        cls.addClassCleanup(mark.set_contents, contents)
        set_up_class(cls)
        cls.addClassCleanup(lambda: contents.update(mark.get_true_contents()))

    return wrapper


@functools.cache
def is_ours(module):
    """Whether a module of Python lies in this checkout."""
    return CHECKOUT in Path(sys.modules[module].__file__).resolve().parents


def counts_queries(module):
    """Whether tests of a module count queries, which caches would lessen."""
    return mentions(module, COUNTING)


@functools.cache
def mentions(module, words):
    """Whether the source of a module holds one of these words."""
    source = inspect.getsource(sys.modules[module])
    return any(word in source for word in words)
