from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from ..tools.phone_digits import (
    cut_extension,
    get_digits,
    is_number,
    is_same,
    join_digits,
)
from ..wizards.itsm_caller import find_callers
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestPhoneDigits(TransactionCase):
    """Numbers are the same, however they are written."""

    def test_numbers(self):
        stored = join_digits("+86 (571) 5550-4711", None, "138 0013 8000")
        self.assertEqual(stored, "8657155504711 13800138000")
        for typed, is_found in (
            ("0571 55504711", True),
            ("0086-571-5550 4711", True),
            ("4711", True),
            ("+86 138 0013 8000", True),
            ("１３８００１３８０００", True),
            ("5550 4712", False),
            ("139 0013 8000", False),
        ):
            with self.subTest(typed=typed):
                self.assertEqual(is_same(get_digits(typed), stored), is_found)
        for written, typed in (
            ("+49 (0)89 123456", "+4989123456"),
            ("+44 (0)20 7946 0000", "+442079460000"),
            ("010-88886666", "010-88886666-123"),
            ("010-88886666", "010-88886666 转 22"),
            ("+1 415 555 0100", "+1 (415) 555-0100 x22"),
        ):
            with self.subTest(written=written, typed=typed):
                self.assertTrue(is_number(typed))
                digits = get_digits(cut_extension(typed))
                self.assertTrue(is_same(digits, join_digits(written)))
        for whole in ("138-0013-8000", "+1-415-555-0100", "021-6666-1234"):
            self.assertEqual(cut_extension(whole), whole)
        self.assertFalse(is_same("13800138000", join_digits("00")))
        self.assertFalse(is_number("Room 4711"))
        self.assertFalse(is_number("12"))
        self.assertTrue(is_number("(0571) 5550"))


@tagged("post_install", "-at_install")
class TestTicketPhone(DeskCommon):
    """The caller is found by any number, and what is known is shown first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requester.partner_id.phone = "+86 571 8461 9357"
        cls.requester_employee.mobile_phone = "138-0046-2719"
        cls.piece = cls.env["maintenance.equipment"].create(
            {
                "name": "Laptop",
                "equipment_assign_to": "employee",
                "employee_id": cls.requester_employee.id,
            }
        )

    def test_any_number_finds_the_caller(self):
        env = self.env(user=self.technician)
        for typed in (
            "9357",
            "0571 8461 9357",
            "0571-84619357-88",
            "13800462719",
            "+86 138 0046 2719",
        ):
            with self.subTest(typed=typed):
                found = find_callers(env, typed)
                self.assertEqual(found, self.requester.partner_id)
        self.assertIn(self.requester.partner_id, find_callers(env, "reques"))
        self.assertFalse(find_callers(env, "99999999"))
        self.assertFalse(find_callers(env, "  "))

    def test_an_extension_is_the_end_of_a_dialled_number(self):
        """A desk phone is stored as 4711, and the display shows the whole number."""
        self.stranger.partner_id.phone = "74713"
        self.requester_employee.write({"work_phone": "6092", "mobile_phone": "1380"})
        env = self.env(user=self.technician)
        for typed, user in (
            ("0571 5557 4713", self.stranger),
            ("0571 5555 6092", self.requester),
            ("0571 5555 6093", None),
            ("0571 5555 6092 1", None),
        ):
            with self.subTest(typed=typed):
                partner = user.partner_id if user else env["res.partner"]
                self.assertEqual(find_callers(env, typed), partner)

    def test_people_without_a_log_in_have_equipment(self):
        contact = self.env["res.partner"].create({"name": "Cook"})
        employee = self.env["hr.employee"].create(
            {"name": "Cook", "work_contact_id": contact.id}
        )
        piece = self.piece.copy({"employee_id": employee.id})
        windows = self.env["itsm.caller"].with_user(self.technician)
        window = windows.new({"partner_id": contact.id})
        self.assertEqual(window.equipment_ids._origin, piece)

    def test_what_is_said_is_plain_text(self):
        window = self._window(subject="x", note="if a<b:\n  print<script>")
        ticket = self.env["itsm.ticket"].browse(window.action_file()["res_id"])
        self.assertIn("a&lt;b", ticket.description)
        self.assertIn("&lt;script&gt;", ticket.description)
        self.assertIn("<br", ticket.description)

    def test_what_is_known_is_shown_before_anything_is_saved(self):
        opened = self._file(subject="No mail")
        solved = self._solve(self._file(subject="No print"))
        with Form(self.env["itsm.caller"].with_user(self.technician)) as window:
            window.text = "138 0046 2719"
            self.assertEqual(window.partner_id, self.requester.partner_id)
            self.assertEqual(window.department_id, self.department)
            self.assertIn("138-0046-2719", window.phones)
            self.assertEqual(list(window.equipment_ids[:]), list(self.piece))
            self.assertEqual(set(window.open_ticket_ids[:].ids), {opened.id, solved.id})
            self.assertEqual(window.solution_ids[:].ids, solved.ids)
            window.text = "nobody at all"
            self.assertFalse(window.partner_id)
            self.assertTrue(window.found_note)

    def test_several_callers_are_named(self):
        self.stranger.partner_id.phone = "0571 8461 9357"
        window = self.env["itsm.caller"].with_user(self.technician)
        window = window.create({"text": "8461 9357"})
        self.assertFalse(window.partner_id)
        self.assertEqual(
            window.found_ids, self.requester.partner_id | self.stranger.partner_id
        )
        for name in window.found_ids.mapped("name"):
            self.assertIn(name, window.found_note)

    def _window(self, **values):
        windows = self.env["itsm.caller"].with_user(self.technician)
        return windows.create({"partner_id": self.requester.partner_id.id, **values})

    def test_a_ticket_is_filed(self):
        window = self._window(channel="walk_in")
        with self.assertRaisesRegex(UserError, "Subject"):
            window.action_file()
        window.write(
            {
                "subject": "Screen is dark",
                "note": "Since ten",
                "service_id": self.service.id,
                "chosen_equipment_ids": [Command.set(self.piece.ids)],
            }
        )
        ticket = self.env["itsm.ticket"].browse(window.action_file()["res_id"])
        self.assertRecordValues(
            ticket,
            [
                {
                    "channel": "walk_in",
                    "partner_id": self.requester.partner_id.id,
                    "user_id": self.technician.id,
                    "equipment_ids": self.piece.ids,
                }
            ],
        )
        self.assertIn("Since ten", ticket.description)

    def test_what_is_said_is_added(self):
        ticket = self._file()
        foreign = self._file(self.stranger)
        window = self._window(ticket_id=ticket.id)
        with self.assertRaisesRegex(UserError, "What Is Said"):
            window.action_add()
        window.note = "It is urgent now"
        window.action_add()
        self.assertIn("urgent now", ticket.sudo().message_ids[:1].body)
        self.assertEqual(ticket.sudo().user_id, self.technician)
        with self.assertRaises(UserError):
            self._window(ticket_id=foreign.id, note="x").action_add()

    def test_technicians_only_and_what_they_read(self):
        with self.assertRaises(AccessError):
            self.env["itsm.caller"].with_user(self.requester).create({})
        self._file()
        windows = self.env["itsm.caller"].with_user(self.outsider)
        window = windows.create({"partner_id": self.requester.partner_id.id})
        self.assertFalse(window.open_ticket_ids)
        with self.assertRaises(AccessError):
            self._window().with_user(self.colleague).read(["text"])
