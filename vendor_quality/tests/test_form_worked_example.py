from odoo.tests import freeze_time, tagged

from .common import JANUARY, TODAY, MoneyCommon
from .fake_outsourcing import deliver


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormWorkedExample(MoneyCommon):
    """The numbers of "A month with credits, a fine and a retention" in README.rst."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metrics += cls._create_metric("response")

    def _new_readme_contract(self):
        return self._new_money_contract(
            amount_total=240000.0,
            weights=(3000, 3000, 4000),
            deductions=((90, 0), (60, 5), (0, 10)),
            credit_ids=[
                (2, {"below_points": 60, "allocation_rate": 30, "repeat_factor": 1.5})
            ],
            at_risk_rate=15,
            late_fine_rate=0.5,
            late_fine_cap=5,
            retention_rate=5,
            retention_days=60,
        )

    def test_worked_money_example_of_the_readme(self):
        contract = self._new_readme_contract()
        self._collect_with_response(contract, JANUARY, 91)
        milestone = self.env["outsourcing.contract.milestone"].create(
            {"name": "Switches", "contract_id": contract.id, "date_due": "2026-02-05"}
        )
        deliver(milestone, "2026-02-13 08:00:00", price=8000)
        form = self._collect_with_response(contract, None, 90)
        self.assertRecordValues(
            form,
            [
                {
                    "score": 72.5,
                    "fee_amount": 20000,
                    "deduction_amount": 2670,
                    "retention_amount": 866.5,
                    "disputed_amount": 0,
                    "payable_amount": 16463.5,
                }
            ],
        )
        amounts = [item.amount for item in form.deduction_ids]
        self.assertEqual(amounts, [1000, 1350, 320, 866.5])
        bill = self._bill(20000, contract)
        note = self._apply(form)
        self.assertEqual(note.amount_untaxed, 2670)
        self.assertEqual(bill.vendor_quality_payable, 18933.03)  # 16,463.50 x 1.15
        self._pay(bill, amount=18933.03)
        self.assertEqual(bill.amount_residual, 996.47)  # 866.50 x 1.15

    def _collect_with_response(self, contract, period, response):
        """Approve a form of 96 % presence, 99 % uptime and this response."""
        values = {"period": period} if period else {}
        form = self._collect(contract, presence=96, uptime=99, fee=20000, **values)
        self._enter(form, response=response)
        form.action_collect()
        return self._approve_form(form)
