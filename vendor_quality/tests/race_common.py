import contextlib
import functools
import random
import threading
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name
from odoo.tools import SQL

PATIENCE = 20
"""Seconds after which whoever waits for the other gives up: the test then fails."""


class Outcome:
    """What one of the acts came to."""

    def __init__(self):
        self.tries = 0
        self.value = None
        self.error = None


class RaceCase(BaseCase):
    """Several people at the same moment, each in a thread with a connection.

    Each act is one transaction that is tried again as a request is. What the
    tests commit is removed by the numbers of the rows.
    """

    def setUp(self):
        super().setUp()
        # Whoever runs the tests holds the lock of all registries meanwhile.
        self.patch(Registry, "_lock", DummyRLock())
        self.patch(random, "uniform", lambda low, high: low)  # try again at once
        self.registry = Registry(get_db_name())
        self.addCleanup(self._remove, self._read_last_ids())

    # ------------------------------------------------------------
    # CONNECTIONS
    # ------------------------------------------------------------

    @contextlib.contextmanager
    def _env(self, user_id=SUPERUSER_ID):
        """An environment in a connection of its own, committed at the end."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user_id, {})
            yield env
            env.flush_all()

    def _race(self, *acts, meet=None):
        """Run the acts at once; return their outcomes in order.

        All of them have read the database before the first one goes on. With
        ``meet`` all have come to that method, too, before the first one passes:
        whatever they check before it, they checked without seeing each other.

        :param acts: pairs of a user id and a function of an environment
        :param meet: name of a model and of a method that none runs twice
        """
        start = threading.Barrier(len(acts), timeout=PATIENCE)
        middle = threading.Barrier(len(acts), timeout=PATIENCE)
        first_try = threading.local()

        def run(user_id, act, outcome):
            def attempt():
                outcome.tries += 1
                first_try.holds = outcome.tries == 1
                env.cr.execute("SELECT 1")  # the snapshot of the transaction
                if first_try.holds:
                    start.wait()
                return act(env)

            try:
                with self.registry.cursor() as cr:
                    env = api.Environment(cr, user_id, {})
                    outcome.value = retrying(attempt, env)
            except Exception as error:
                outcome.error = error

        outcomes = [Outcome() for _act in acts]
        threads = [
            threading.Thread(target=run, args=(*act, outcome), daemon=True)
            for act, outcome in zip(acts, outcomes, strict=True)
        ]
        with self._meeting(meet, middle, first_try):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(2 * PATIENCE)
                self.assertFalse(thread.is_alive())
        return outcomes

    @contextlib.contextmanager
    def _meeting(self, meet, middle, first_try):
        """Let the first try of each thread wait for the others in a method."""
        if not meet:
            yield
            return
        model, name = self.registry[meet[0]], meet[1]
        original = getattr(model, name)

        @functools.wraps(original)
        def waiting(*args, **kwargs):
            if getattr(first_try, "holds", False):
                first_try.holds = False
                middle.wait()
            return original(*args, **kwargs)

        with patch.object(model, name, waiting):
            yield

    def _overtake(self, late, first):
        """Run ``late`` in a transaction that began before all of ``first``.

        :return: the outcome of ``late``, then that of ``first``
        """
        begun, done = threading.Event(), threading.Event()

        def wait_first(env):
            if not done.is_set():
                begun.set()
                self.assertTrue(done.wait(PATIENCE))
            return late[1](env)

        outcomes = []
        thread = threading.Thread(
            target=lambda: outcomes.extend(self._race((late[0], wait_first))),
            daemon=True,
        )
        thread.start()
        self.assertTrue(begun.wait(PATIENCE), outcomes and outcomes[0].error)
        [outcome] = self._race(first)
        done.set()
        thread.join(2 * PATIENCE)
        return outcomes[0], outcome

    def _assert_one(self, outcomes, error, message):
        """One act was done; each other was tried again and refused."""
        done = [outcome for outcome in outcomes if not outcome.error]
        self.assertEqual(len(done), 1, [outcome.error for outcome in outcomes])
        for outcome in set(outcomes) - set(done):
            self.assertIsInstance(outcome.error, error)
            self.assertRegex(str(outcome.error), message)
            self.assertGreater(outcome.tries, 1)

    # ------------------------------------------------------------
    # CLEANING
    # ------------------------------------------------------------

    def _read_last_ids(self):
        """Return ``{table: last id given}``; numbering survives each test anyway."""
        with self.registry.cursor() as cr:
            cr.execute(
                """
                SELECT table_name, COALESCE(pg_sequence_last_value(
                       pg_get_serial_sequence(quote_ident(table_name), 'id')), 0)
                  FROM information_schema.columns
                 WHERE table_schema = 'public' AND column_name = 'id'
                   AND column_default LIKE 'nextval(%%'
                   AND table_name NOT LIKE 'ir_sequence%%'
                """
            )
            return dict(cr.fetchall())

    def _remove(self, before):
        """Delete every row made since, those that others refer to after these."""
        after = self._read_last_ids()
        left = {table for table, last in after.items() if last > before.get(table, 0)}
        with self.registry.cursor() as cr:
            while left:
                gone = {table for table in left if self._delete(cr, table, before)}
                self.assertTrue(gone, f"{left} refer to each other")
                left -= gone
        self.registry.clear_all_caches()

    def _delete(self, cr, table, before):
        """Return whether the new rows of ``table`` could be deleted."""
        query = SQL(
            "DELETE FROM %s WHERE id > %s", SQL.identifier(table), before.get(table, 0)
        )
        try:
            with cr.savepoint(flush=False):
                cr.execute(query, log_exceptions=False)
        except psycopg2.IntegrityError:  # others refer to them
            return False
        return True
