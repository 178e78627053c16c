import base64
import io
import time
import tracemalloc
import zipfile
from datetime import date, datetime

import openpyxl
from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools.mail import html2plaintext

from ..models.base.working_days import get_day
from ..models.event.ticket_proof import find_differences
from ..models.importing import neighbour_tables
from ..models.report.kpi_counting import count_day
from ..models.report.kpi_days import make_scope
from ..tools import import_layout, written_day
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

    def _get_made(self):
        keys = self.env["itsm.import.key"].search([("source", "=", "old desk")])
        return self.env["itsm.ticket"].browse(keys.mapped("res_id"))

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

    def test_closed_ones_are_history(self):
        """They are found and proved; nothing runs, nobody hears, no figure counts."""
        approved, second = self.approved_service.name, self.second_team.name
        content = (
            "key,subject,requester,service,team,state\n"
            "1,Old printer,{requester},,,closed\n"
            f"2,Old request,{{requester}},{approved},,Closed\n"
            f"3,New printer,{{requester}},,{second},open\n"
            "4,Lost,{requester},,,buried\n"
            "5,Served,{requester},Mailbox,,\n"
        )
        values = {"team_id": self.second_team.id}
        window = self._new_import(content, **values)
        window.action_try()
        for text in (
            "4 lines would be taken over",
            "2 of them closed",
            f"1 of them without a team, to {self.second_team.name}",
            'state "buried"',
        ):
            self.assertIn(text, window.report)
        self.assertFalse(self._get_made())
        window.action_import()
        tickets = self._get_made().sudo()
        self.assertEqual(len(tickets), 4)
        old = tickets.filtered("is_history")
        self.assertEqual(sorted(old.mapped("subject")), ["Old printer", "Old request"])
        self.assertEqual(set(old.mapped("state")), {"closed"})
        for name in ("clock_ids", "activity_ids", "user_id", "handling_ids"):
            self.assertFalse(old[name], name)
        self.assertFalse(old.message_ids.notification_ids)
        self.assertEqual(old.event_ids.mapped("kind"), ["taken_over"] * 2)
        self.assertFalse(any(old.event_ids.mapped("backlog_change")))
        self.assertFalse(find_differences(tickets))
        self.assertEqual(old.mapped("time_by_party"), ["", ""])
        teams = {ticket.subject: ticket.team_id for ticket in tickets}
        self.assertEqual(teams["Old printer"], self.second_team)
        self.assertEqual(teams["New printer"], self.second_team)
        self.assertEqual(teams["Served"], self.team)
        day = get_day(self.company, fields.Datetime.now())
        scope = make_scope(self.company, day)
        kpis = self.env["itsm.kpi"].search([])
        counted = count_day(self.env, scope, kpis)
        self.assertIn(tickets.filtered(lambda t: t.subject == "Served").id, counted)
        self.assertFalse(set(old.ids).intersection(counted))
        facts = self.env["itsm.kpi.day"].search(
            [("day", "=", day), ("kpi_id.code", "in", ("filed", "solved", "unsigned"))]
        )
        self.assertEqual(sum(facts.mapped("numerator")), 2)
        # Left where the window says so.
        left = self._new_import(content, source="another desk", with_closed=False)
        left.action_try()
        self.assertIn("2 closed there", left.report)
        self.assertIn("2 lines would be taken over", left.report)
        # Nobody else makes one.
        with self.assertRaises(UserError), self.cr.savepoint():
            self._file(user=self.technician, state="closed")
        with self.assertRaises(AccessError), self.cr.savepoint():
            tickets[-1].with_user(self.technician).sudo(False).is_history = True

    def test_nobody_is_told(self):
        """Requesters, teams and duty hear nothing of what lay elsewhere before."""
        self.team.message_subscribe(
            self.colleague.partner_id.ids,
            self.env.ref("itsm_desk.mt_team_ticket_new").ids,
        )
        with freeze_time("2026-03-01 02:00:00"):
            self.env["itsm.rota"].create(
                {
                    "team_id": self.team.id,
                    "user_id": self.technician.id,
                    "date_from": "2026-03-02 00:00:00",
                    "date_to": "2026-03-02 12:00:00",
                }
            )
        with freeze_time("2026-03-02 02:00:00"):
            self._new_import(TICKETS).action_import()
            tickets = self._get_made()
            self.assertEqual(len(tickets), 2)
            self.assertFalse(tickets.message_ids.notification_ids)
            self.assertFalse(tickets.activity_ids)
            # What is filed by hand afterwards is told as ever.
            filed = self._file(channel="portal")
            self.assertTrue(filed.sudo().message_ids.notification_ids)
            self.assertTrue(filed.sudo().activity_ids)
        served = tickets.filtered("service_id")
        self.assertEqual(served.team_id, self.team)
        self.assertIn(self.colleague.partner_id, served.message_partner_ids)

    def test_approval_is_asked_by_import_alone(self):
        """Try sends no mail, also not one that is sent after the transaction."""
        sent = []
        self.patch(
            self.registry["mail.mail"],
            "send_after_commit",
            lambda mails: sent.extend(mails.mapped("model")),
        )
        content = (
            "key,subject,requester,service\n"
            f"1,x,{self.requester.email},{self.approved_service.name}"
        )
        window = self._new_import(content)
        window.action_try()
        self.assertIn("1 lines would be taken over", window.report)
        self.assertFalse(sent)
        window.action_import()
        ticket = self._get_made()
        self.assertEqual(ticket.state, "waiting_approval")
        self.assertEqual(ticket.activity_ids.user_id, self.boss)
        self.assertEqual(len(sent), 1)

    def test_note_of_a_line_is_internal(self):
        content = (
            "key,subject,requester,description,note\n"
            f"1,x,{self.requester.email},It says 550,He always says so"
        )
        self._new_import(content).action_import()
        ticket = self._get_made()
        self.assertIn("It says 550", ticket.description)
        self.assertNotIn("always", ticket.description)
        note = ticket.message_ids.filtered(lambda one: "always" in (one.body or ""))
        self.assertTrue(note.subtype_id.internal)

    def test_history_and_files_of_a_page(self):
        """The page's own files stay files of the article, whatever they are called."""
        article = (
            self.env["itsm.article"]
            .with_user(self.manager)
            .create({"name": "Gate", "body": "<p>Left.</p>"})
        )
        own = [("history.txt", b"theirs"), ("map.txt", b"map")]
        taken = neighbour_tables.Taken(
            {}, Markup("<p>1.0</p>"), own, [], [("history.txt", b"ours")]
        )
        neighbour_tables.add_to(article, taken)
        self.assertEqual(
            sorted((one.name, one.raw) for one in article.attachment_ids), own
        )
        note = article.message_ids.filtered("attachment_ids")
        self.assertEqual(note.attachment_ids.mapped("raw"), [b"ours"])

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
            (b"PK\x03\x04broken", "xlsx"),
            (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(900), "xlsx"),
            (b"key,subject,requester\n\xff\xff\xff", "UTF-8"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, text):
                with self.cr.savepoint():
                    self._new_import(content).action_try()

    def test_files_as_programs_write_them(self):
        titles, line = "key;subject;requester", '1;"Gate; left";Li'
        for text in (
            f"\ufeff{titles}\r\n{line}\r\n",
            f"sep=;\r\n{titles}\r\n{line}\r\n",
            f"\ufeffSEP=;\n{titles}\n{line}",
            f"{titles}\r{line}\r",
            f"sep=\t\n{titles}\n{line}".replace(";", "\t"),
        ):
            with self.subTest(text=text):
                lines, faults = import_layout.read_file(text.encode(), "ticket")
                self.assertFalse(faults)
                ((number, values),) = lines
                self.assertEqual(number, 3 if "sep" in text.lower() else 2)
                self.assertEqual((values["key"], values["requester"]), ("1", "Li"))
                self.assertEqual(values["subject"][-4:], "left")

    def test_hidden_sheets_are_left_out(self):
        book = openpyxl.Workbook()
        book.active.append(["key", "title", "body"])
        book.active.append([1, "Old", "Text"])
        book.active.sheet_state = "hidden"
        sheet = book.create_sheet("Shown")
        book.active = 1
        sheet.append(["key", "title", "body"])
        sheet.append([2, "New", "Text"])
        content = io.BytesIO()
        book.save(content)
        lines, _faults = import_layout.read_file(content.getvalue(), "article")
        self.assertEqual([line.values["title"] for line in lines], ["New"])

    def _get_book(self, change=None):
        """Return a workbook with 30 articles, one part of it changed."""
        book = openpyxl.Workbook()
        book.active.append(["key", "title", "body", "keywords"])
        for number in range(30):
            book.active.append([f"K{number}", f"Title {number}", "Text", "a"])
        stream, other = io.BytesIO(), io.BytesIO()
        book.save(stream)
        with zipfile.ZipFile(stream) as old, zipfile.ZipFile(other, "w", 8) as new:
            for item in old.infolist():
                data = old.read(item)
                if item.filename == "xl/worksheets/sheet1.xml" and change:
                    data = change(data)
                new.writestr(item, data)
        return other.getvalue()

    def test_size_that_a_sheet_states_is_not_believed(self):
        for stated in (b"A1", b"A1:C2"):
            content = self._get_book(
                lambda data, stated=stated: data.replace(b"A1:D31", stated)
            )
            with self.subTest(stated):
                lines, faults = import_layout.read_file(content, "article")
                self.assertEqual((len(lines), faults), (30, []))

    def test_workbooks_larger_than_they_look(self):
        limits = import_layout.LIMITS._replace(part=10**6, cells=10**4)
        self.patch(import_layout, "LIMITS", limits)
        for what in (b" " * 10**6, b"<c><v>1</v></c>" * 10**4, b"<x/>" * 10**5):
            content = self._get_book(
                lambda data, what=what: data.replace(b"</row>", what + b"</row>", 1)
            )
            with (
                self.subTest(what[:4]),
                self.assertRaises(import_layout.LayoutError) as caught,
            ):
                import_layout.read_file(content, "article")
            self.assertEqual(caught.exception.code, "large")

    def test_formula_without_result_is_named(self):
        book = openpyxl.load_workbook(io.BytesIO(self._get_book()))
        book.active["D3"] = '="a"&"b"'
        stream = io.BytesIO()
        book.save(stream)
        lines, faults = import_layout.read_file(stream.getvalue(), "article")
        self.assertEqual(faults, [(3, "formula", "keywords")])
        self.assertEqual(len(lines), 29)

    def test_days_of_a_workbook(self):
        book = openpyxl.Workbook()
        book.active.append(["key", "subject", "requester", "filed"])
        book.active.append([7, "Printer", "a@b.test", datetime(2026, 3, 4, 5, 6)])
        stream = io.BytesIO()
        book.save(stream)
        [line], faults = import_layout.read_file(stream.getvalue(), "ticket")
        self.assertFalse(faults)
        self.assertEqual(line.values["filed"], "2026-03-04 05:06:00")
        self.assertEqual(line.values["key"], "7")

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
        with self.assertRaisesRegex(UserError, "xlsx"):
            window.action_try()

    def test_one_run_ends(self):
        """Lines that are not understood count, and do not stop those behind them."""
        before = self._count()
        self.patch(itsm_import, "MOST_TRIED", 2)
        window = self._new_import(TICKETS)
        window.action_try()
        self.assertIn("1 lines would be taken over", window.report)
        self.assertIn("2 more lines were not tried", window.report)
        window.action_import()
        self.assertEqual(self._count(), before + 1)
        self.assertIn("1 lines are left. Press Import again", window.report)
        window.action_import()
        self.assertEqual(self._count(), before + 2)
        self.assertNotIn("are left. Press", window.report)
        self.assertIn("1 lines that were not understood", window.report)
        # What was understood in the meantime is taken over at the next click.
        self.env["itsm.service"].create(
            {"name": "Nowhere", "category_id": self.category.id}
        )
        self.patch(itsm_import, "MOST_TRIED", 1)
        for _run in range(2):
            window.action_import()
        self.assertEqual(self._count(), before + 3)

    def test_what_is_wrong_is_named(self):
        """Each sentence names the line, and its column; none of them is taken over."""
        person = self.requester.email
        before = self._count()
        content = (
            "key,subject,requester,state,filed\n"
            f"1,x,{person},closed,2026-02-30\n"
            f"2,x,{person},closed,31/02/2026\n"
            f"3,x,{person},closed,2199-01-01\n"
            f"4,x,{person},closed,last week\n"
            f"5,Printer, broken,{person},closed,2024-01-01\n"
            f"6,x,nobody@example.com,closed,2024-01-01\n"
            f"7,x,{person},solved,2024-01-01\n"
            f"{'k' * 201},x,{person},closed,2024-01-01\n"
            f"8,,{person},closed,2024-01-01\n"
        )
        window = self._new_import(content)
        for act in (window.action_try, window.action_import):
            act()
            told = " ".join(html2plaintext(window.report).split())
            for text in (
                'line 2: filed "2026-02-30" is no day',
                'line 3: filed "31/02/2026" is no day',
                'line 4: filed "2199-01-01" is no day',
                'line 5: filed "last week" is no day',
                "line 6: it has more cells",
                'line 7: requester "nobody@example.com" is not known',
                'line 8: state "solved" is not known here: write open or closed',
                'line 9: "key" is too long',
                'line 10: "subject" is empty',
            ):
                self.assertIn(text, told)
        self.assertEqual(self._count(), before)

    def test_days_as_people_write_them(self):
        """What can mean one day only is read, and written in one way."""
        for text, read in (
            ("2024-05-06", "2024-05-06"),
            ("2024/5/6 13:45", "2024-05-06 13:45"),
            ("20240506", "2024-05-06"),
            ("2024-05-06T13:45:10Z", "2024-05-06 13:45:10Z"),
            ("2024-05-06 13:45:10.123+08:00", "2024-05-06 13:45:10.123+08:00"),
            ("2024年5月6日 上午 8:01", "2024-05-06 上午 8:01"),
            ("2024年3月5日", "2024-03-05"),
            ("2024年3月5日 14时30分", "2024-03-05 14时30分"),
            ("24年3月5日", "2024-03-05"),
            ("二〇二四年三月五日", "2024-03-05"),
            ("二零二三年十月二十一日", "2023-10-21"),
            ("5-三月-24", "2024-03-05"),
            ("2024年3月5日 星期二", "2024-03-05"),
            ("3-Mar-24", "2024-03-03"),
            ("3 Sept. 2024", "2024-09-03"),
            ("March 3rd, 2024", "2024-03-03"),
            ("Tue, 05 Mar 2024 13:45:00 +0800", "2024-03-05 13:45:00 +0800"),
            ("31.05.2024", "2024-05-31"),
            ("05/05/2024", "2024-05-05"),
            ("5/31/2024 1:45 PM", "2024-05-31 1:45 PM"),
            ("31/12/24", "2024-12-31"),
            ("12/31/99", "1999-12-31"),
            ("1-Dec-26", "2026-12-01"),
            ("45418", "2024-05-06"),
            ("45418.5", "2024-05-06 12:00:00"),
            ("2024-13-01", None),
            ("5/32/2024", None),
            ("29/02/23", None),
            ("1-Jan-27", None),
            ("Mar-24", None),
            ("45/18", None),
            ("1/2/3", None),
            ("yesterday", None),
            ("2024-05-06 or so", None),
            ("2024-05-06 " + " " * 100_000 + "x", None),
            ("99999", None),
        ):
            with self.subTest(text[:30]):
                found = written_day.read_day(text, date(2026, 12, 1))
                self.assertEqual(found, read)

    def test_days_that_may_be_several(self):
        """They are read in the order that somebody names, and in no other."""
        for text, several, by_order in (
            ("06/05/2024", 2, ("2024-05-06", "2024-06-05")),
            ("06.05.2024 8:00", 2, ("2024-05-06 8:00", "2024-06-05 8:00")),
            ("03/04/24", 3, ("2024-04-03", "2024-03-04", "2003-04-24")),
            # The first number may be a year.
            ("13/05/24", 2, ("2024-05-13", None, "2013-05-24")),
        ):
            with self.subTest(text):
                with self.assertRaises(written_day.Several) as found:
                    written_day.read_day(text, date(2026, 12, 1))
                self.assertEqual(len(found.exception.days), several)
                for order, read in zip(written_day.ORDERS, by_order, strict=False):
                    day = written_day.read_day(text, date(2026, 12, 1), order)
                    self.assertEqual(day, read)

    def test_order_of_day_and_month(self):
        """Who imports says it in the window, after hearing of lines and column."""
        content = (
            "key,subject,requester,filed\n"
            "1,a,{requester},3-Mar-24\n"
            "2,b,{requester},03/04/24\n"
            "3,c,{requester},2024年3月5日\n"
        )
        window = self._new_import(content)
        window.action_try()
        self.assertIn(
            'line 3: filed "03/04/24" (2024-04-03, 2024-03-04, 2003-04-24) may be',
            html2plaintext(window.report),
        )
        self.assertIn("2 lines would be taken over", window.report)
        window.day_order = "mdy"
        window.action_import()
        texts = {one.subject: one.description for one in self._get_made().sudo()}
        for subject, day in (("a", "03-03"), ("b", "03-04"), ("c", "03-05")):
            self.assertIn(f"filed 2024-{day}.", texts[subject])

    def test_large_file_is_judged_within_limits(self):
        """50,000 lines: each name is looked up once, and the rest is counted."""
        self.patch(itsm_import, "MOST_TRIED", 3)
        # Each allocation is counted, which takes several times as long.
        self.patch(itsm_import, "MOST_COMPARING", 120)
        people = [self.requester.email, "nobody@example.com"]
        people += [f"person{number}@example.com" for number in range(5000)]
        names = ["Mailbox", "", "Nowhere", "100%", "M_ilbox"]
        rows = [
            f"{number},x,{people[number % len(people)]},{names[number % len(names)]},"
            f"{self.team.name},open,2024-05-{number % 28 + 1:02}"
            for number in range(50_000)
        ]
        head = "key,subject,requester,service,team,state,filed"
        window = self._new_import("\n".join([head, *rows]))
        self.env.flush_all()
        queries = self.env.cr.sql_log_count
        tracemalloc.start()
        window.action_try()
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        queries = self.env.cr.sql_log_count - queries
        told = html2plaintext(window.report)
        self.assertIn("49997 more lines were not tried: one run tries 3 lines", told)
        self.assertNotIn("not compared", told)
        self.assertIn('requester "nobody@example.com" is not known', told)
        self.assertIn("and 49", told)
        # Three lines that were tried, and the names: six requests of addresses.
        self.assertLess(queries, 400)
        self.assertLess(memory, 150 * 1024 * 1024)
        seconds = time.process_time()
        window.action_try()
        self.assertLess(time.process_time() - seconds, 20)

    def test_one_run_ends_by_time(self):
        self.patch(itsm_import, "MOST_SECONDS", 0)
        self.patch(itsm_import, "MOST_COMPARING", -1)
        before = self._count()
        window = self._new_import(TICKETS)
        window.action_try()
        told = html2plaintext(window.report)
        self.assertIn("1 lines would be taken over", told)
        self.assertIn("3 more lines were not tried", told)
        self.assertIn("The names in the last 3 of them were not compared", told)
        window.action_import()
        self.assertEqual(self._count(), before + 1)
        self.assertIn("3 lines are left. Press Import again", window.report)

    def test_letters_of_a_name_are_no_wildcards(self):
        content = "key,subject,requester,service\n1,x,{requester},Mail%\n"
        window = self._new_import(content)
        window.action_try()
        self.assertIn('service "Mail%" is not known', html2plaintext(window.report))

    def test_the_line_before_the_last(self):
        """Of a long file all lines are read before the first one is taken over."""
        self.patch(itsm_import, "MOST_TRIED", 3)
        rows = [f"{number},x,{self.requester.email}" for number in range(4998)]
        rows.insert(4997, "9999,x,nobody@example.com")
        window = self._new_import("\n".join(["key,subject,requester", *rows]))
        window.action_try()
        self.assertIn("3 lines would be taken over", window.report)
        self.assertIn("line 4999: requester", window.report)
        self.assertFalse(self._get_made())

    def test_files_that_are_read_wrongly(self):
        person = self.requester.email
        for content, text in (
            (f'key,subject,requester\n1,"x,{person}\n2,y,{person}', "Line 2: a quot"),
            (f'key,subject,requester\n1,x,{person}\n2,"y"z,{person}', "Line 3: a quot"),
            (f"key,subject,requester,Subject\n1,x,{person},y", "twice: subject"),
        ):
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                with self.cr.savepoint():
                    self._new_import(content).action_import()
        for coding, subject in (
            ("cp1252", "Größe der Müllers zählt"),
            ("cp1252", 'Bildschirm 24" für Jürgen'),
            ("utf-16", "打印机卡纸"),
            ("gbk", "显示器 24 英寸闪烁 OK"),
            ("gbk", "啊"),
            ("utf-8", "Größe 打印机"),
        ):
            content = f"key,subject,requester\n1,{subject},{person}\n".encode(coding)
            [line], faults = import_layout.read_file(content, "ticket")
            self.assertEqual((line.values["subject"], faults), (subject, []))

    def test_requesters_of_history(self):
        """Who has left, whose name stands there, and who is known twice."""
        leaver, twin = self.env["res.partner"].create(
            [
                {"name": "Left", "email": "left@example.com", "active": False},
                {"name": "Twin", "email": self.requester.email},
            ]
        )
        content = (
            "key,subject,requester,state\n"
            "1,a,Left <Left@example.com>,closed\n"
            "2,b,left@example.com,open\n"
            "3,c,{requester},closed\n"
        )
        window = self._new_import(content)
        window.action_import()
        self.assertIn('line 3: requester "left@example.com"', window.report)
        made = self._get_made().sudo()
        people = {ticket.subject: ticket.partner_id for ticket in made}
        self.assertEqual(people, {"a": leaver, "c": self.requester.partner_id})
        self.assertNotIn(twin, made.partner_id)

    def test_gb18030(self):
        text = f"key;subject;requester\n7;打印机卡纸;{self.requester.email}\n"
        window = self._new_import(text.encode("gb18030"))
        window.action_import()
        self.assertTrue(
            self.env["itsm.ticket"].search([("subject", "=", "打印机卡纸")])
        )
