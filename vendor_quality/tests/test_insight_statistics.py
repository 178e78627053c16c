import io

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from .test_insight_ranking import ReportCommon

INJECTION = '=HYPERLINK("http://evil.test","pay")'


@tagged("post_install", "-at_install")
@freeze_time("2026-01-10 02:00:00")
class TestStatistics(ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["outsourcing.category"].create(
            {"name": "=1+1 Cleaning", "code": "CLN-S"}
        )
        cls.evil = cls._new_vendor_contract(INJECTION, category_id=cls.category.id)
        cls.plain = cls._new_vendor_contract("Plain Vendor")
        cls.forms = cls._new_forms([80.5, None, 60], cls.evil, year=2025)
        cls.forms += cls._new_form(
            "2025-12", 90, 1234.56, contract=cls.evil, deduction_amount=34.56, grade="B"
        )
        cls._new_form("2025-12", 70, 1000, contract=cls.plain)

    def _wizard(self, user=None, **values):
        Wizard = self.env["vendor.quality.statistics"].with_user(
            user or self.auditor_user
        )
        return Wizard.create({"day": "2025-12-05", **values})

    def _read(self, wizard):
        file = io.BytesIO()
        self.env.flush_all()
        self.env.invalidate_all()
        report = wizard.env["report.vendor_quality.statistics_xlsx"]
        report._write_workbook(file, wizard)
        return openpyxl.load_workbook(io.BytesIO(file.getvalue()))

    def _rows(self, sheet, head=1):
        rows = list(sheet.iter_rows(values_only=True))
        return [dict(zip(rows[head - 1], row, strict=True)) for row in rows[head:]]

    def test_sheets(self):
        book = self._read(self._wizard())
        self.assertEqual(
            book.sheetnames,
            ["Summary", "Forms", "Metrics", "Metric Lines", "Money", "Heatmap"],
        )
        for name in book.sheetnames:
            with self.subTest(sheet=name):
                self.assertTrue(book[name].freeze_panes, "headings stay in sight")
                self.assertGreaterEqual(book[name].column_dimensions["A"].width, 10)

    def test_forms(self):
        rows = self._rows(self._read(self._wizard())["Forms"])
        self.assertEqual(len(rows), 2, "December only")
        row = next(item for item in rows if item["Vendor"] == INJECTION)
        self.assertEqual(row["Score"], 90)
        self.assertEqual(row["Fee"], 1234.56)
        self.assertEqual(row["Deduction"], 34.56)
        self.assertEqual(row["Payable"], 1200)
        self.assertEqual(row["Period To"].date().isoformat(), "2025-12-31")
        self.assertEqual(row["Category"], "=1+1 Cleaning")

    def test_text_is_no_formula(self):
        book = self._read(self._wizard(period_type="year"))
        kinds = {
            cell.data_type
            for sheet in book
            for line in sheet.iter_rows()
            for cell in line
        }
        self.assertNotIn("f", kinds)
        texts = [cell.value for cell in book["Forms"]["C"]]
        self.assertIn(INJECTION, texts)

    def test_not_rated_is_empty(self):
        rows = self._rows(self._read(self._wizard(period_type="year"))["Forms"])
        scores = [row["Score"] for row in rows if row["Vendor"] == INJECTION]
        self.assertEqual(scores, [80.5, None, 60, 90])

    def test_metrics_are_pooled(self):
        """1 of 1 and 50 of 100 are 51 of 101, not the mean of 100 % and 50 %."""
        for form, figures in zip(
            self.forms[-1:] + self.forms[:1], ((1, 1), (50, 100)), strict=True
        ):
            line = form.line_ids.filtered(lambda item: item.code == "presence")
            self._set(
                line,
                status="measured",
                numerator=figures[0],
                denominator=figures[1],
                sample=figures[1],
                points=50.0,
            )
        book = self._read(self._wizard(period_type="year"))
        [row] = self._rows(book["Metrics"])
        self.assertEqual((row["Numerator"], row["Denominator"]), (51, 101))
        self.assertAlmostEqual(row["Pooled Value"], 5100 / 101, 6)
        lines = self._rows(book["Metric Lines"])
        self.assertIn(50, [line["Numerator"] for line in lines])

    def test_money_by_currency(self):
        rows = self._rows(self._read(self._wizard())["Money"], head=2)
        self.assertEqual(
            [(row["Forms"], row["Fee"], row["Payable"]) for row in rows],
            [(2, 2234.56, 2200)],
        )

    def test_heatmap(self):
        sheet = self._read(self._wizard())["Heatmap"]
        rows = {row["Category"]: row for row in self._rows(sheet, head=2)}
        self.assertEqual(len(rows["=1+1 Cleaning"]), 13, "category and twelve months")
        self.assertEqual(rows["=1+1 Cleaning"]["2025-12"], 90)
        self.assertEqual(rows["=1+1 Cleaning"]["2025-01"], 80.5)
        self.assertIsNone(rows["=1+1 Cleaning"]["2025-02"], "not rated")
        other = self.env.ref("outsourcing_mgmt.category_other").name
        self.assertEqual(rows[other]["2025-12"], 70)
        [colors] = sheet.conditional_formatting
        self.assertEqual(colors.rules[0].type, "colorScale")

    def test_filters(self):
        wizard = self._wizard(category_ids=[Command.set(self.category.ids)])
        self.assertEqual(wizard.form_count, 1)
        self.assertEqual(len(self._rows(self._read(wizard)["Forms"])), 1)
        wizard = self._wizard(period_type="quarter")
        self.assertEqual(str(wizard.date_from), "2025-10-01")
        custom = self._wizard(
            period_type="custom", date_from="2025-01-01", date_to="2025-02-28"
        )
        self.assertEqual(custom.form_count, 2)
        custom.date_to = "2024-01-01"
        with self.assertRaises(UserError):
            custom.action_download()

    def test_open_forms_are_said(self):
        self._set(self.forms[-1], state="review")
        wizard = self._wizard()
        self.assertRecordValues(wizard, [{"form_count": 1, "open_count": 1}])

    def test_translated(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref(
            "vendor_quality.field_vendor_quality_form__fee_amount"
        ).with_context(lang="zh_CN").field_description = "费用"
        wizard = self._wizard().with_context(lang="zh_CN")
        heads = [cell.value for cell in self._read(wizard).worksheets[1][1]]
        self.assertIn("费用", heads)

    def test_other_companies_stay_out(self):
        other = self.env["res.company"].create({"name": "Other"})
        for user in (self.owner_user, self.procurement_user, self.officer_user):
            user.company_ids += other
        contract = self._create_contract(
            company=other,
            partner_id=self.plain.partner_id.id,
            date_start="2025-01-01",
            owner_id=self.owner_user.id,
        )
        self._new_form("2025-12", 10, contract=contract)
        self.assertEqual(len(self._rows(self._read(self._wizard())["Forms"])), 2)
        stranger = self._wizard()
        stranger.sudo().company_ids = other
        self.assertFalse(self._rows(self._read(stranger)["Forms"]))
        self.assertFalse(self._rows(self._read(stranger)["Money"], head=2))

    def test_makers(self):
        for user in (self.inspector_user, self.plain_user):
            with self.assertRaises(AccessError):
                self._wizard(user)

    def test_queries_do_not_grow_with_the_forms(self):
        def count(wizard):
            self._read(wizard)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.env["report.vendor_quality.statistics_xlsx"]._write_workbook(
                io.BytesIO(), wizard
            )
            return self.env.cr.sql_log_count - before

        wizard = self._wizard(period_type="year")
        few = count(wizard)
        self._new_forms([80] * 11, self.plain)
        self.assertLessEqual(count(wizard), few + 2)

    def test_ranking_of_the_period(self):
        action = self._wizard(period_type="quarter").action_open_ranking()
        Ranking = self.env["vendor.quality.ranking"].with_context(**action["context"])
        self.env.flush_all()
        rows = Ranking.with_user(self.auditor_user).search(action["domain"])
        self.assertEqual(sorted(rows.mapped("score")), [70, 90])


@tagged("post_install", "-at_install")
class TestStatisticsDownload(ReportCommon, HttpCase):
    def test_download(self):
        wizard = (
            self.env["vendor.quality.statistics"]
            .with_user(self.auditor_user)
            .create({"day": "2025-12-05"})
        )
        url = wizard.action_download()["url"]
        self.authenticate("quality_auditor", "quality_auditor")
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        book = openpyxl.load_workbook(io.BytesIO(response.content))
        self.assertIn("Money", book.sheetnames)

        self.authenticate("quality_officer", "quality_officer")
        self.assertEqual(self.url_open(url).status_code, 404, "another's wizard")
        self.assertEqual(
            self.url_open("/vendor-quality/statistics/999999").status_code, 404
        )
        self.authenticate("quality_plain", "quality_plain")
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url).status_code, 403)
