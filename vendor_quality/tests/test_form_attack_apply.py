from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY, MoneyCommon

FIGURES = {
    "form_id": {},
    "fee_amount": {},
    "deduction_amount": {},
    "to_credit_amount": {},
    "partner_id": {"fields": {"display_name": {}}},
    "explanation": {},
}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestFormAttackApply(MoneyCommon):
    """Whoever applies deductions sees and touches the approved forms of his bills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money_contract = cls._new_money_contract()
        cls.form = cls._new_approved(cls.money_contract)
        cls.sister = cls.env["res.company"].create({"name": "Sister"})
        cls.stranger = cls._new_user(
            "stranger",
            "account.group_account_invoice",
        )
        cls.stranger.write(
            {
                "company_id": cls.sister.id,
                "company_ids": [Command.set(cls.sister.ids)],
            }
        )

    def _get_wizard(self, user):
        return self.env["vendor.quality.deduction.apply"].with_user(user)

    def _onchange(self, user, form):
        result = self._get_wizard(user).onchange(
            {"line_ids": [(0, "virtual_1", {"form_id": form.id})]},
            ["line_ids"],
            {"line_ids": {"fields": FIGURES}},
        )
        return str(result)

    def test_wizard_tells_no_figures_of_other_companies(self):
        line = self.env["vendor.quality.deduction.apply.line"].with_user(self.stranger)
        try:
            wizard = self._get_wizard(self.stranger).create(
                {"line_ids": [Command.create({"form_id": self.form.id})]}
            )
            wizard.invalidate_recordset()
            rows = wizard.line_ids.read(["fee_amount", "explanation"])
        except AccessError:
            rows = line.read(["fee_amount", "explanation"])
        self.assertFalse([row for row in rows if row["fee_amount"]])
        self.assertFalse([row for row in rows if row["explanation"]])
        told = self._onchange(self.stranger, self.form)
        self.assertNotIn("10000", told)
        self.assertNotIn(self.vendor.name, told)

    def test_wizard_tells_no_figures_of_open_forms(self):
        contract = self._new_money_contract(code="OPEN")
        form = self._collect(contract)
        self.assertNotIn("10000", self._onchange(self.accountant, form))

    def test_deductions_of_one_vendor_off_the_bill_of_another(self):
        other = self.env["res.partner"].create({"name": "Other"})
        bill = self._new_bill(5000, vendor=other)
        wizard = self._get_wizard(self.accountant).create(
            {
                "move_id": bill.id,
                "line_ids": [Command.create({"form_id": self.form.id})],
            }
        )
        with self._refused():
            wizard.action_apply()
        self.assertEqual(bill.amount_untaxed, 5000)

    def test_draft_credit_note_of_an_open_form(self):
        contract = self._new_money_contract(code="OPEN")
        form = self._collect(contract)
        wizard = self._get_wizard(self.accountant).create(
            {"line_ids": [Command.create({"form_id": form.id})]}
        )
        with self._refused():
            wizard.action_apply()
