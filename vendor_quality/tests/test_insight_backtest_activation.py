from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY
from .test_insight_backtest import BacktestCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBacktestActivation(BacktestCommon):
    """A version of contracts in use is put in force on a test of it, or not."""

    def _refused(self, text, template=None, user=None):
        template = template or self.new
        with self.assertRaisesRegex(UserError, text):
            self._activate(template, user)
        self.assertRecordValues(template, [{"state": "draft", "backtest_id": False}])

    def test_a_test_comes_first(self):
        self._refused("Test it on past months first")
        self.assertIn("past months", self.new.activate_hint)
        test = self._run_test()
        self._activate()
        self.assertRecordValues(
            self.new,
            [
                {
                    "state": "active",
                    "backtest_id": test.id,
                    "backtest_hash": test.result_hash,
                    "activated_by_id": self.other_manager_user.id,
                }
            ],
        )

    def test_editor_does_not_confirm_his_own(self):
        self._run_test(user=self.other_manager_user)
        self._refused("wrote or last edited", user=self.manager_user)

    def test_wizard_shows_it_to_whoever_confirms(self):
        test = self._run_test()
        template = self.new.with_user(self.other_manager_user)
        action = template.action_confirm_activation()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.other_manager_user)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(wizard.backtest_id, test)
        self.assertIn("Grades that fall", wizard.result_html)
        wizard.action_confirm()
        self.assertEqual(self.new.state, "active")

    def test_first_template_needs_none(self):
        first = self._create_template([(self.metric_rounds, 10000)], code="first")
        self._activate(first)
        self.assertRecordValues(first, [{"state": "active", "backtest_id": False}])

    def test_every_later_edit_outdates_it(self):
        """Template, weight, grade, deduction, metric and anchor are the content."""
        metric = self._create_metric("late", anchors=((0, 100), (9, 0)))
        new = self.new.with_user(self.manager_user)
        new.line_ids = [
            Command.update(new.line_ids[0].id, {"weight_bp": 5000}),
            Command.create({"metric_id": metric.id, "weight_bp": 1000}),
        ]
        edits = [
            lambda: new.write({"threshold": 61}),
            lambda: new.write({"answer_days": 6}),
            lambda: new.write({"not_rated_policy": "pay"}),
            lambda: new.band_ids[-1].write({"blocks_payment": False}),
            lambda: new.deduction_ids[0].write({"rate": 1}),
            lambda: new.line_ids[0].write({"weight_bp": 4999}),
            lambda: metric.write({"min_sample": 3}),
            lambda: metric.write({"carry_days": 5}),
            lambda: metric.anchor_ids[0].write({"points": 99}),
        ]
        for index, edit in enumerate(edits):
            with self.subTest(index):
                test = self._run_test()
                self.assertFalse(test.is_outdated)
                edit()
                new.line_ids.filtered(lambda line: line.weight_bp == 4999).weight_bp = (
                    4999 if index != 5 else 5001
                )
                new.line_ids[1].weight_bp = 10000 - sum(
                    (new.line_ids - new.line_ids[1]).mapped("weight_bp")
                )
                test.invalidate_recordset(["is_outdated"])
                self.assertTrue(test.is_outdated)
                self._refused("was changed after its last test")
        self._run_test()
        self._activate()
        self.assertEqual(self.new.state, "active")

    def test_change_and_change_back_is_the_same_content(self):
        self._run_test()
        new = self.new.with_user(self.manager_user)
        new.threshold = 10
        new.threshold = 60
        self._activate()
        self.assertEqual(self.new.state, "active")

    def test_old_test_does_not_count(self):
        self._run_test()
        with freeze_time("2026-04-02 02:00:00"):
            self.new.with_user(self.manager_user).date_from = "2026-05-01"
            self._run_test()
        with freeze_time("2026-04-25 02:00:00"):
            self._activate()
        self.assertEqual(self.new.state, "active")

    def test_test_of_last_month_is_too_old(self):
        self.new.with_user(self.manager_user).date_from = "2026-06-01"
        self._run_test()
        with freeze_time("2026-04-02 02:00:00"):
            self._refused("older than 30 days")

    def test_draft_that_waited_is_not_back_dated(self):
        """A draft of April put in force in May would judge what began before."""
        with freeze_time("2026-04-01 10:00:00"):
            self._refused("periods that have begun keep their rules")
            self.new.with_user(self.manager_user).date_from = "2026-05-01"
            self._run_test()
            self._activate()
        self.assertEqual(self.new.state, "active")

    def test_chosen_contracts_do_not_hide_the_others(self):
        other = self._create_contract()
        self._run_test(contract_ids=[Command.set(self.contract.ids)])
        self._refused("leaves out 1 of the contracts")
        self._run_test(contract_ids=[Command.set(other.ids)])
        self._activate()
        self.assertEqual(self.new.state, "active")

    def test_test_of_another_version_does_not_count(self):
        other = self._create_template(
            [(self.metric_rounds, 6000), (self.metric_presence, 4000)], code="other"
        )
        self._run_test(other, contract_ids=[Command.set(self.contract.ids)])
        self._refused("Test it on past months first")

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Branch abroad"})
        for user in (self.owner_user, self.procurement_user, self.officer_user):
            user.company_ids |= company
        self._create_contract(company=company)
        self._run_test()
        self._refused("in each company")
        stranger = self._new_user(
            "manager_abroad",
            "vendor_quality.group_quality_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(UserError):
            self._create_test(
                user=stranger, contract_ids=[Command.set(self.contract.ids)]
            )
        test = self._run_test(user=stranger)
        self.assertEqual(test.company_id, company)
        self.assertNotIn(self.contract, test.contract_ids)
        with self.assertRaises(AccessError):
            test.with_user(self.manager_user).read(["result"])
        self._activate()
        self.assertEqual(self.new.state, "active")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBacktestAttack(BacktestCommon):
    """Nobody forges a result: not by RPC, context, sudo, or in another state."""

    FORGED = {
        "state": "done",
        "result_hash": "0" * 64,
        "content_hash": "0" * 64,
        "result": {"periods": 12},
        "finished_at": TODAY,
        "date_from": "2026-01-01",
        "run_by_id": 1,
        "rules": {},
        "done_count": 3,
        "last_contract_id": 1,
    }

    def _as_attackers(self, record):
        manager = record.with_user(self.manager_user)
        return [
            manager,
            manager.sudo(),
            manager.with_context(outsourcing_flow_key=True, install_mode=True),
        ]

    def test_fields_of_the_run_are_refused(self):
        draft, done = self._create_test(), self._run_test()
        for test in (draft, done):
            for attacker in self._as_attackers(test):
                for name, value in self.FORGED.items():
                    with self.assertRaises(UserError, msg=name):
                        attacker.write({name: value})
        with self.assertRaises(UserError):
            done.action_run()
        for name in ("template_id", "months", "contract_ids", "company_id"):
            with self.assertRaises(UserError, msg=name):
                done.write({name: done[name].ids if name == "contract_ids" else 1})
        with self.assertRaises(UserError):
            done.unlink()

    def test_created_done_is_refused(self):
        Test = self.env["vendor.quality.backtest"].with_user(self.manager_user)
        for name, value in self.FORGED.items():
            for caller in (Test, Test.sudo()):
                with self.assertRaises(UserError, msg=name):
                    caller.create({"template_id": self.new.id, name: value})
        defaults = {f"default_{name}": value for name, value in self.FORGED.items()}
        test = Test.with_context(**defaults).create({"template_id": self.new.id})
        self.assertRecordValues(
            test, [{"state": "draft", "result_hash": False, "content_hash": False}]
        )

    def test_lines_and_bills_are_refused(self):
        test = self._run_test()
        line = test.line_ids[0]
        for attacker in self._as_attackers(line):
            with self.assertRaises(AccessError):
                attacker.write({"new_grade": "A"})
            with self.assertRaises(AccessError):
                attacker.unlink()
            with self.assertRaises(AccessError):
                attacker.env["vendor.quality.backtest.line"].create(
                    {
                        "backtest_id": test.id,
                        "company_id": test.company_id.id,
                        "contract_id": self.contract.id,
                    }
                )
            with self.assertRaises(AccessError):
                attacker.env["vendor.quality.backtest.bill"].create(
                    {
                        "backtest_id": test.id,
                        "company_id": test.company_id.id,
                        "line_id": line.id,
                    }
                )
        with self.assertRaises(UserError):
            test.write({"line_ids": [Command.clear()]})

    def test_template_keeps_its_test(self):
        test = self._run_test()
        for attacker in self._as_attackers(self.new):
            for values in ({"backtest_id": test.id}, {"backtest_hash": "0" * 64}):
                with self.assertRaises(AccessError):
                    attacker.write(values)
        with self.assertRaisesRegex(UserError, "are kept"):
            self.new.with_user(self.manager_user).unlink()

    def test_result_changed_in_the_database_is_found(self):
        test = self._run_test()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE vendor_quality_backtest_line SET grade_move = 'rise' WHERE id = %s",
            [test.line_ids[0].id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "does not match its signature"):
            self._activate()
        self.assertEqual(self.new.state, "draft")

    def test_change_during_the_run_fails_it(self):
        """Else one content would be counted and another one signed."""
        self._create_contract()
        self._set_batch(1)
        test = self._create_test()
        test.action_run()
        test._run_next()
        self.new.with_user(self.manager_user).threshold = 10
        test._run_next()
        self.assertEqual(test.state, "failed")
        self.assertIn("changed during the test", test.failure)
        with self.assertRaisesRegex(UserError, "Test it on past months first"):
            self._activate()

    def test_version_in_force_is_not_tested(self):
        test = self._create_test()
        self._run_test()
        self._activate()
        with self.assertRaisesRegex(UserError, "in force already"):
            test.action_run()
