from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_asset_equipment import AssetCommon


@tagged("post_install", "-at_install")
class TestStocktake(AssetCommon):
    """Lists of equipment are counted, and propose what the register should say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third, cls.gone = cls.env["maintenance.equipment"].create(
            [
                {
                    "name": "Printer",
                    "itsm_barcode": "IT-0003",
                    "department_id": cls.department.id,
                    "equipment_assign_to": "department",
                    "itsm_place": "Room 3, window",
                },
                {"name": "Screen", "serial_no": "SC-1", "itsm_place": "Room 3"},
            ]
        )

    @classmethod
    def _list(cls, user=None, **values):
        counts = cls.env["itsm.equipment.stocktake"].with_user(user or cls.technician)
        return counts.create({"name": "Room 3", "place": "Room 3", **values})

    def _count(self):
        count = self._list()
        count.action_start()
        return count

    def test_counted_and_proposed(self):
        """Two are found, one is registered elsewhere, one unknown, one missing."""
        count = self._count()
        self.assertEqual(count.line_ids.equipment_id, self.old | self.third | self.gone)
        shown = count.action_scan(code=" lt-1 ")
        self.assertEqual(
            (shown["result"], shown["is_again"], shown["left"]), ("found", False, 2)
        )
        self.assertIn("LT-1", shown["name"])
        self.assertTrue(count.action_scan(code="LT-1")["is_again"])
        self.assertEqual(count.action_scan(code="IT-0003")["result"], "found")
        self.assertEqual(count.action_scan(code="LT-2")["result"], "elsewhere")
        self.assertEqual(count.action_scan(code="???%")["result"], "unknown")
        self.assertTrue(count.action_scan(code="???%")["is_again"])
        self.assertEqual(len(count.line_ids), 5)
        unknown = count.line_ids.filtered(lambda line: not line.equipment_id)
        # As the form writes it.
        count.write(
            {
                "line_ids": [
                    Command.update(unknown.id, {"note": "A black screen, no label"})
                ]
            }
        )
        self.assertIn("black", unknown.note)
        count.action_finish()
        self.assertRecordValues(
            count,
            [
                {
                    "state": "done",
                    "expected_count": 3,
                    "found_count": 2,
                    "elsewhere_count": 1,
                    "unknown_count": 1,
                    "missing_count": 1,
                    "finished_by_id": self.technician.id,
                }
            ],
        )
        # Nothing changes before somebody else solves the ticket.
        self.assertEqual(self.gone.itsm_state, "in_stock")
        ticket = count.ticket_id
        self.assertEqual(ticket.partner_id, self.technician.partner_id)
        self.assertRecordValues(
            ticket.sudo().equipment_change_ids.sorted("equipment_id"),
            [
                {
                    "equipment_id": self.new.id,
                    "kind": "move",
                    "new_place": "Room 3",
                    "new_state": False,
                },
                {
                    "equipment_id": self.gone.id,
                    "kind": "move",
                    "new_place": False,
                    "new_state": "missing",
                },
            ],
        )
        with self.assertRaises(UserError):
            ticket.with_user(self.technician).action_take()
        ticket.sudo().team_id = self.team
        self.team.member_ids |= self.colleague
        self._solve(ticket, self.colleague)
        self.assertEqual(
            (self.gone.itsm_state, self.new.itsm_place), ("missing", "Room 3")
        )
        history = self.env["itsm.equipment.history"].search(
            [("equipment_id", "=", self.gone.id)], limit=1
        )
        self.assertEqual((history.ticket_id, history.new_state), (ticket, "missing"))
        # What was missing is on the next list, and comes back when it is found.
        again = self._count()
        again.action_scan(code="SC-1")
        again.action_finish()
        change = again.ticket_id.sudo().equipment_change_ids.filtered(
            lambda one: one.equipment_id == self.gone
        )
        self.assertEqual(change.new_state, "in_stock")

    def test_once(self):
        """What is done is done, and what was found stays as it is."""
        count = self._list()
        with self.assertRaisesRegex(UserError, "Start"):
            count.action_scan(code="LT-1")
        count.action_start()
        for code in (None, "", " \0 ", " \ud800 ", 5):
            with self.assertRaises(UserError):
                count.action_scan(code=code)
        line = count.line_ids.filtered(lambda one: one.equipment_id == self.gone)
        line.action_here()
        self.assertTrue(line.is_by_hand)
        with self.assertRaisesRegex(UserError, "already"):
            line.action_here()
        line.action_undo()
        self.assertEqual((line.result, line.counted_by_id.id), ("open", False))
        count.action_scan(code="nothing")
        unknown = count.line_ids.filtered(lambda one: one.result == "unknown")
        unknown.action_undo()
        self.assertFalse(unknown.exists())
        count.action_finish()
        ticket = count.ticket_id
        for act in (
            count.action_finish,
            count.action_cancel,
            count.action_start,
            count.unlink,
            lambda: count.write({"state": "counting"}),
            lambda: count.write({"place": "Room 4"}),
            lambda: count.action_scan(code="LT-1"),
            line.action_here,
            line.action_undo,
            lambda: line.write({"note": "Later"}),
        ):
            with self.assertRaises(UserError):
                act()
        self.assertEqual(count.ticket_id, ticket)

    def test_nothing_to_change(self):
        """A count in which everything is right files no ticket."""
        count = self._list(place="window")
        count.action_start()
        self.assertEqual(count.line_ids.equipment_id, self.third)
        count.action_scan(code="it-0003")
        count.action_finish()
        self.assertFalse(count.ticket_id)

    def test_all_proposals_are_wrong(self):
        """Whoever took all of them out solves the ticket: the register was right."""
        count = self._count()
        count.action_finish()
        ticket = count.ticket_id
        ticket.sudo().team_id = self.team
        mine = ticket.with_user(self.colleague)
        mine.action_take()
        mine.action_start()
        mine.equipment_change_ids.unlink()
        mine.write(
            {
                "cause": "The room was locked.",
                "action_taken": "All of it is there.",
                "minutes_spent": 5,
                "resolution_code_id": self.code_fixed.id,
            }
        )
        self.assertFalse(mine.solve_missing)
        mine.action_solve()
        self.assertEqual(ticket.state, "solved")
        self.assertEqual(self.gone.itsm_state, "in_stock")

    def test_what_is_counted(self):
        for values, expected in (
            ({"employee_id": self.requester_employee.id}, self.old),
            (
                {"department_id": self.requester_employee.department_id.id},
                self.old | self.third,
            ),
            ({"place": "room 3", "employee_id": self.requester_employee.id}, self.old),
        ):
            with self.subTest(values=values):
                count = self._list(**{"place": False, **values})
                count.action_start()
                self.assertEqual(count.line_ids.equipment_id, expected)
        for values in ({}, {"place": "Moon"}, {"place": "%"}):
            with self.assertRaises(UserError):
                self._list(**{"place": False, **values}).action_start()

    def test_attacks(self):
        """By whom and how nothing gets on or off a list."""
        count = self._count()
        line = count.line_ids[0]
        for attack in (
            lambda: count.write({"finished_at": "2026-03-02"}),
            lambda: count.write({"ticket_id": self._file().id}),
            lambda: count.write({"line_ids": [Command.delete(line.id)]}),
            lambda: count.write({"line_ids": [Command.create({"code": "x"})]}),
            lambda: count.write(
                {"line_ids": [Command.update(line.id, {"result": "found"})]}
            ),
            lambda: line.write({"result": "found"}),
            lambda: line.with_context(default_result="found").copy(),
            lambda: line.create({"stocktake_id": count.id, "company_id": 1}),
            lambda: line.sudo().write({"result": "found"}),
            lambda: line.sudo().unlink(),
            lambda: count.create({"name": "x", "ticket_id": self._file().id}),
        ):
            with self.assertRaises(AccessError):
                attack()
        with self.assertRaises(UserError):
            count.create({"name": "x", "state": "done"})
        born = count.with_context(
            default_state="done", default_finished_at="2026-03-02"
        ).create({"name": "x"})
        self.assertEqual((born.state, born.finished_at), ("draft", False))
        for user in (self.requester, self.stranger, self.portal, self.quality):
            mine = count.with_user(user)
            for act in (
                lambda mine=mine: mine.action_scan(code="LT-1"),
                mine.action_finish,
                mine.action_cancel,
                line.with_user(user).action_here,
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    act()
        self.assertEqual(set(count.line_ids.mapped("result")), {"open"})
        # The owner of what is counted does not say that it is there and done.
        self.boss_employee.user_id = self.lead
        own = self._list(self.lead, place=False, employee_id=self.boss_employee.id)
        self.old.employee_id = self.boss_employee
        own.action_start()
        with self.assertRaisesRegex(UserError, "somebody else"):
            own.action_finish()

    def test_nobody_counts_their_own(self):
        """Whatever the list is made for: a colleague counts and finishes."""
        count = self._count()
        self.boss_employee.user_id = self.technician
        self.old.employee_id = self.new.employee_id = self.boss_employee
        count.action_cancel()
        count = self._count()
        line = count.line_ids.filtered(lambda one: one.equipment_id == self.old)
        for act in (
            lambda: count.action_scan(code="LT-1"),
            line.action_here,
            # Registered elsewhere, and found here.
            lambda: count.action_scan(code="LT-2"),
        ):
            with (
                self.assertRaisesRegex(UserError, "another technician"),
                self.cr.savepoint(),
            ):
                act()
        self.assertEqual(line.result, "open")
        with self.assertRaisesRegex(UserError, "Yours: .*LT-1"):
            count.action_finish()
        self.assertFalse(count.can_finish)
        self.team.member_ids |= self.colleague
        theirs = count.with_user(self.colleague)
        theirs.action_scan(code="LT-1")
        self.assertFalse(theirs.action_scan(code="IT-0003")["is_again"])
        theirs.action_finish()
        self.assertEqual((count.state, line.result), ("done", "found"))

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far_counter",
            "group_itsm_technician",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        count = self._count()
        self.env["maintenance.equipment"].create(
            [
                {"name": "Far", "serial_no": "FAR-1", "company_id": other.id},
                {"name": "Far", "itsm_place": "Room 3", "company_id": other.id},
            ]
        )
        with self.assertRaises(AccessError):
            count.with_user(far).action_scan(code="LT-1")
        self.assertFalse(self.env["itsm.equipment.stocktake"].with_user(far).search([]))
        self.assertEqual(count.action_scan(code="FAR-1")["result"], "unknown")
        theirs = self._list(far)
        theirs.action_start()
        self.assertEqual(theirs.line_ids.equipment_id.company_id, other)

    @mute_logger("odoo.sql_db")
    def test_labels(self):
        """A label is used once in a company; two serials may look alike."""
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.new.itsm_barcode = "it-0003"
            self.env.flush_all()
        self.new.itsm_barcode = "LT-1"
        count = self._count()
        # The label goes before the serial number of another piece.
        self.assertEqual(count.action_scan(code="LT-1")["result"], "elsewhere")
        self.env["maintenance.equipment"].create(
            [{"name": "A", "serial_no": "same"}, {"name": "B", "serial_no": "SAME"}]
        )
        with self.assertRaisesRegex(UserError, "Several pieces"):
            count.action_scan(code="same")

    def test_printed(self):
        count = self._count()
        count.action_scan(code="LT-1")
        count.action_finish()
        html, _kind = (
            self.env["ir.actions.report"]
            .with_user(self.quality)
            ._render_qweb_html("itsm_desk.report_equipment_stocktake", count.ids)
        )
        for text in (b"LT-1", b"SC-1", b"Missing", b"Room 3"):
            self.assertIn(text, html)


@tagged("post_install", "-at_install")
class TestStocktakeTour(AssetCommon, HttpCase):
    """On a phone with a scanner that types: found, unknown, counted again."""

    browser_size = "390x844"
    touch_enabled = True

    def test_scanned_on_a_phone(self):
        count = self.env["itsm.equipment.stocktake"].with_user(self.technician)
        count = count.create({"name": "Room 3", "place": "Room 3"})
        count.action_start()
        self.start_tour(
            f"/odoo/equipment-stocktakes/{count.id}",
            "itsm_desk_stocktake",
            login=self.technician.login,
        )
        self.assertEqual(sorted(count.line_ids.mapped("result")), ["found", "unknown"])
