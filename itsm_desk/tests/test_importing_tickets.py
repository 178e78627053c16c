import base64
import io
import zipfile

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..wizards import itsm_import
from .common import DeskCommon

TICKETS = """key,subject,requester,service,description,filed,colour
1,No mail,{requester},Mailbox,It says 550,2024-05-06,red
2,No phone,nobody@example.com,,,,
3,No desk,{requester},Nowhere,,,
,No key,{requester},,,,
1,Twice,{requester},,,,
4,打印机卡纸,{requester},,,,
"""


@tagged("post_install", "-at_install")
class TestImport(DeskCommon):
    """Files of another system: tried, taken over, and not twice."""

    def _new_import(self, content, user=None, **values):
        if isinstance(content, str):
            content = content.format(requester=self.requester.email).encode()
        return (
            self.env["itsm.import"]
            .with_user(user or self.manager)
            .create({"source": "old desk", "file": base64.b64encode(content), **values})
        )

    def _count(self, model="itsm.ticket"):
        return self.env[model].search_count([])

    def test_for_managers(self):
        for user in (self.lead, self.technician, self.quality, self.requester):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._new_import(TICKETS, user)
        rows = self.env["itsm.import.key"].with_user(self.manager)
        with self.assertRaises(AccessError):
            rows.create(
                {
                    "company_id": self.company.id,
                    "source": "x",
                    "kind": "ticket",
                    "key": "1",
                    "res_id": 1,
                    "res_model": "itsm.ticket",
                }
            )

    def test_try_changes_nothing(self):
        before = self._count(), self._count("itsm.import.key")
        window = self._new_import(TICKETS)
        window.action_try()
        self.assertEqual((self._count(), self._count("itsm.import.key")), before)
        self.assertIn("2 lines would be taken over", window.report)
        for text in ("line 3", "line 4", "line 5", "line 6", "colour", "Nowhere"):
            self.assertIn(text, window.report)

    def test_import_and_again(self):
        before = self._count()
        self._new_import(TICKETS).action_import()
        self.assertEqual(self._count(), before + 2)
        ticket = self.env["itsm.ticket"].search([("subject", "=", "No mail")], limit=1)
        self.assertEqual(ticket.state, "new")
        self.assertEqual(ticket.partner_id, self.requester.partner_id)
        self.assertEqual(ticket.service_id, self.service)
        self.assertIn("2024-05-06", ticket.description)
        again = self._new_import(TICKETS)
        again.action_import()
        self.assertEqual(self._count(), before + 2)
        self.assertIn("2 lines were taken over before", again.report)
        rows = self.env["itsm.import.key"].search([("source", "=", "old desk")])
        self.assertEqual(len(rows), 2)
        with self.assertRaises(AccessError):
            rows.with_user(self.manager).unlink()

    def test_articles_of_a_workbook(self):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["key", "title", "body", "language", "audience"])
        sheet.append([1, "Gate", "Go left.\n<script>x</script>", "en_US", "requester"])
        sheet.append([2, "Door", "<p>Pull.</p><script>x</script>", None, None])
        sheet.append([3, "Moon", "Up.", "xx_XX", None])
        sheet.append([4, "Sun", "Up.", None, "team"])
        content = io.BytesIO()
        book.save(content)
        window = self._new_import(content.getvalue(), kind="article")
        window.action_import()
        gate = self.env["itsm.article"].search([("name", "=", "Gate")])
        self.assertEqual((gate.state, gate.audience), ("draft", "requester"))
        self.assertNotIn("<script", gate.body)
        door = self.env["itsm.article"].search([("name", "=", "Door")])
        self.assertEqual(
            (str(door.body), door.audience), ("<p>Pull.</p>", "technician")
        )
        self.assertIn("xx_XX", window.report)
        self.assertFalse(self.env["itsm.article"].search([("name", "=", "Sun")]))

    def test_files_that_are_none(self):
        for content, text in (
            ("x,y\n", "columns"),
            ("key,subject\n1,x\n", "requester"),
            (b"PK\x03\x04broken", "XLSX"),
            (b"key,subject,requester\n\xff\xff\xff", "UTF-8"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, text):
                with self.cr.savepoint():
                    self._new_import(content).action_try()

    def test_damaged_sheet(self):
        """A sheet that ends in the middle is said, and is no fault of ours."""
        book = openpyxl.Workbook()
        book.active.append(["key", "title", "body"])
        book.active.append(["1", "Gate", "Go left."])
        content = io.BytesIO()
        book.save(content)
        damaged = io.BytesIO()
        with zipfile.ZipFile(content) as old, zipfile.ZipFile(damaged, "w") as new:
            for item in old.infolist():
                data = old.read(item)
                if item.filename == "xl/worksheets/sheet1.xml":
                    data = data[: len(data) * 2 // 3]
                new.writestr(item.filename, data)
        window = self._new_import(damaged.getvalue(), kind="article")
        with self.assertRaisesRegex(UserError, "XLSX"):
            window.action_try()

    def test_one_run_ends(self):
        before = self._count()
        self.patch(itsm_import, "MOST_MADE", 1)
        window = self._new_import(TICKETS)
        window.action_try()
        self.assertIn("3 more lines were not tried", window.report)
        window.action_import()
        self.assertEqual(self._count(), before + 1)
        self.assertIn("3 lines are left. Press Import again", window.report)
        window.action_import()
        self.assertEqual(self._count(), before + 2)
        self.assertNotIn("are left. Press", window.report)

    def test_gb18030(self):
        text = f"key;subject;requester\n7;打印机卡纸;{self.requester.email}\n"
        window = self._new_import(text.encode("gb18030"))
        window.action_import()
        self.assertTrue(
            self.env["itsm.ticket"].search([("subject", "=", "打印机卡纸")])
        )
