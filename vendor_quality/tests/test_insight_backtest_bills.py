from datetime import date

from lxml.html import fromstring

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import FEBRUARY, JANUARY, GateCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 02:00:00")
class TestBacktestBills(GateCommon):
    """Real bills, judged as if the new rules had given the forms their score.

    The only metric gives 70 points to a month without findings.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric = cls.env["vendor.quality.metric"].create(
            {
                "name": "Findings",
                "code": "findings_seventy",
                "company_id": False,
                "source": "finding",
                "unit": "count",
                "anchor_ids": [
                    Command.create({"value": 0, "points": 70}),
                    Command.create({"value": 5, "points": 0}),
                ],
            }
        )

    def _run_test(self, deductions=(), bands=(("A", 0, {}),), **values):
        action = self.template.action_new_version()
        new = self.env["vendor.quality.template"].browse(action["res_id"])
        new.write(
            {
                "line_ids": [
                    Command.clear(),
                    Command.create({"metric_id": self.metric.id, "weight_bp": 10000}),
                ],
                "band_ids": [
                    Command.clear(),
                    *(
                        Command.create({"grade": grade, "lower_bound": bound, **extra})
                        for grade, bound, extra in bands
                    ),
                ],
                "deduction_ids": [
                    Command.create({"lower_bound": bound, "rate": rate})
                    for bound, rate in deductions
                ],
                **values,
            }
        )
        test = self.env["vendor.quality.backtest"].create({"template_id": new.id})
        test.action_run()
        self.assertEqual(test.state, "done", test.failure)
        return test

    def test_score_under_the_new_threshold_holds_payment(self):
        form = self._new_form(JANUARY)
        bill = self._new_posted_bill(1000)
        test = self._run_test(threshold=80)
        self.assertRecordValues(
            test.bill_ids,
            [
                {
                    "move_id": bill.id,
                    "move_name": bill.name,
                    "old_post_rule": False,
                    "old_payment_rule": False,
                    "new_post_rule": False,
                    "new_payment_rule": "score_low",
                    "old_withheld": 0,
                    "new_withheld": bill.amount_total,
                    "is_held_before": False,
                    "is_held": True,
                    "is_newly_held": True,
                }
            ],
        )
        self.assertRecordValues(
            test.bill_ids.line_id,
            [{"form_id": form.id, "old_held_count": 0, "new_held_count": 1}],
        )
        self.assertIn("1 Bills held only now", self._get_text(test.result_html))
        self.assertEqual(bill.payment_state, "not_paid")

    def _get_text(self, html):
        """Return the words of ``html`` as a reader sees them."""
        return " ".join(fromstring(html).text_content().split())

    def test_threshold_met_to_the_cent_passes(self):
        self._new_form(JANUARY)
        self._new_posted_bill(1000)
        bill = self._run_test(threshold=70).bill_ids
        self.assertRecordValues(
            bill, [{"new_payment_rule": False, "new_withheld": 0, "is_held": False}]
        )

    def test_deduction_leaves_a_part_payable(self):
        """A bill over what is payable is paid in part; nobody has to act."""
        self._new_form(JANUARY)
        bill = self._new_posted_bill(1000)
        test = self._run_test(deductions=[(0, 10)], threshold=60)
        self.assertRecordValues(
            test.bill_ids,
            [
                {
                    "new_payment_rule": "over_payable",
                    "new_withheld": bill.amount_total / 10,
                    "is_held": False,
                }
            ],
        )
        self.assertRecordValues(
            test.bill_ids.line_id, [{"old_deduction": 0, "new_deduction": 100}]
        )

    def test_grade_blocks_posting(self):
        self._new_form(JANUARY)
        self._new_posted_bill(1000)
        bands = (("A", 90, {}), ("B", 0, {"blocks_posting": True}))
        bill = self._run_test(bands=bands, threshold=0).bill_ids
        self.assertRecordValues(
            bill, [{"new_post_rule": "grade_blocks", "is_newly_held": True}]
        )

    def test_gate_at_posting_holds_no_payment(self):
        self._new_form(JANUARY)
        self._new_posted_bill(1000)
        bill = self._run_test(threshold=100, gate_at="post").bill_ids
        self.assertRecordValues(bill, [{"new_payment_rule": False, "is_held": False}])

    def test_bill_over_two_months_counts_where_it_is_held(self):
        january = self._new_form(JANUARY)
        february = self._new_form(FEBRUARY)
        bill = self._new_posted_bill(2000, period=(JANUARY[0], FEBRUARY[1]))
        self._new_finding(date(2026, 2, 10))
        test = self._run_test(threshold=70)
        self.assertEqual(test.bill_ids.move_id, bill)
        self.assertEqual(test.bill_ids.line_id.form_id, february)
        self.assertEqual(test.line_ids.form_id, january | february)

    def _new_finding(self, day):
        employee = self.env["hr.employee"].sudo().create({"name": "Finder"})
        finding = (
            self.env["outsourcing.finding"]
            .sudo()
            .create(
                {
                    "subject": "Wet floor",
                    "contract_id": self.contract.id,
                    "reporter_id": employee.id,
                    "date": day,
                }
            )
        )
        self._set(finding, state="verified", verified_on=day)

    def test_what_was_held_before_is_no_news(self):
        """Two bills over the fee: the second was excepted, and would be again."""
        self._new_form(JANUARY, fee_amount=1000.0)
        self._new_posted_bill(600)
        second = self._new_bill(600)
        self._except(second, amount_limit=second.amount_total)
        second.action_post()
        test = self._run_test(threshold=0)
        self.assertRecordValues(
            test.bill_ids.sorted("id"),
            [
                {"is_held_before": False, "is_held": False, "is_newly_held": False},
                {"is_held_before": True, "is_held": True, "is_newly_held": False},
            ],
        )

    def test_other_bills_are_left_out(self):
        self._new_form(JANUARY)
        self._new_posted_bill(1000, vendor=self.other_vendor)
        self._new_bill(1000)
        self.assertFalse(self._run_test(threshold=80).bill_ids)
