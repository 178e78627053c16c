from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from ..models.base.res_company import set_gate_from
from .common import TODAY, MoneyCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormCurrencies(MoneyCommon):
    """Currencies of 0, 2 and 3 decimals, other currencies, other companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

    def _activate(self, name, rate):
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-01-01", "rate": rate}
        )
        return currency

    def _rules(self, name):
        return {
            "code": f"CUR-{name}",
            "credit_ids": [(0, {"below_points": 60, "allocation_rate": 33.33})],
            "at_risk_rate": 27.5,
            "retention_rate": 7.77,
            "retention_days": 0,
        }

    def test_parts_and_payments_to_the_last_unit(self):
        for name, rate, fee in [
            ("JPY", 150.0, 1234567),
            ("CNY", 7.0, 98765.43),
            ("KWD", 0.3, 4321.987),
        ]:
            currency = self._activate(name, rate)
            contract = self._new_money_contract(
                currency=currency, amount_total=2 * fee, **self._rules(name)
            )
            form = self._new_approved(contract, fee=fee)
            self.assertEqual(form.currency_id, currency)
            parts = (
                form.deduction_amount
                + form.retention_amount
                + form.disputed_amount
                + form.payable_amount
            )
            self.assertEqual(currency.compare_amounts(parts, fee), 0, name)
            lost = form.deduction_ids.filtered(lambda item: item.kind != "retention")
            self.assertEqual(
                currency.compare_amounts(
                    sum(lost.mapped("amount")), form.deduction_amount
                ),
                0,
            )
            bill = self._bill(fee, contract, currency_id=currency.id)
            self.assertEqual(currency.compare_amounts(bill.amount_untaxed, fee), 0)
            note = self._apply(form)
            self.assertEqual(
                currency.compare_amounts(note.amount_untaxed, form.deduction_amount),
                0,
                name,
            )
            self._assert_released_and_paid(form, bill)

    def _assert_released_and_paid(self, form, bill):
        allowed = bill.vendor_quality_payable
        with self._refused("cannot be paid"), self.cr.savepoint():
            self._pay(
                bill,
                amount=allowed + bill.currency_id.rounding,
                currency_id=bill.currency_id.id,
            )
        self._pay(bill, amount=allowed, currency_id=bill.currency_id.id)
        form.deduction_ids.filtered(lambda item: item.kind == "retention").with_user(
            self.other_finance
        ).action_release()
        self.env.invalidate_all()
        self._pay(bill, amount=bill.amount_residual, currency_id=bill.currency_id.id)
        self.assertEqual(bill.payment_state, "paid", bill.currency_id.name)

    def test_bill_in_another_currency(self):
        """The contract is in yuan, the bill in dinar, at the rate of the bill."""
        yuan, dinar = self._activate("CNY", 7.0), self._activate("KWD", 0.3)
        self.env["res.currency.rate"].create(
            {"currency_id": dinar.id, "name": "2026-03-02", "rate": 0.9}
        )
        contract = self._new_money_contract(currency=yuan, code="CROSS")
        form = self._new_approved(contract, fee=70000)
        bill = self._bill(3000, contract, currency_id=dinar.id)  # 70,000 yuan
        note = self._apply(form)
        self.assertRecordValues(
            note,
            [
                {
                    "currency_id": dinar.id,
                    "amount_untaxed": 300,
                    "invoice_currency_rate": bill.invoice_currency_rate,
                }
            ],
        )
        self.assertEqual(bill.amount_residual, 3105)
        self._assert_items("applied", form)
        self.assertEqual(form.credited_amount, 7000)

    def test_decisions_and_holds_keep_the_rate_of_the_bill(self):
        """Their sums changed every morning with the rate of the day."""
        yuan = self._activate("CNY", 7.0)
        contract = self._new_money_contract(currency=yuan, code="RATE")
        self._new_approved(contract, fee=70000)
        bill = self._bill(70000, contract, currency_id=yuan.id)
        decision = bill.vendor_quality_decision_ids
        self.assertEqual(decision.currency_id, yuan)
        self.assertAlmostEqual(decision.currency_rate, 1 / 7)
        held = self._new_bill(7000, contract.partner_id, currency_id=yuan.id)
        hold = self.env["vendor.quality.hold"].new({"move_id": held.id})
        self.assertEqual(hold.amount_total, held.amount_total)
        self.assertEqual(hold.amount_company, abs(held.amount_total_signed))
        with freeze_time("2026-06-01 08:00:00"):
            self.env["res.currency.rate"].create(
                {"currency_id": yuan.id, "name": "2026-06-01", "rate": 1.0}
            )
            [(total,)] = self.env["vendor.quality.decision"]._read_group(
                [("id", "=", decision.id)], aggregates=["amount:sum_currency"]
            )
            self.assertAlmostEqual(total, 10000)
        # The upgrade gives the rate to what was decided before.
        self.env.cr.execute(
            "UPDATE vendor_quality_decision SET currency_rate = NULL WHERE id = %s",
            [decision.id],
        )
        path = Path(__file__).parents[1] / "migrations/19.0.1.10.0"
        spec = spec_from_file_location("rate", path / "post-decision-rate.py")
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.9.0")
        self.assertAlmostEqual(decision.currency_rate, 1 / 7)

    def test_other_company(self):
        contract = self._new_money_contract(code="CO")
        form = self._new_approved(contract)
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._new_user("stranger", "account.group_account_invoice")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        items = self.env["vendor.quality.deduction"].with_user(stranger)
        self.assertFalse(items.search([("form_id", "=", form.id)]))
        with self.assertRaises(AccessError):
            form.deduction_ids.with_user(stranger).read(["amount"])
        Wizard = self.env["vendor.quality.deduction.apply"].with_user(stranger)
        with self.assertRaises(AccessError):
            Wizard.with_context(active_model=form._name, active_ids=form.ids).create({})
        wizard = Wizard.create({"line_ids": [(0, 0, {"form_id": form.id})]})
        with self.assertRaises(AccessError):
            wizard.action_apply()

    def test_gate_is_off(self):
        """Without a gate the contract and the period on the bill say the form."""
        contract = self._new_money_contract(code="OFF")
        form = self._new_approved(contract)
        set_gate_from(self.company, False)
        bill = self._bill(10000, contract)
        self.assertFalse(bill.vendor_quality_decision_ids)
        note = self._apply(form)
        self.assertRecordValues(
            note, [{"amount_untaxed": 1000, "reversed_entry_id": bill.id}]
        )
        self._assert_items("applied", form)
