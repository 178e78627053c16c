import re

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import FEBRUARY, JANUARY, GateCommon


@tagged("post_install", "-at_install")
class TestContractAudit(GateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "vendor_quality.group_quality_{}".format
        cls.auditor = cls._new_user("auditor", group("auditor"))
        with freeze_time("2026-02-05 08:00:00"):
            cls.form = cls._new_form(JANUARY, approved_by_id=cls.manager.id)
            cls._set(cls.form, approved_at="2026-02-04 09:00:00")
            cls.bill = cls._new_posted_bill()

    def _sections(self, user, contract=None):
        self.env.flush_all()
        self.env.invalidate_all()
        report = self.env["report.vendor_quality.report_contract_audit"].with_user(user)
        values = report._get_report_values((contract or self.contract).ids)
        sections = values["get_sections"](values["docs"])
        return {section["title"]: section for section in sections}

    def test_chain_in_order(self):
        titles = list(self._sections(self.auditor))
        for first, then in (
            ("Requests", "Reference Price"),
            ("Reference Price", "Tender"),
            ("Tender", "Award"),
            ("Award", "Contract"),
            ("Contract", "Inspections"),
            ("Inspections", "Quality Forms, All Versions"),
            ("Disputes", "Deductions and Retention"),
            ("Quality Forms, All Versions", "Bills"),
            ("Bills", "Payments"),
            ("Payments", "Decisions of Bill Control"),
            ("Holds", "Exceptions"),
        ):
            self.assertLess(titles.index(first), titles.index(then))

    def test_auditor_reads_all(self):
        sections = self._sections(self.auditor)
        hidden = [title for title, section in sections.items() if section["hidden"]]
        self.assertFalse(hidden)
        [bill] = [row for row in sections["Bills"]["rows"] if row["name"]]
        self.assertEqual(bill["name"], self.bill.name)
        self.assertEqual(bill["amount"], 1000)
        self.assertTrue(sections["Decisions of Bill Control"]["rows"])

    def test_who_and_when(self):
        rows = self._sections(self.auditor)["Quality Forms, All Versions"]["rows"]
        [approved] = [row for row in rows if row["step"] == "Approved"]
        self.assertEqual(approved["who"], self.manager.name)
        self.assertIn("02/04/2026", approved["when"])
        self.assertIn(f"({self.env.company.outsourcing_tz})", approved["when"])

    def test_superseded_forms_stay(self):
        self._set(self.form, state="superseded", supersede_reason="Late data")
        self._new_form(JANUARY, supersedes_id=self.form.id)
        rows = self._sections(self.auditor)["Quality Forms, All Versions"]["rows"]
        facts = " ".join(row["facts"] for row in rows)
        self.assertIn("Superseded", facts)
        self.assertIn("Late data", facts)
        self.assertIn(f"supersedes {self.form.name}", facts)

    def test_reader_sees_no_more_than_he_may(self):
        sections = self._sections(self.finance)
        self.assertTrue(sections["Bills"]["hidden"], "no accounting right")
        self.assertTrue(sections["Payments"]["hidden"])
        self.assertTrue(sections["Quality Forms, All Versions"]["rows"])

    def test_others_are_refused(self):
        for user in (self.officer, self.biller):
            with self.assertRaises(AccessError):
                self._sections(user)

    def test_bills_of_other_contracts_stay_out(self):
        other = self._new_contract(self.other_vendor)
        self.assertFalse(self._sections(self.auditor, other)["Bills"]["rows"])

    def test_auditor_keeps_to_his_companies(self):
        """What an auditor sees without rights on it ends with his companies."""
        company = self.env["res.company"].create({"name": "Sister"})
        order = self.env["purchase.order"].create(
            {"partner_id": self.vendor.id, "company_id": company.id}
        )
        report = self.env["report.vendor_quality.report_contract_audit"]
        section = {
            "title": "Orders",
            "model": "purchase.order",
            "domain": [("id", "=", order.id)],
            "steps": [("Made", "create_date", "create_uid")],
            "for_auditor": True,
        }
        for companies, rows in ((self.company, 0), (self.company | company, 1)):
            self.auditor.company_ids = companies
            as_auditor = report.with_user(self.auditor).with_context(
                allowed_company_ids=companies.ids
            )
            self.assertEqual(len(as_auditor._prepare_section(section)["rows"]), rows)

    def test_exceptions_and_payments(self):
        with freeze_time("2026-02-06 08:00:00"):
            bill = self._new_bill(period=FEBRUARY, user=self.biller)
            request = self._except(bill)
            self._pay(self.bill)
        sections = self._sections(self.auditor)
        rows = sections["Exceptions"]["rows"]
        self.assertEqual(rows[0]["name"], request.display_name)
        people = {row["step"]: row["who"] for row in rows}
        self.assertEqual(people["Requested"], self.accountant.name)
        self.assertEqual(people["Approved"], self.finance.name)
        self.assertEqual(len(sections["Payments"]["rows"]), 1)

    def test_queries_do_not_grow(self):
        def count():
            self._sections(self.auditor)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._sections(self.auditor)
            return self.env.cr.sql_log_count - before

        few = count()
        for month in range(3, 12):
            self._new_form((f"2026-{month:02}-01", f"2026-{month:02}-28"))
        for _number in range(5):
            self._new_bill(period=FEBRUARY)
        self.assertLessEqual(count(), few + 3)

    def test_page(self):
        report = self.env["ir.actions.report"].with_user(self.auditor)
        html = report._render_qweb_html(
            "vendor_quality.report_contract_audit", self.contract.ids
        )[0].decode()
        text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
        self.assertIn(self.bill.name, text)
        self.assertIn(f'href="/odoo/vendor.quality.form/{self.form.id}"', html)
        self.assertIn("1,000.00", text)

    def test_button(self):
        action = self.contract.with_user(self.auditor).action_view_audit_trail()
        self.assertEqual(action["report_type"], "qweb-html")
        self.assertEqual(action["report_name"], "vendor_quality.report_contract_audit")
