"""Tests of several people at the same moment."""

import contextlib
import functools
import random
import threading
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, get_db_name
from odoo.tools import SQL

from odoo.addons.outsourcing_mgmt.models.base.acting_person import acting_in_process
from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY

from .fake_person import InProcess

PATIENCE = 20
"""Seconds after which whoever waits for the other gives up: the test then fails."""
FEBRUARY = ("2025-02-01", "2025-02-28")
USERS = {
    "owner": "outsourcing_mgmt.group_outsourcing_manager",
    "owner_two": "outsourcing_mgmt.group_outsourcing_manager",
    "purse": "outsourcing_mgmt.group_outsourcing_finance",
    "buyer": "outsourcing_mgmt.group_outsourcing_procurement",
    "officer": "vendor_quality.group_quality_officer",
    "manager": "vendor_quality.group_quality_manager",
    "manager2": "vendor_quality.group_quality_manager",
    "finance": "vendor_quality.group_quality_finance",
    "clerk": "account.group_account_invoice",
    "clerk2": "account.group_account_invoice",
}


class Outcome:
    """What one of the acts came to."""

    def __init__(self):
        self.tries = 0
        self.value = None
        self.error = None


class RaceCase(InProcess, BaseCase):
    """Several people at the same moment, each in a thread with a connection.

    Each act is one transaction that is tried again as a request is. What the
    tests commit is removed by the numbers of the rows.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whoever runs the tests holds the lock of all registries meanwhile.
        cls.classPatch(Registry, "_lock", DummyRLock())
        cls.classPatch(random, "uniform", lambda low, high: low)  # try again at once
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._remove, cls._read_last_ids())

    def setUp(self):
        super().setUp()
        self.addCleanup(self._remove, self._read_last_ids())

    # ------------------------------------------------------------
    # CONNECTIONS
    # ------------------------------------------------------------

    @classmethod
    @contextlib.contextmanager
    def _env(cls, user_id=SUPERUSER_ID):
        """An environment in a connection of its own, committed at the end."""
        with cls.registry.cursor() as cr:
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
                with acting_in_process(), self.registry.cursor() as cr:
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

    @classmethod
    def _read_last_ids(cls):
        """Return ``{table: last id given}``; numbering survives each test anyway."""
        with cls.registry.cursor() as cr:
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

    @classmethod
    def _remove(cls, before):
        """Delete every row made since, those that others refer to after these."""
        after = cls._read_last_ids()
        left = {table for table, last in after.items() if last > before.get(table, 0)}
        with cls.registry.cursor() as cr:
            while left:
                gone = {table for table in left if cls._delete(cr, table, before)}
                if not gone:
                    raise AssertionError(f"{left} refer to each other")
                left -= gone
        cls.registry.clear_all_caches()

    @classmethod
    def _delete(cls, cr, table, before):
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


class QualityRaceCase(RaceCase):
    """A vendor whose February cost 10,000 and is scored 75: 10 % are deducted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls._env() as env:
            cls.company_id = env.company.id
            cls._open_gate(env)
            cls.users = cls._make_users(env)
            cls._make_accounts(env)
            cls.template_id = cls._make_template(env).id

    @classmethod
    def _open_gate(cls, env):
        """The company exists already: what is set on it is put back in the end."""
        before = env.company.vendor_quality_gate_from

        def close():
            with cls._env() as env:
                server_write(env.company, {"vendor_quality_gate_from": before})

        cls.addClassCleanup(close)
        env.company.vendor_quality_gate_from = "2025-01-01"

    @classmethod
    def _make_users(cls, env):
        """Nobody logs in: no password, whose hash takes the longest of all."""
        users = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {
                        "name": f"Race {login}",
                        "login": f"race_{login}",
                        "email": f"{login}@race.test",
                        "group_ids": [
                            Command.set(
                                (env.ref("base.group_user") | env.ref(group)).ids
                            )
                        ],
                    }
                    for login, group in USERS.items()
                ]
            )
        )
        return dict(zip(USERS, users.ids, strict=True))

    @classmethod
    def _make_accounts(cls, env):
        payable, expense, transit = env["account.account"].create(
            [
                {
                    "name": "Race",
                    "code": f"RACE{number}",
                    "account_type": kind,
                    "reconcile": kind != "expense",
                }
                for number, kind in enumerate(
                    ("liability_payable", "expense", "asset_current")
                )
            ]
        )
        # A journal each: core's numbering must not be what keeps two bills apart.
        journals = env["account.journal"].create(
            [
                {
                    "name": f"Race {number}",
                    "code": f"RAC{number}",
                    "type": "purchase",
                    "default_account_id": expense.id,
                }
                for number in range(2)
            ]
        )
        vendor = env["res.partner"].create(
            {
                "name": "Race",
                "is_company": True,
                "vat": "TAX 2026-03",
                "property_account_payable_id": payable.id,
            }
        )
        banks = env["account.journal"].create(
            [
                {
                    "name": f"Race Bank {number}",
                    "code": f"RAB{number}",
                    "type": "bank",
                    "default_account_id": transit.copy().id,
                }
                for number in range(2)
            ]
        )
        banks.outbound_payment_method_line_ids.payment_account_id = transit
        cls.bank_ids = banks.ids
        cls.journal_ids, cls.vendor_id = journals.ids, vendor.id

    @classmethod
    def _make_template(cls, env, **values):
        prefix = values.setdefault("code", "RACE").lower().replace("-", "_")
        metrics = env["vendor.quality.metric"].create(
            [
                {
                    "name": code,
                    "code": f"{prefix}_{code}",
                    "anchor_ids": [
                        Command.create({"value": 80, "points": 0}),
                        Command.create({"value": 100, "points": 100}),
                    ],
                }
                for code in ("presence", "uptime")
            ]
        )
        template = env["vendor.quality.template"].create(
            {
                "name": "Race",
                "gate_at": "both",
                "line_ids": [
                    Command.create({"metric_id": metric.id, "weight_bp": 5000})
                    for metric in metrics
                ],
                "band_ids": [
                    Command.create({"grade": "A", "lower_bound": 90}),
                    Command.create({"grade": "B", "lower_bound": 0}),
                ],
                "deduction_ids": [
                    Command.create({"lower_bound": 90, "rate": 0}),
                    Command.create({"lower_bound": 0, "rate": 10}),
                ],
                **values,
            }
        )
        template.with_user(cls.users["manager"]).action_activate()
        return template

    def _make_contract(self, env, template=None):
        template_id = template.id if template else self.template_id
        Contract = env["outsourcing.contract"].with_user(self.users["owner"])
        contract = Contract.create(
            {
                "subject": "Race",
                "partner_id": self.vendor_id,
                "owner_id": self.users["owner"],
                "direct_reason": "Race",
                "category_id": env.ref("outsourcing_mgmt.category_other").id,
                "date_start": "2025-01-01",
                "date_end": "2044-12-31",
                "amount_total": 20 * 120000,
                "vendor_quality_template_id": template_id,
            }
        )
        contract.request_validation()
        for login in ("owner_two", "purse"):
            contract.with_user(self.users[login]).validate_tier()
        contract.action_send_to_sign()
        signer = contract.with_user(self.users["buyer"])
        signer.action_sign(signed_date="2025-01-01", signed_copy=SIGNED_COPY)
        signer.action_activate()
        return contract.with_env(env)

    def _make_submitted_form(self, env, contract, period=FEBRUARY, presence=90):
        form = (
            env["vendor.quality.form"]
            .with_user(self.users["officer"])
            .create(
                {
                    "contract_id": contract.id,
                    "date_start": period[0],
                    "date_end": period[1],
                    "fee_amount": 10000,
                }
            )
        )
        for line, value in zip(form.line_ids, (presence, 100), strict=True):
            line.write({"manual_value": value, "manual_note": "List"})
        form.action_collect()
        form.action_submit()
        return form

    def _make_reviewed_form(self, env, contract, *args, **kwargs):
        """Return a form that waits for nothing but its approval."""
        form = self._make_submitted_form(env, contract, *args, **kwargs)
        for login in ("manager", "finance"):
            mine = form.with_user(self.users[login])
            mine.invalidate_recordset()
            mine.validate_tier()
        form.invalidate_recordset()
        return form.with_env(env)

    def _make_approved_form(self, env, contract, *args, **kwargs):
        form = self._make_reviewed_form(env, contract, *args, **kwargs)
        form.with_user(self.users["manager"]).action_approve()
        form.invalidate_recordset()
        return form

    def _make_bill(self, env, contract, amount, journal=0, period=FEBRUARY):
        return env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.vendor_id,
                "journal_id": self.journal_ids[journal],
                "invoice_date": "2025-03-01",
                "date": "2025-03-01",
                "outsourcing_contract_id": contract.id,
                "service_date_start": period[0],
                "service_date_end": period[1],
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Service",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
