from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..tools import replay
from .common import TODAY, QualityCommon
from .fake_outsourcing import deliver

RUN = "odoo.addons.vendor_quality.models.insight.vendor_quality_backtest_run"


class BacktestCommon(QualityCommon):
    """A second version of the template, written by one manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(TODAY):
            action = cls.template.with_user(cls.manager_user).action_new_version()
        cls.new = cls.env["vendor.quality.template"].browse(action["res_id"])

    def _create_test(self, template=None, user=None, **values):
        return (
            self.env["vendor.quality.backtest"]
            .with_user(user or self.manager_user)
            .create({"template_id": (template or self.new).id, **values})
        )

    def _run_test(self, *args, **kwargs):
        test = self._create_test(*args, **kwargs)
        test.action_run()
        self.assertEqual(test.state, "done", test.failure)
        return test

    def _set_batch(self, size):
        """Let a run stop after ``size`` contracts."""
        self.startPatcher(patch(f"{RUN}.BATCH", size))

    def _activate(self, template=None, user=None):
        template = (template or self.new).with_user(user or self.other_manager_user)
        return template.action_activate()


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestBacktest(BacktestCommon):
    """The result: what the new rules would have meant in January and February."""

    def _lines(self, test):
        return test.line_ids.sorted("date_start")

    def test_approved_form_is_the_old_result(self):
        self._create_round("2026-02-10", ["pass"])
        self._create_approved_form(presence=95, fee_amount=1000)
        self.new.with_user(self.manager_user).band_ids[0].lower_bound = 95
        test = self._run_test()
        self.assertEqual(
            (test.date_from, test.date_to), (date(2025, 3, 1), date(2026, 2, 28))
        )
        january, february = self._lines(test)
        self.assertRecordValues(
            january,
            [
                {
                    "date_start": date(2026, 1, 1),
                    "old_basis": "computed",
                    "is_old_rated": False,
                    "is_new_rated": False,
                    "fee_amount": 10000,
                    "grade_move": "none",
                    "deduction_change": 0,
                }
            ],
        )
        self.assertRecordValues(
            february,
            [
                {
                    "date_start": date(2026, 2, 1),
                    "old_basis": "form",
                    "old_score": 90,
                    "old_grade": "A",
                    "new_score": 90,
                    "new_grade": "B",
                    "fee_amount": 1000,
                    "old_deduction": 0,
                    "new_deduction": 0,
                    "grade_move": "fall",
                }
            ],
        )

    def test_without_a_form_the_old_version_is_computed(self):
        """Both rules score the same figures; here only the deductions differ."""
        self._create_round("2026-02-10", ["pass"] * 9 + ["fail"])
        draft = self._create_form()
        self._enter(draft, "presence", 90)
        self.new.with_user(self.manager_user).deduction_ids.filtered(
            lambda row: row.lower_bound == 0
        ).rate = 30
        february = self._lines(self._run_test())[1]
        # 50 of 90 % passed and 50 of 90 % present: grade C, 20 % before, 30 % now.
        self.assertRecordValues(
            february,
            [
                {
                    "old_basis": "computed",
                    "old_score": 50,
                    "old_grade": "C",
                    "new_score": 50,
                    "new_grade": "C",
                    "fee_amount": 10000,
                    "old_deduction": 2000,
                    "new_deduction": 3000,
                    "deduction_change": 1000,
                    "grade_move": "same",
                    "form_id": draft.id,
                }
            ],
        )

    def test_nothing_is_touched(self):
        form = self._create_collected_form()
        before = form.read()[0]
        counts = {
            name: self.env[name].search_count([])
            for name in ("vendor.quality.form", "vendor.quality.standing")
        }
        self._run_test()
        form.invalidate_recordset()
        self.assertEqual(form.read()[0], before)
        for name, count in counts.items():
            self.assertEqual(self.env[name].search_count([]), count, name)

    def test_entered_values_follow_a_copied_metric(self):
        """What is fixed is changed as a copy; its history is the original's."""
        self._create_round("2026-02-10", ["pass"])
        self._create_approved_form(presence=95)
        metric = self.metric_presence.with_user(self.manager_user).copy()
        metric.anchor_ids.filtered(lambda item: item.points == 0).value = 90
        line = self.new.with_user(self.manager_user).line_ids.filtered(
            lambda item: item.metric_id == self.metric_presence
        )
        line.metric_id = metric
        february = self._lines(self._run_test())[1]
        # 60 % of 100 and 40 % of 50 points.
        self.assertEqual(february.new_score, 80)
        self.assertEqual((february.old_grade, february.new_grade), ("A", "B"))

    def test_result_is_computed_again_from_the_test_alone(self):
        self._create_round("2026-02-10", ["pass", "fail"])
        self._create_approved_form(presence=97)
        test = self._run_test()
        line = self._lines(test)[1]
        figures = {item[0]: item[1:] for item in line.figures}
        lines = [
            {
                "code": metric["code"],
                "weight": metric["weight"],
                "rules": metric["rules"],
                **dict(
                    zip(
                        ("numerator", "denominator", "sample", "carried", "awarded"),
                        figures[metric["code"]],
                        strict=True,
                    )
                ),
                "disputed": False,
                "evidence": {},
            }
            for metric in test.rules["metrics"]
        ]
        result, _lines = replay.compute(
            {
                "template": test.rules["template"],
                "fee": "10000.00",
                "rounding": "0.01",
                "lines": lines,
            }
        )
        self.assertEqual(float(result["score"]), line.new_score)
        self.assertEqual(result["grade"], line.new_grade)

    def test_new_template_on_a_category(self):
        category = self.env["outsourcing.category"].create({"name": "Gardens"})
        contract = self._create_contract(
            category_id=category.id, vendor_quality_template_id=False
        )
        self.assertFalse(contract.vendor_quality_template_id)
        template = self._create_template([(self.metric_rounds, 10000)], code="gardens")
        self._create_round("2026-02-10", ["pass"], contract=contract)
        test = self._create_test(template, category_ids=[Command.link(category.id)])
        self.assertEqual(test.contract_ids, contract)
        test.action_run()
        self.assertRecordValues(
            self._lines(test)[1],
            [{"old_basis": "none", "grade_move": "first", "new_grade": "A"}],
        )

    def test_quarters_take_whole_quarters(self):
        self.new.with_user(self.manager_user).write(
            {"period_type": "quarter", "date_from": "2026-07-01"}
        )
        with freeze_time("2026-05-04 02:00:00"):
            self._create_round("2026-02-10", ["pass"])
            for start, end, value in (
                ("2026-01-01", "2026-01-31", 90),
                ("2026-02-01", "2026-02-28", 100),
            ):
                form = self._create_form(date_start=start, date_end=end)
                self._enter(form, "presence", value)
            test = self._run_test(months=3)
        self.assertRecordValues(
            test.line_ids,
            [{"date_start": date(2026, 1, 1), "date_end": date(2026, 3, 31)}],
        )
        # The mean of the months is 95 %: 75 points at 40 %, and 60 of the rounds.
        self.assertEqual(test.line_ids.new_score, 90)

    def test_money_rules_of_the_new_version(self):
        """Credit of a mark missed twice, a late milestone, and the annual cap."""
        for start, end in (("2026-01-01", "2026-01-31"), ("2026-02-01", "2026-02-28")):
            self._create_round(start[:8] + "10", ["pass"])
            form = self._create_form(date_start=start, date_end=end, fee_amount=1000)
            self._enter(form, "presence", 90)
        new = self.new.with_user(self.manager_user)
        new.deduction_ids.rate = 0
        new.write(
            {
                "at_risk_rate": 10,
                "credit_ids": [
                    Command.create(
                        {
                            "metric_id": self.metric_presence.id,
                            "below_points": 60,
                            "allocation_rate": 20,
                            "repeat_factor": 2,
                        }
                    )
                ],
            }
        )
        january, february = self._lines(self._run_test())
        # 20 % of the pool of 100; twice as much when the mark is missed again.
        self.assertEqual((january.new_deduction, february.new_deduction), (20, 40))
        new.annual_cap_rate = 0.05
        january, february = self._lines(self._run_test())
        # The contract year has a fee of 120,000: 60 may be lost in all.
        self.assertEqual((january.new_deduction, february.new_deduction), (20, 40))
        new.annual_cap_rate = 0.04
        january, february = self._lines(self._run_test())
        self.assertEqual((january.new_deduction, february.new_deduction), (20, 28))

    def test_late_fine_of_the_new_version(self):
        milestone = self.env["outsourcing.contract.milestone"].create(
            {
                "name": "Report",
                "contract_id": self.contract.id,
                "date_due": "2026-02-10",
            }
        )
        deliver(milestone, "2026-02-13 08:00:00", price=1200)
        self._create_round("2026-02-10", ["pass"])
        form = self._create_form(fee_amount=1000)
        self._enter(form, "presence", 100)
        new = self.new.with_user(self.manager_user)
        new.write({"late_fine_rate": 2, "late_fine_cap": 10})
        february = self._lines(self._run_test())[1]
        # Three days late at 2 % of 1,200.
        self.assertEqual(february.new_deduction, 72)

    def test_long_run_goes_on_in_the_background(self):
        contracts = self.contract
        for _index in range(3):
            contracts |= self._create_contract()
        self._set_batch(2)
        # Jobs commit between batches; a test keeps its transaction.
        self.startPatcher(
            patch.object(
                self.env.registry["ir.cron"],
                "_commit_progress",
                lambda *args, **kwargs: 1,
            )
        )
        test = self._create_test()
        self.assertEqual(test.contract_ids, contracts)
        test.action_run()
        self.assertRecordValues(test, [{"state": "running", "progress": 0}])
        test._run_next()
        self.assertRecordValues(test, [{"state": "running", "progress": 50}])
        self.assertFalse(test.result_hash)
        self.env["vendor.quality.backtest"]._cron_run()
        self.assertRecordValues(test, [{"state": "done", "progress": 100}])
        self.assertEqual(len(test.line_ids), 8)
        self.assertEqual(test.line_ids.contract_id, contracts)

    def test_queries_do_not_grow_with_the_contracts(self):
        """One query a metric and a source, whatever the number of contracts."""
        counts = {}
        contracts = self.contract
        for number in (2, 6):
            while len(contracts) < number:
                contracts |= self._create_contract()
            test = self._create_test(contract_ids=[Command.set(contracts.ids)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            test.action_run()
            self.env.flush_all()
            counts[number] = self.env.cr.sql_log_count - before
            self.assertEqual(len(test.line_ids), 2 * number)
        self.assertLessEqual(counts[6], counts[2] + 4, counts)

    def test_failure_leaves_no_half_result(self):
        with self.assertLogs(RUN):
            test = self._create_test()
            self.startPatcher(
                patch(
                    "odoo.addons.vendor_quality.tools.replay.Scorer.compute",
                    lambda scorer, document: 1 / 0,
                )
            )
            test.action_run()
        self.assertRecordValues(
            test, [{"state": "failed", "failure": "division by zero"}]
        )
        self.assertFalse(test.line_ids)

    def test_page_tells_what_moves(self):
        self._create_round("2026-02-10", ["pass"])
        self._create_approved_form(presence=95, fee_amount=1000)
        self.new.with_user(self.manager_user).band_ids[0].lower_bound = 95
        page = self._run_test().result_html
        self.assertIn("Grades that fall", page)
        self.assertIn("Not rated", page)
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        html, _kind = report._render_qweb_html(
            "vendor_quality.report_backtest",
            self.env["vendor.quality.backtest"].search([], limit=1).ids,
        )
        self.assertIn(b"Signature", html)

    def test_who_tests(self):
        for user in (self.officer_user, self.finance_user, self.auditor_user):
            with self.assertRaises(AccessError):
                self._create_test(user=user)
        test = self._run_test()
        for user in (self.officer_user, self.finance_user, self.auditor_user):
            self.assertTrue(test.with_user(user).line_ids.mapped("contract_id.name"))
        with self.assertRaises(AccessError):
            test.with_user(self.plain_user).read(["result"])
        with self.assertRaises(UserError):
            test.with_user(self.officer_user).sudo().copy().action_run()
