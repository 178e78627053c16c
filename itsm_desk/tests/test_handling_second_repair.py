from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestSecondRepair(DeskCommon):
    """Equipment that is worked on again soon after a solution was told for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printer, cls.scanner = cls.env["maintenance.equipment"].create(
            [
                {"name": name, "employee_id": cls.requester_employee.id}
                for name in ("Printer", "Scanner")
            ]
        )
        cls.start = fields.Datetime.now()
        cls.company.itsm_second_repair_days = 30

    def _repair(self, day, equipment, user=None, **values):
        with freeze_time(self.start + timedelta(days=day)):
            ticket = self._file(equipment_ids=equipment.ids, **values)
            return self._solve(ticket, user)

    def _find(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["itsm.second.repair"].with_user(user or self.lead)
        return rows.search([("equipment_id", "in", (self.printer | self.scanner).ids)])

    def test_found_by_time_and_equipment(self):
        first = self._repair(0, self.printer)
        self._repair(1, self.scanner)
        self.assertFalse(self._find())
        again = self._repair(29, self.printer, self.colleague)
        row = self._find()
        self.assertEqual(
            (row.ticket_id, row.first_ticket_id, row.user_id, row.is_same_ticket),
            (again, first, self.technician, False),
        )
        self.assertAlmostEqual(row.days, 29, places=1)
        # The days count from the last solution, and against whoever told that one.
        third = self._repair(58, self.printer | self.scanner)
        rows = self._find()
        self.assertEqual(rows.ticket_id, again | third)
        self.assertEqual(rows[0].user_id, self.colleague)
        self._repair(89, self.printer)
        self.assertEqual(len(self._find()), 2)
        self.company.itsm_second_repair_days = 0
        self.assertFalse(self._find())

    def test_requests_are_no_repair(self):
        """Toner for a printer that was repaired is not held against the repairer."""
        self._repair(0, self.printer)
        toner = self._repair(1, self.printer, ticket_type="request")
        self.assertFalse(toner.with_user(self.technician).earlier_repair)
        self.assertFalse(self._find())
        self._repair(2, self.printer)
        self.assertEqual(self._find().first_ticket_id.ticket_type, "incident")

    def test_complaint_is_proposed(self):
        kind = self.env.ref("itsm_desk.mail_activity_type_complaint_proposed")
        first = self._repair(0, self.printer)
        again = self._repair(3, self.printer)
        proposed = again.sudo().activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )
        self.assertEqual(proposed.user_id, self.quality)
        self.assertNotIn(kind, first.sudo().activity_ids.activity_type_id)

    def test_refused_solution(self):
        ticket = self._repair(0, self.printer)
        with freeze_time(self.start + timedelta(days=2)):
            ticket.action_refuse_solution("Still jams")
            self._fill_form(ticket)
        self.assertTrue(self._find().is_same_ticket)

    def test_told_on_the_ticket(self):
        first = self._repair(0, self.printer)
        with freeze_time(self.start + timedelta(days=3)):
            ticket = self._file(equipment_ids=self.printer.ids)
            other = self._file(equipment_ids=self.scanner.ids)
        mine = ticket.with_user(self.technician)
        self.assertIn(first.sudo().name, mine.earlier_repair)
        self.assertIn(self.technician.name, mine.earlier_repair)
        self.assertFalse(other.with_user(self.technician).earlier_repair)
        self.assertFalse(first.with_user(self.technician).earlier_repair)

    def test_who_reads_it(self):
        self._repair(0, self.printer)
        self._repair(1, self.printer)
        for user in (self.lead, self.manager, self.quality):
            self.assertEqual(len(self._find(user)), 1)
        other = self._new_user("other_lead", "group_itsm_supervisor")
        self.assertFalse(self._find(other))
        for user in (self.technician, self.requester, self.portal):
            with self.assertRaises(AccessError):
                self._find(user)
