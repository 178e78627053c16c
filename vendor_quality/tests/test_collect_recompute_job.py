from contextlib import suppress
from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ..models.form.vendor_quality_form_collect import collect
from .common import TODAY, QualityCommon

FORM_FIGURES = (
    "score",
    "raw_score",
    "gate_score",
    "coverage",
    "grade",
    "is_rated",
    "fee_amount",
    "deduction_amount",
    "payable_amount",
    "has_late_data",
)
LINE_FIGURES = (
    "code",
    "numerator",
    "denominator",
    "sample",
    "evidence",
    "rules",
    "value",
    "points",
    "status",
    "carried_points",
)


class RecomputeCommon(QualityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Recompute = cls.env["vendor.quality.recompute"]
        cls.Form = cls.env["vendor.quality.form"]
        # Jobs commit between batches; a test keeps its transaction.
        cls.classPatch(
            cls.env.registry["ir.cron"],
            "_commit_progress",
            lambda self, processed=0, *, remaining=None, deactivate=False: 3600,
        )

    def _listed(self, contract=None):
        self.env.flush_all()
        return self.Recompute.search(
            [("contract_id", "=", (contract or self.contract).id)]
        )

    def _forget(self):
        self.env.flush_all()
        self.Recompute.search([]).unlink()

    def _get_state(self, forms):
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            (
                form.id,
                [form[name] for name in FORM_FIGURES],
                sorted([line[name] for name in LINE_FIGURES] for line in form.line_ids),
                form._get_evidence_hash(),
            )
            for form in forms.sorted("id")
        ]


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRecomputeJob(RecomputeCommon):
    def test_changed_round_is_counted_again(self):
        inspection = self._create_round("2026-02-10", ["pass"] * 9 + ["fail"])
        form = self._create_collected_form(100)
        self.assertEqual(form.score, 70)
        self._forget()
        server_write(inspection.line_ids[-1], {"result": "pass"})
        self.assertTrue(self._listed())
        self.Recompute._cron_recompute()
        self.assertRecordValues(
            form, [{"score": 100, "collected_by_id": self.officer_user.id}]
        )
        self.assertFalse(self._listed())

    def test_contract_without_template_is_not_listed(self):
        contract = self._create_contract(vendor_quality_template_id=False)
        self.env["outsourcing.contract.milestone"].create(
            {"name": "M", "contract_id": contract.id, "date_due": "2026-02-10"}
        )
        self.assertFalse(self._listed(contract))

    def test_moved_and_deleted_source_rows_are_listed(self):
        self._forget()
        Milestone = self.env["outsourcing.contract.milestone"]
        milestones = Milestone.create(
            [
                {
                    "name": "M",
                    "contract_id": self.contract.id,
                    "date_due": f"2026-02-{day}",
                }
                for day in (10, 11)
            ]
        )
        self._forget()
        milestones[0].date_due = "2026-01-10"
        listed = self._listed()
        self.assertEqual(
            set(listed.mapped("date_from")), {date(2026, 2, 10), date(2026, 1, 10)}
        )
        self._forget()
        milestones[0].unlink()
        self.assertEqual(self._listed().mapped("date_from"), [date(2026, 1, 10)])
        # Without any milestone with money left, the fee of every period is another one.
        server_write(milestones[1], {"amount": 100})
        self.env.flush_all()
        self._forget()
        milestones[1].unlink()
        self.assertRecordValues(
            self._listed(), [{"date_from": False, "date_to": False}]
        )

    def test_amount_of_the_contract_changes_the_fees(self):
        form = self._create_collected_form()
        self.assertEqual(form.fee_amount, 10000)
        self._forget()
        # An amendment takes this way.
        server_write(self.contract, {"amount_total": 240000})
        self.assertRecordValues(self._listed(), [{"date_from": False}])
        self.Recompute._cron_recompute()
        self.assertEqual(form.fee_amount, 20000)

    def test_entered_value_is_counted_by_the_job(self):
        self._create_round("2026-02-10", ["pass"])
        form = self._create_collected_form(80)
        self._enter(form, "presence", 100)
        self.assertRecordValues(form, [{"score": 60, "is_stale": True}])
        self.Recompute._cron_recompute()
        self.assertRecordValues(form, [{"score": 100, "is_stale": False}])

    def test_approved_form_is_never_changed_but_says_so(self):
        self._create_round("2026-02-10", ["pass"])
        form = self._create_approved_form()
        before = self._get_state(form)
        self._create_round("2026-02-11", ["fail"])
        self._list_all(form.contract_id)
        self.Recompute._cron_recompute()
        self.assertTrue(form.has_late_data)
        self.assertIn("supersede", form.activity_ids.summary)
        form_state = self._get_state(form)
        self.assertEqual(form_state[0][2:], before[0][2:])
        self.assertEqual(
            self.Form.search([("has_late_data", "=", True)]), form.with_env(self.env)
        )
        self._list_all(form.contract_id)
        self.Recompute._cron_recompute()
        self.assertEqual(len(form.activity_ids), 1)
        with self.assertRaises(AccessError):
            form.with_user(self.officer_user).has_late_data = False

    def _list_all(self, contracts):
        self.env["vendor.quality.recompute.wizard"].with_user(self.manager_user).create(
            {"contract_ids": contracts.ids, "with_missing": False}
        ).action_recompute()

    def test_untouched_approved_form_is_not_late(self):
        self._create_round("2026-02-10", ["pass"])
        form = self._create_approved_form()
        self._list_all(form.contract_id)
        self.Recompute._cron_recompute()
        self.assertFalse(form.has_late_data)

    def test_killed_after_the_first_batch(self):
        """What was done stays done, the rest waits, and the result is the same."""
        contracts = self.env["outsourcing.contract"]
        for _index in range(3):
            contracts |= self._create_contract()
        forms = self.Form
        for contract in contracts:
            self._create_round("2026-02-10", ["pass"], contract=contract)
            forms |= self._create_collected_form(contract=contract)
        for contract in contracts:
            self._create_round("2026-02-11", ["pass", "fail"], contract=contract)
        self._forget()
        self._list_all(contracts)
        path = (
            "odoo.addons.vendor_quality.models.collect.vendor_quality_recompute.BATCH"
        )
        done = []
        original = type(self.Recompute)._recompute_for

        def die(recompute, batch):
            if done:
                raise KeyboardInterrupt
            done.append(batch)
            original(recompute, batch)

        with (
            patch(path, 1),
            patch.object(type(self.Recompute), "_recompute_for", die),
            suppress(KeyboardInterrupt),
        ):
            self.Recompute._cron_recompute()
        self.assertEqual(len(self.Recompute.search([]).contract_id), 2)
        with patch(path, 1):
            self.Recompute._cron_recompute()
        self.assertFalse(self.Recompute.search([]))
        once = self._get_state(forms)
        self.assertEqual(forms.line_ids.mapped("sample"), [3, 1] * 3)
        collect(forms)
        self.assertEqual(self._get_state(forms), once)

    def test_one_bad_contract_stays_on_the_list(self):
        bad = self._create_contract()
        form = self._create_collected_form()
        self._create_round("2026-02-10", ["pass"])
        self._list_all(bad | self.contract)
        original = type(self.Recompute)._recompute_for

        def fail(recompute, batch):
            if bad in batch:
                raise ValueError("broken")
            original(recompute, batch)

        path = "odoo.addons.vendor_quality.models.base.vendor_quality_batch"
        with (
            patch.object(type(self.Recompute), "_recompute_for", fail),
            mute_logger(path),
        ):
            self.Recompute._cron_recompute()
        self.assertEqual(self.Recompute.search([]).contract_id, bad)
        self.assertEqual(form.line_ids[0].sample, 1)

    def test_carried_points_follow_the_approval(self):
        metric = self._create_metric(
            "carried", missing_policy="carry", source="inspection"
        )
        template = self._create_active_template(
            [(metric, 4000), (self.metric_presence, 6000)], code="carry"
        )
        contract = self._create_contract(vendor_quality_template_id=template.id)
        self._create_round("2026-01-10", ["pass"], contract=contract)
        later = self._create_collected_form(100, contract=contract)
        self.assertEqual(later.line_ids[0].status, "exclude")
        self._create_approved_form(
            contract=contract, date_start="2026-01-01", date_end="2026-01-31"
        )
        self.Recompute._cron_recompute()
        self.assertRecordValues(later.line_ids[0], [{"status": "carry", "points": 100}])


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRecomputeWizard(RecomputeCommon):
    def _new_wizard(self, user=None, **values):
        wizards = self.env["vendor.quality.recompute.wizard"]
        return wizards.with_user(user or self.manager_user).create(values)

    def test_missing_forms_since_the_start_of_the_contract(self):
        contract = self._create_contract(date_start="2025-11-16")
        wizard = self._new_wizard(contract_ids=[Command.link(contract.id)])
        wizard.action_recompute()
        self.Recompute._cron_recompute()
        forms = self.Form.search(
            [("contract_id", "=", contract.id)], order="date_start"
        )
        self.assertEqual(
            [(str(form.date_start), str(form.date_end)) for form in forms],
            [
                ("2025-11-16", "2025-11-30"),
                ("2025-12-01", "2025-12-31"),
                ("2026-01-01", "2026-01-31"),
                ("2026-02-01", "2026-02-28"),
            ],
        )
        self.assertEqual(set(forms.mapped("state")), {"collected"})
        self.assertEqual(len(set(forms.mapped("name"))), 4)
        self.assertEqual(len(forms.activity_ids), 1)
        self.assertFalse(forms.filtered(lambda form: len(form.line_ids) != 2))

    def test_only_the_periods_asked_for(self):
        wizard = self._new_wizard(date_from="2026-01-10", date_to="2026-01-31")
        wizard.action_recompute()
        self.Recompute._cron_recompute()
        self.assertEqual(
            self.Form.search([("contract_id", "=", self.contract.id)]).date_start,
            date(2026, 1, 1),
        )

    def test_who_may_ask(self):
        for user in (self.officer_user, self.finance_user, self.inspector_user):
            with self.assertRaises(AccessError):
                self._new_wizard(user)
        with self.assertRaises(AccessError):
            self.Recompute.with_user(self.manager_user).create(
                {"contract_id": self.contract.id}
            )
        with self.assertRaises(UserError):
            self._new_wizard(
                date_from="2026-02-01", date_to="2026-01-01"
            ).action_recompute()

    def test_count_of_what_is_recounted(self):
        form = self._create_collected_form()
        self.assertEqual(self._new_wizard().form_count, 1)
        self.assertEqual(self._new_wizard(date_from="2026-03-01").form_count, 0)
        form.action_submit()
        self.assertEqual(self._new_wizard().form_count, 0)


@tagged("post_install", "-at_install")
class TestProposedPeriods(RecomputeCommon):
    def _propose(self, today):
        with freeze_time(today):
            self.Form._cron_propose_forms()
        forms = self.Form.search([("contract_id", "=", self.contract.id)])
        return [str(form.date_start) for form in forms.sorted("date_start")]

    @classmethod
    @freeze_time("2026-02-03 02:00:00")
    def setUpClass(cls):
        super().setUpClass()

    def test_missed_periods_are_caught_up(self):
        self.assertEqual(self._propose("2026-02-03 02:00:00"), ["2026-01-01"])
        self.assertEqual(
            self._propose("2026-05-04 02:00:00"),
            ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"],
        )

    def test_not_before_the_gate(self):
        self.company.vendor_quality_gate_from = "2026-03-10"
        self.assertEqual(self._propose("2026-03-02 02:00:00"), [])
        self.assertEqual(
            self._propose("2026-05-04 02:00:00"), ["2026-03-01", "2026-04-01"]
        )
