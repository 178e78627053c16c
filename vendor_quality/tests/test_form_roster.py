from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import JANUARY, GateCommon


@tagged("post_install", "-at_install")
class TestFormRoster(GateCommon):
    """Days on site beside what the bills of the period ask for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        person = cls.env["res.partner"].create(
            {"name": "Ann", "parent_id": cls.vendor.id}
        )
        cls.clerk = cls._new_users(
            {"roster_clerk": "outsourcing_mgmt.group_outsourcing_officer"}
        )["roster_clerk"]
        cls.worker = (
            cls.env["outsourcing.worker"]
            .with_user(cls.clerk)
            .create(
                {
                    "partner_id": person.id,
                    "contract_id": cls.contract.id,
                    "role": "Cleaner",
                    "date_start": JANUARY[0],
                }
            )
        )
        cls.worker.action_onboard()

    def _create_days(self, *days):
        return (
            self.env["outsourcing.roster.day"]
            .with_user(self.clerk)
            .create([{"worker_id": self.worker.id, "date": day} for day in days])
        )

    def test_beside_the_bills(self):
        days = self._create_days(
            date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7), date(2026, 2, 2)
        )
        (days - days[2]).action_confirm()
        form = self._new_form(state="collected")
        self.assertEqual(form.roster_day_count, 2)
        self.assertIn("1 heads on 2.00 days", form.roster_note)
        self.assertIn("nothing yet", form.roster_note)
        self._new_bill(
            outsourcing_contract_id=self.contract.id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Days",
                        "quantity": 3,
                        "price_unit": 100,
                        "account_id": self.expense.id,
                    }
                )
            ],
        )
        form.invalidate_recordset()
        self.assertIn("ask for 3.00", form.roster_note)
        action = form.action_view_roster()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, days[:3])
        for user in (self.officer, self.manager, self.finance):
            self.assertEqual(found.with_user(user).search(action["domain"]), found)
            with self.assertRaises(UserError):
                found.with_user(user).write({"note": "x"})

    def test_settled_with_the_form(self):
        days = self._create_days(date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 2))
        days[0].action_confirm()
        form = self._new_form()
        for act in (
            days[1].action_confirm,
            days[1].action_mark_absent,
            lambda: days[0].action_reopen("Wrong"),
            lambda: self._create_days(date(2026, 1, 8)),
            lambda: days[2].write({"date": date(2026, 1, 9)}),
        ):
            with self.subTest(act=act), self._refused(form.name):
                act()
        days[2].action_confirm()
        self._set(form, state="superseded")
        days[1].action_confirm()
        self.assertEqual(days[1].state, "confirmed")
        with self.assertRaises(UserError):
            days[0].unlink()
