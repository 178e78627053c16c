import base64
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

from openpyxl import load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.intent import itsm_mail_intent as mail_intent
from ..tools import recompute_report
from .common import utc
from .test_report_kpi import KpiCommon

JUNE = date(2025, 6, 1)


@tagged("post_install", "-at_install")
class TestServiceReport(KpiCommon):
    """A month of the desk: frozen, proved without Odoo, printed and mailed."""

    ACTS = 90

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2025-07-01 03:00:00"):
            cls.env["itsm.kpi.day"]._cron_count()
        cls.reader = cls.env["res.partner"].create(
            {"name": "Director", "email": "director@example.com"}
        )

    def _create(self, user=None, **values):
        model = self.env["itsm.service.report"].with_user(user or self.manager)
        return model.create({"month": JUNE, "company_id": self.company.id, **values})

    def _issue(self, **values):
        report = self._create(**values)
        with freeze_time("2025-07-03 08:00:00"):
            report.action_issue()
        return report

    def test_figures_are_those_of_the_board(self):
        report = self._create()
        board = self.env["itsm.kpi.board"].search(
            [
                ("company_id", "=", self.company.id),
                ("month", "=", JUNE),
                ("is_company", "=", True),
            ]
        )
        shown = {row["code"]: row for row in report._get_kpi_rows()}
        self.assertEqual(set(shown), set(board.kpi_id.mapped("code")))
        for line in board:
            row = shown[line.kpi_id.code]
            with self.subTest(code=row["code"]):
                self.assertAlmostEqual(row["value"] or 0, line.value, places=2)
                self.assertAlmostEqual(row["low"] or 0, line.low, places=2)
                self.assertAlmostEqual(row["high"] or 0, line.high, places=2)
        excluded = report.figures["excluded"]
        spoken = self.tickets.filtered(lambda item: item.channel == "phone")
        self.assertEqual(excluded["spoken"], len(spoken))
        self.assertEqual(
            sum(row["count"] for row in report.figures["codes"]),
            len(self.tickets.filtered("resolution_code_id")),
        )

    def test_scopes(self):
        total = self._create().figures
        parts = [self._create(team_id=team.id) for team in self.team | self.second]
        for code in ("filed", "solved"):
            values = []
            for figures in (total, *(part.figures for part in parts)):
                kpis = {kpi["code"]: kpi for kpi in figures["kpis"]}
                value = kpis[code]["months"]["2025-06"]["value"] if code in kpis else 0
                values.append(value or 0)
            self.assertGreater(values[0], 0)
            self.assertEqual(values[0], sum(values[1:]), code)
        self.assertIn(self.team.name, parts[0].display_name)

    def test_frozen_and_proved_without_odoo(self):
        report = self._issue()
        self.assertEqual(report.evidence_hash, report.figures["sha256"])
        document = json.loads(base64.b64decode(report.evidence))
        self.assertEqual(recompute_report.find_differences(document), [])
        tool = Path(recompute_report.__file__)
        for change, status in ((0, 0), (1, 1)):
            document["rows"][0]["numerator"] += change
            result = subprocess.run(
                [sys.executable, "-I", str(tool), "/dev/stdin"],
                input=json.dumps(document),
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(result.returncode, status, result.stdout)
        names = ZipFile(io.BytesIO(base64.b64decode(report.workbook))).namelist()
        self.assertEqual(len([name for name in names if "worksheets/sheet" in name]), 4)
        facts = report._get_facts()
        content, kind = self.env["ir.actions.report"]._render_xlsx(
            "itsm_desk.service_report_xlsx", report.ids, {}
        )
        self.assertEqual((content[:2], kind), (b"PK", "xlsx"))
        figures = report.figures
        self.env.cr.execute("UPDATE itsm_kpi_day SET numerator = numerator + 1")
        self.env.invalidate_all()
        self.assertEqual((report.figures, report._get_facts()), (figures, facts))
        self.assertNotEqual(self._create(team_id=self.team.id).figures, figures)
        for act in (
            lambda: report.write({"figures": {}}),
            lambda: report.write({"evidence": False}),
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            report.remark = "It was a good month"
        with self.assertRaisesRegex(UserError, "stays as it is"):
            report.action_count()
        with self.assertRaises(UserError):
            report.unlink()

    def test_who_issues_and_reads(self):
        report = self._create(self.quality)
        with self.assertRaises(AccessError):
            self._create(self.lead)
        self.assertFalse(report.with_user(self.lead).has_access("read"))
        self.assertFalse(report.with_user(self.technician).has_access("read"))
        with freeze_time("2025-07-03 08:00:00"):
            report.action_issue()
        self.assertTrue(report.with_user(self.lead).has_access("read"))
        running = self._create(month=date(2025, 7, 1))
        with self.assertRaisesRegex(UserError, "not over"):
            running.action_issue()

    def test_printed(self):
        report = self._issue(remark="A printer was out for three days.")
        content = self.env["ir.actions.report"]._render_qweb_html(
            "itsm_desk.report_service_report", report.ids
        )[0]
        text = content.decode()
        self.assertIn("A printer was out for three days.", text)
        self.assertIn(report.evidence_hash, text)
        self.assertIn("What was left out, and why", text)

    def test_decimals(self):
        """What is counted has none, on paper and in the workbook."""
        report = self._create()
        content = self.env["ir.actions.report"]._render_qweb_html(
            "itsm_desk.report_service_report", report.ids
        )[0]
        sheet = load_workbook(io.BytesIO(report._make_workbook()))["Figures"]
        cells = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
        rows = {row["code"]: row for row in report._get_kpi_rows()}
        for code, pattern, number_format in (
            ("filed", r">\s*\d+\s*<", "#,##0"),
            ("resolution", r">\s*\d+\.\d\s*<", "#,##0.0"),
            ("satisfaction", r">\s*\d\.\d\d\s*<", "#,##0.00"),
        ):
            with self.subTest(code=code):
                name = rows[code]["name"]
                printed = content.decode().rpartition(f">{name}<")[2]
                self.assertRegex(printed.partition("</td>")[2][:300], pattern)
                _name, _unit, value, *_rest = cells[name]
                self.assertEqual(value.number_format, number_format)
                self.assertAlmostEqual(value.value, rows[code]["value"], places=6)
        self.assertEqual(self.env["itsm.kpi"]._format_figure(46.0, "count"), "46")
        self.assertEqual(self.env["itsm.kpi"]._format_figure(46.25, "count"), "46.3")

    def test_issued_and_mailed_by_schedule(self):
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        schedule = self.env["itsm.service.report.schedule"].with_user(self.quality)
        schedule = schedule.create(
            {
                "name": "For the director",
                "company_id": self.company.id,
                "recipient_ids": [Command.set(self.reader.ids)],
            }
        )
        issue = self.env["itsm.service.report"]._cron_issue
        domain = [("company_id", "=", self.company.id)]
        reports = self.env["itsm.service.report"]
        with freeze_time(utc("2025-07-02 05:00")):
            issue()
        self.assertFalse(reports.search(domain), "from the 3rd on")
        with freeze_time(utc("2025-07-03 05:00")), patch.object(mail_intent, "wake"):
            issue()
            issue()
            report = reports.search(domain)
            self.assertFalse(report.mailed_at, "The job that issues makes no mail.")
            mail_intent.make_due(self.env)
        self.assertRecordValues(
            report, [{"month": JUNE, "state": "issued", "team_id": False}]
        )
        self.assertTrue(report.mailed_at)
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.reader.ids)], limit=1
        )
        self.assertIn("xlsx", " ".join(mail.attachment_ids.mapped("name")))
        self.assertEqual(schedule.recipient_ids, self.reader)
