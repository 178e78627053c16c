from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..tools.apart import run_apart
from .common import SIGNED_COPY, ContractCommon

MODELS = "odoo.addons.outsourcing_mgmt.models."


@tagged("post_install", "-at_install")
class TestApart(BaseCase):
    """One that fails holds back no other."""

    def _run(self, items, bad):
        done, kept, told = [], [], []

        @contextmanager
        def savepoint():
            start = len(done)
            try:
                yield
            except ValueError:
                del done[start:]
                raise
            kept.append(done[start:])

        def act(some):
            for item in some:
                done.append(item)
                if item in bad:
                    raise ValueError

        run_apart(items, act, savepoint, told.append)
        return done, kept, told

    def test_all_at_once(self):
        self.assertEqual(self._run([1, 2], ()), ([1, 2], [[1, 2]], []))

    def test_one_by_one(self):
        self.assertEqual(self._run([1, 2, 3, 4], (2, 4)), ([1, 3], [[1], [3]], [2, 4]))

    def test_one_alone_is_tried_once(self):
        self.assertEqual(self._run([7], (7,)), ([], [], [7]))
        self.assertEqual(self._run([], ()), ([], [[]], []))


@tagged("post_install", "-at_install")
class TestJobsApart(ContractCommon):
    """A record that fails is logged; the job does the others of its batch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good, cls.bad = cls._create_signed(), cls._create_signed()

    def _refuse(self, model, method, is_bad):
        """Let a method of a model fail for some records."""
        original = getattr(self.registry[model], method)

        def act(records, *args):
            if is_bad(records, *args):
                raise ValueError("broken")
            return original(records, *args)

        return patch.object(self.registry[model], method, act)

    def test_guarantees(self):
        good, bad = (
            self.env["outsourcing.contract.guarantee"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "guarantee_type": "performance",
                    "amount": 100,
                    "issuer": "First Bank",
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                    "date_expiry": self._days(3),
                }
            )
            for contract in (self.good, self.bad)
        )
        (good | bad).with_user(self.procurement_user).action_hold()
        with (
            self._refuse(good._name, "_alert", lambda records: bad.id in records.ids),
            mute_logger(MODELS + "contract.outsourcing_contract_guarantee"),
        ):
            self._run_cron("ir_cron_guarantee_expiry")
        self.assertTrue(good.activity_ids)
        self.assertFalse(bad.activity_ids)

    def test_events(self):
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET filing_deadline = %s WHERE id = ANY(%s)",
            (self._days(-1), (self.good | self.bad).ids),
        )
        self.env.invalidate_all()
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        with (
            self._refuse(
                rule._name,
                "_prepare_event",
                lambda _rule, row: row["record"] == self.bad,
            ),
            mute_logger(MODELS + "conduct.outsourcing_compliance_rule"),
        ):
            self._run_cron("ir_cron_compliance")
        events = self.env["outsourcing.compliance.event"].search(
            [("code", "=", "filed_late"), ("res_model", "=", self.good._name)]
        )
        self.assertEqual(events.mapped("res_id"), self.good.ids)

    def test_figures_and_companies(self):
        second = self.env["res.company"].create({"name": "Second Company"})
        facts = self.env["outsourcing.head.fact"]
        counted = []

        def refresh(_facts, company):
            if company == self.company:
                raise ValueError("broken")
            counted.append(company.id)

        with (
            patch.object(self.registry[facts._name], "_refresh_company", refresh),
            mute_logger(MODELS + "analysis.outsourcing_fact_mixin"),
        ):
            self._run_cron("ir_cron_head_fact")
        self.assertIn(second.id, counted)
        done = []
        with mute_logger(MODELS + "analysis.outsourcing_fact_mixin"):
            facts._fact_try([1, 2, 3], partial(_count, done, 2))
        self.assertEqual(done, [1, 3])


def _count(done, bad, ids):
    if bad in ids:
        raise ValueError("broken")
    done.extend(ids)
