import io
import re
from datetime import timedelta

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.base.grants import server_write
from .common import SIGNED_COPY, IncentiveCommon


@tagged("post_install", "-at_install")
class TestContractScreens(IncentiveCommon):
    """Every role opens what it may read; papers and lists are complete."""

    def _open(self, record, role):
        """Open the form of a record as the web client does."""
        mine = record.with_user(getattr(self, f"{role}_user"))
        mine.env.invalidate_all()
        with Form(mine):
            pass
        for kind in ("list", "kanban", "search", "calendar", "pivot"):
            if self.env["ir.ui.view"].search(
                [("model", "=", record._name), ("type", "=", kind)]
            ):
                mine.get_view(view_type=kind)

    def test_contract_forms(self):
        contract = self._create_active(order=self._create_order())
        self.env["outsourcing.contract.milestone"].create(
            {
                "name": "January",
                "contract_id": contract.id,
                "date_due": self.today,
                "purchase_line_id": contract.purchase_order_ids.order_line.id,
                "quantity": 1,
            }
        )
        for role in ("officer", "procurement", "hr", "finance", "manager", "auditor"):
            with self.subTest(role=role):
                self._open(contract, role)
                self._open(contract.milestone_ids, role)

    def test_list_costs_the_same_for_more_contracts(self):
        """The queries of the list do not grow with its rows."""
        specification = {
            name: {}
            for name in (
                "name",
                "partner_id",
                "amount_total",
                "is_filing_overdue",
                "purchase_order_count",
                "finding_count",
                "step_count",
                "can_sign",
                "can_file",
                "state",
            )
        }
        contracts = self.env["outsourcing.contract"]
        for _number in range(8):
            contracts |= self._create_active()
        Contract = contracts.with_user(self.officer_user)

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Contract.web_search_read([("id", "in", records.ids)], specification)
            return self.env.cr.sql_log_count - before

        count(contracts)  # fills the caches of the registry
        self.assertLessEqual(count(contracts), count(contracts[:2]) + 2)

    def test_conduct_forms(self):
        finding = self._create_verified()
        reward = self._submit(self._create_reward(finding))
        event = self._create_event()
        for record, roles in (
            (finding, ("plain", "officer", "finance", "hr", "auditor")),
            (reward, ("plain", "hr", "other_hr")),
            (event, ("procurement", "hr", "manager", "auditor")),
        ):
            for role in roles:
                with self.subTest(model=record._name, role=role):
                    self._open(record, role)

    def test_every_employee_finds_his_menus(self):
        menus = self.env["ir.ui.menu"].with_user(self.plain_user)
        visible = menus._visible_menu_ids()
        for name, expected in (
            ("outsourcing_finding_menu_my", True),
            ("outsourcing_incentive_menu_my", True),
            ("outsourcing_menu_root", True),
            ("outsourcing_contract_menu", False),
            ("outsourcing_finding_menu", False),
            ("outsourcing_incentive_menu", False),
            ("outsourcing_request_menu", False),
            ("outsourcing_incentive_export_menu", False),
        ):
            with self.subTest(name=name):
                menu = self.env.ref(f"outsourcing_mgmt.{name}")
                self.assertEqual(menu.id in visible, expected)

    def _render(self, user, name, record):
        report = self.env["ir.actions.report"].with_user(user)
        html = report._render_qweb_html(f"outsourcing_mgmt.{name}", record.ids)[0]
        text = re.sub(r"<[^>]+>", "", html.decode())
        return " ".join(text.split())

    def test_contract_sheet(self):
        contract = self._create_active(order=self._create_order())
        contract.with_user(self.hr_user).action_file("HR-2026-17")
        text = self._render(self.officer_user, "report_outsourcing_contract", contract)
        for expected in (
            contract.name,
            contract.purchase_order_ids.name,
            "HR-2026-17",
            "12,000.00",
            "4 recorded steps of this contract are intact",
        ):
            with self.subTest(expected=expected):
                self.assertIn(expected, text)

    def test_lists_that_both_parties_sign(self):
        """The paper that is to be signed and attached was printed by nobody."""
        contract = self._create_active()
        amendment = (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "More floors",
                    "contract_id": contract.id,
                    "reason": "Two more floors are rented",
                    "amount_change": 600,
                    "new_date_end": self._days(400),
                }
            )
        )
        name = "report_contract_amendment"
        text = self._render(self.procurement_user, name, amendment)
        for expected in (
            contract.name,
            "Two more floors",
            f"{contract.amount_total:,.2f}",
            f"{contract.amount_total + 600:,.2f}",
            "not approved yet",
            "For the vendor",
        ):
            self.assertIn(expected, text)
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        leaving = contract.exit_ids.with_user(self.officer_user)
        leaving.line_ids[0].write({"result": "missing", "note": "Locks are changed"})
        text = self._render(self.officer_user, "report_contract_exit", leaving)
        for point in leaving.line_ids:
            self.assertIn(point.name, text)
        for expected in (contract.name, "Locks are changed", "For the vendor"):
            self.assertIn(expected, text)
        with self.assertRaises(AccessError):
            self._render(self.plain_user, "report_contract_exit", leaving)

    def test_decision(self):
        reward = self._apply(self._create_reward())
        name = "report_outsourcing_incentive"
        self.assertIn("Thank you", self._render(self.plain_user, name, reward))
        with self.assertRaises(AccessError):
            self._render(self.officer_user, name, reward)
        # It is a letter to the person: all of it in the language of the person.
        self.env["res.lang"]._activate_lang("zh_CN")
        self.hr_user.lang = "zh_CN"
        text = self._render(self.hr_user, name, reward)
        self.assertIn("Decision on a Reward", text)
        self.assertNotIn("员工", text)

    def _export(self, user=None, **values):
        return (
            self.env["outsourcing.incentive.export"]
            .with_user(user or self.hr_user)
            .create({"date_from": self.today, "date_to": self.today, **values})
        )

    def _sheet(self, export):
        content, kind = (
            self.env["ir.actions.report"]
            .with_user(self.hr_user)
            ._render("outsourcing_mgmt.incentive_list_xlsx", export.ids)
        )
        self.assertEqual(kind, "xlsx")
        return openpyxl.load_workbook(io.BytesIO(content)).active

    def test_payroll_list(self):
        self._approve(self._create_reward())  # approved, not applied: not listed
        reward = self._apply(self._create_reward(reason="=1+1"))
        event = self._create_event(employee=self.plain_employee)
        event.with_user(self.hr_user).action_confirm()
        fine = self._create_reward(
            finding=self.env["outsourcing.finding"],
            finding_id=False,
            event_id=event.id,
            incentive_type="penalty",
            amount=100,
        )
        self._apply(fine)
        sheet = self._sheet(self._export())
        rows = [
            (row[1].value, row[6].value, row[10].value)
            for row in sheet.iter_rows(min_row=4)
        ]
        self.assertCountEqual(rows, [(reward.name, 300, ""), (fine.name, -100, "")])
        reasons = [row[11] for row in sheet.iter_rows(min_row=4)]
        self.assertTrue(all(cell.data_type == "s" for cell in reasons))
        # Reversed next month: the next list takes it back.
        reward.with_user(self.hr_user).action_reverse("Saving was an error")
        server_write(reward, {"reversed_date": self.today + timedelta(days=40)})
        later = self._export(
            date_from=self.today + timedelta(days=31),
            date_to=self.today + timedelta(days=60),
        )
        rows = [
            (row[1].value, row[6].value, row[10].value)
            for row in self._sheet(later).iter_rows(min_row=4)
        ]
        self.assertEqual(rows, [(reward.name, -300, "Reversal")])

    def test_payroll_list_is_for_hr(self):
        with self.assertRaises(AccessError):
            self._export(user=self.manager_user)
        with self.assertRaises(UserError):
            self._export().action_print()
        export = self._export()
        with self.assertRaises(AccessError):
            export.with_user(self.officer_user).sudo()._get_rows()

    def test_wizards(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        action = contract.with_user(self.procurement_user).action_open_sign_wizard()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.procurement_user)
            .with_context(**action["context"])
        )
        form.signed_copy = SIGNED_COPY
        form.save().action_confirm()
        self.assertEqual(contract.state, "signed")
        action = contract.with_user(self.hr_user).action_open_file_wizard()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.hr_user)
            .with_context(**action["context"])
        )
        form.filing_reference = "HR-5"
        form.save().action_confirm()
        self.assertEqual(contract.filing_reference, "HR-5")
        finding = self._create_finding(contract_id=contract.id)
        action = finding.with_user(self.finance_user).action_open_verify_wizard()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.finance_user)
            .with_context(**action["context"])
        )
        self.assertEqual(form.saving_amount, 8000)
        form.saving_amount = 4000
        form.save().action_confirm()
        self.assertEqual(finding.saving_amount, 4000)
        reward = self._submit(self._create_reward(finding))
        action = reward.with_user(self.plain_user).action_open_answer_wizard()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.plain_user)
            .with_context(**action["context"])
        )
        form.reason = "Happy to help"
        form.save().action_confirm()
        self.assertEqual(reward.statement, "Happy to help")
