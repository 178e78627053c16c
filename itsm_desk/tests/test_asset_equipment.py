from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.asset.registering import registering
from .common import SIGNATURE, DeskCommon


class AssetCommon(DeskCommon):
    """Two laptops, one of which belongs to the requester."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        equipment = cls.env["maintenance.equipment"]
        cls.old, cls.new = equipment.create(
            [
                {
                    "name": "Laptop",
                    "serial_no": "LT-1",
                    "employee_id": cls.requester_employee.id,
                    "itsm_place": "Room 3",
                },
                {"name": "Laptop", "serial_no": "LT-2"},
            ]
        )

    @classmethod
    def _work(cls, **values):
        service = cls.env["itsm.service"].create(
            {"name": "Move", "category_id": cls.category.id, "team_id": cls.team.id}
        )
        ticket = cls._file(
            service_id=service.id,
            ticket_type="request",
            **{"imac_kind": "replace", **values},
        ).with_user(cls.technician)
        ticket.action_take()
        return ticket

    @classmethod
    def _plan(cls, ticket, **values):
        return ticket.env["itsm.equipment.change"].create(
            {"ticket_id": ticket.id, "equipment_id": cls.old.id, **values}
        )


@tagged("post_install", "-at_install")
class TestEquipment(AssetCommon):
    """Requests change the register of equipment when they are solved."""

    def test_state_follows_from_the_owner(self):
        self.assertEqual(
            (self.old | self.new).mapped("itsm_state"), ["in_use", "in_stock"]
        )
        self.old.scrap_date = "2026-03-01"
        self.assertEqual(self.old.itsm_state, "retired")

    def test_replaced_when_solved(self):
        ticket = self._work()
        change = self._plan(ticket, kind="replace", replaced_by_id=self.new.id)
        self.assertEqual(self.new.itsm_state, "in_stock")
        self._solve(ticket)
        self.assertTrue(change.applied_at)
        self.assertEqual(change.applied_by_id, self.technician)
        self.assertRecordValues(
            self.old | self.new,
            [
                {"employee_id": False, "itsm_place": False, "itsm_state": "in_stock"},
                {
                    "employee_id": self.requester_employee.id,
                    "itsm_place": "Room 3",
                    "itsm_state": "in_use",
                },
            ],
        )
        row = self.env["itsm.equipment.history"].search(
            [("equipment_id", "=", self.new.id)]
        )
        self.assertEqual(len(row), 1)
        self.assertEqual(row.ticket_id, ticket)
        self.assertEqual(row.user_id, self.technician)
        self.assertEqual(row.new_employee_id, self.requester_employee)
        self.assertIn("Room 3", row.what_changed)
        # Once: what is solved again after a refusal changes nothing more.
        ticket.with_user(self.requester).action_refuse_solution("No")
        self.new.employee_id = self.boss_employee
        self._fill_form(ticket)
        ticket.action_solve()
        self.assertEqual(self.new.employee_id, self.boss_employee)

    def test_an_imac_request_is_solved_with_its_change_only(self):
        """Whatever way the solution is told, and whatever is taken back before."""
        ticket = self._work()
        ticket.action_start()
        filled = {
            "cause": "Old",
            "action_taken": "Replaced",
            "minutes_spent": 5,
            "resolution_code_id": self.code_fixed.id,
        }
        ticket.write(filled)
        self.assertIn("planned change", ticket.solve_missing)
        for attack in (
            ticket.action_solve,
            lambda: ticket.write({"state": "solved"}),
            lambda: ticket.with_context(imac_kind=False).action_solve(),
            lambda: ticket.with_user(self.manager).action_solve(),
        ):
            with self.assertRaisesRegex(UserError, "planned change of equipment"):
                attack()
        change = self._plan(ticket, kind="move", new_place="Room 9")
        change.unlink()
        with self.assertRaisesRegex(UserError, "planned change"):
            ticket.action_solve()
        # The service says it, too, whatever the ticket is called.
        ticket.sudo().service_id.imac_kind = "move"
        ticket.write({"imac_kind": False, "ticket_type": "incident"})
        with self.assertRaisesRegex(UserError, "planned change"):
            ticket.action_solve()
        self._plan(ticket, kind="move", new_place="Room 9")
        self.assertFalse(ticket.solve_missing)
        ticket.action_solve()
        self.assertEqual(self.old.itsm_place, "Room 9")

    def test_tickets_of_the_same_equipment(self):
        first = self._file(equipment_ids=[Command.set(self.old.ids)])
        second = self._file(equipment_ids=[Command.set(self.old.ids)])
        mine = second.with_user(self.technician)
        self.assertEqual(mine.equipment_ticket_count, 1)
        action = mine.action_view_equipment_tickets()
        self.assertEqual(self.env["itsm.ticket"].search(action["domain"]), first)

    def test_tickets_are_counted_together(self):
        """A list of tickets costs as many queries as one ticket."""
        both = (self.old | self.new).ids
        tickets = self.env["itsm.ticket"]
        for equipment in (both, self.old.ids, self.new.ids, []):
            tickets |= self._file(
                self.technician,
                partner_id=self.requester.partner_id.id,
                channel="phone",
                equipment_ids=[Command.set(equipment)],
            )
        mine = tickets.with_user(self.technician)
        self.assertEqual(mine.mapped("equipment_ticket_count"), [2, 1, 1, 0])
        costs = []
        for some in (mine[:1], mine):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.mapped("equipment_ticket_count")
            costs.append(self.cr.sql_log_count - before)
        self.assertEqual(costs[0], costs[1])

    def test_kinds(self):
        ticket = self._work(imac_kind="move")
        for values in (
            {"kind": "move"},
            {"kind": "install"},
            {"kind": "upgrade"},
            {"kind": "replace"},
            {"kind": "replace", "replaced_by_id": self.old.id},
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                self._plan(ticket, **values)
        self.assertEqual(
            self._plan(
                ticket.with_context(default_ticket_id=ticket.id), new_place="Room 7"
            ).kind,
            "move",
        )
        self._plan(ticket, kind="upgrade", note="More memory")
        self._plan(
            ticket,
            kind="install",
            equipment_id=self.new.id,
            new_department_id=self.department.id,
        )
        self._solve(ticket)
        self.assertEqual(self.old.itsm_place, "Room 7")
        self.assertEqual(
            self.old.itsm_history_ids.sorted("id").mapped("reason"),
            ["Move", "More memory"],
        )
        self.assertEqual(self.new.department_id, self.department)
        self.assertEqual(self.new.itsm_state, "in_use")
        again = self._work()
        self._plan(again, kind="return", new_state="retired")
        self._solve(again)
        self.assertFalse(self.old.employee_id)
        self.assertEqual(self.old.itsm_state, "retired")

    def test_typed_on_the_ticket(self):
        ticket = self._work(imac_kind="move")
        with Form(ticket) as form, form.equipment_change_ids.new() as row:
            self.assertEqual(row.kind, "move")
            row.equipment_id = self.old
            row.new_place = "Room 5"
        self.assertEqual(ticket.equipment_change_ids.new_place, "Room 5")

    def test_history_is_kept(self):
        self.new.employee_id = self.boss_employee
        row = self.new.itsm_history_ids
        self.assertEqual(row.old_employee_id, row.new_employee_id.browse())
        for user in (self.env.user, self.technician, self.manager):
            mine = row.with_user(user)
            with self.assertRaises(AccessError):
                mine.write({"reason": "x"})
            with self.assertRaises(AccessError):
                mine.unlink()
            with self.assertRaises(AccessError):
                mine.create({"equipment_id": self.old.id, "at": "2026-03-02 09:00:00"})
        with self.assertRaises(UserError):
            self.new.unlink()
        self.assertFalse(self.old.itsm_history_ids)
        self.old.unlink()

    def test_sent_out_for_repair(self):
        repair = (
            self.env["itsm.equipment.repair"]
            .with_user(self.technician)
            .create(
                {
                    "equipment_id": self.old.id,
                    "partner_id": self.stranger.partner_id.id,
                    "fault": "Screen",
                    "due_date": "2020-01-01",
                }
            )
        )
        self.assertEqual(self.old.itsm_state, "in_repair")
        self.assertTrue(repair.is_overdue)
        self.assertIn(repair, repair.search([("is_overdue", "=", True)]))
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            repair.copy()
        with self.assertRaises(UserError):
            repair.action_back()
        with self.assertRaises(UserError):
            repair.equipment_id = self.new
        repair.write({"result": "New screen", "cost": 80, "is_warranty": True})
        repair.action_back()
        self.assertEqual(self.old.itsm_state, "in_use")
        self.assertEqual(repair.back_by_id, self.technician)
        with self.assertRaises(UserError):
            repair.cost = 1
        self.assertEqual(len(self.old.itsm_history_ids), 2)
        with self.assertRaises(AccessError):
            repair.with_user(self.stranger).read(["cost"])


@tagged("post_install", "-at_install")
class TestEquipmentAttacks(AssetCommon):
    """Changes are written by those who handle the ticket, until it is solved."""

    def test_changes(self):
        ticket = self._work()
        change = self._plan(ticket, kind="replace", replaced_by_id=self.new.id)
        for values in (
            {"applied_at": "2026-03-02 09:00:00"},
            {"applied_by_id": self.lead.id},
            {"ticket_id": self._work().id},
            {"company_id": self.company.id},
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                call_kw(change, "write", [change.ids, values], {})
            if "ticket_id" not in values and "company_id" not in values:
                with self.assertRaises(AccessError), self.cr.savepoint():
                    self._plan(ticket, kind="move", new_place="x", **values)
        # A default that a user keeps stamps nothing either.
        self.env["ir.default"].set(
            change._name,
            "applied_at",
            "2026-03-02 09:00:00",
            user_id=self.technician.id,
        )
        planned = self._plan(ticket, kind="move", new_place="x")
        self.assertFalse(planned.applied_at)
        far = self.env["res.company"].create({"name": "Far"})
        foreign = self._new_user(
            "foreign",
            "group_itsm_manager",
            company_id=far.id,
            company_ids=[Command.set(far.ids)],
        )
        for user in (self.specialist, self.requester, self.portal, foreign):
            mine = change.with_user(user)
            for act in (
                lambda mine=mine: mine.read(["kind"]),
                lambda mine=mine: mine.write({"note": "x"}),
                lambda mine=mine: mine.unlink(),
            ):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    act()
        with self.assertRaises(UserError):
            change.with_user(self.colleague).note = "x"
        with self.assertRaises(UserError), self.cr.savepoint():
            other = self.env["maintenance.equipment"].create(
                {"name": "Theirs", "company_id": far.id}
            )
            self._plan(ticket, kind="move", equipment_id=other.id, new_place="x")
        with self.assertRaises(AccessError):
            self.old.with_user(self.technician).itsm_state = "retired"
        with self.assertRaises(AccessError):
            self.old.with_user(self.requester).check_access("write")
        self._solve(ticket)
        for act in (
            lambda: change.write({"note": "x"}),
            lambda: change.unlink(),
            lambda: self._plan(ticket, kind="move", new_place="x"),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()


@tagged("post_install", "-at_install")
class TestHandover(AssetCommon):
    """Slips that the receiver signs, until the equipment is given back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slip = (
            cls.env["itsm.equipment.handover"]
            .with_user(cls.technician)
            .create(
                {
                    "equipment_id": cls.new.id,
                    "employee_id": cls.requester_employee.id,
                    "accessories": "Charger",
                    "place": "Room 9",
                }
            )
        )

    def test_signed_and_given_back(self):
        mine = self.slip.with_user(self.requester)
        self.assertEqual(mine.activity_ids.user_id, self.requester)
        self.assertTrue(mine.can_sign)
        with self.assertRaises(UserError):
            mine.action_sign()
        with self.assertRaises(UserError):
            mine.action_sign(signature="%%%%")
        mine.action_sign(signature=SIGNATURE)
        self.assertEqual(self.new.employee_id, self.requester_employee)
        self.assertEqual(self.new.itsm_place, "Room 9")
        self.assertEqual(self.slip.signed_by_id, self.requester)
        self.assertFalse(self.slip.activity_ids)
        with self.assertRaises(UserError):
            mine.action_sign(signed_name="Requester Person")
        html = (
            self.env["ir.actions.report"]
            .with_user(self.requester)
            ._render_qweb_html("itsm_desk.report_equipment_handover", self.slip.ids)[0]
        )
        self.assertIn(b"LT-2", html)
        for user in (self.stranger, self.portal):
            with self.assertRaises(AccessError):
                self.env["ir.actions.report"].with_user(user)._render_qweb_html(
                    "itsm_desk.report_equipment_handover", self.slip.ids
                )
        # Nobody takes it away from who signed for it, but by the slip or a ticket.
        for values in (
            {"employee_id": False},
            {"employee_id": self.boss_employee.id},
            {"equipment_assign_to": "department"},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "signed for it"),
                self.cr.savepoint(),
            ):
                self.new.write(values)
        self.requester_employee.active = False
        self.assertEqual(self.slip.activity_ids.user_id, self.technician)
        told = "".join(map(str, self.requester_employee.message_ids.mapped("body")))
        self.assertIn("LT-2", told)
        self.requester_employee.active = True
        self.assertFalse(self.slip.activity_ids)
        self.technician.active = False
        self.new.technician_user_id = self.colleague
        self.requester_employee.active = False
        self.assertEqual(self.slip.activity_ids.user_id, self.colleague)
        self.technician.active = True
        with self.assertRaises(UserError):
            self.slip.action_return("")
        self.slip.action_return("A scratch")
        self.assertEqual(self.slip.returned_to_id, self.technician)
        self.assertEqual(self.new.itsm_state, "in_stock")
        self.assertFalse(self.new.employee_id)
        self.assertFalse(self.slip.activity_ids)

    def test_taken_back_by_who_may(self):
        """Whoever else looks after equipment asks for it."""
        self.slip.with_user(self.requester).action_sign(signature=SIGNATURE)
        with (
            self.assertRaisesRegex(UserError, f"Ask {self.technician.name} to"),
            self.cr.savepoint(),
        ):
            self.new.with_user(self.stranger).sudo().employee_id = False
        with (
            self.assertRaisesRegex(UserError, "Take it back"),
            self.cr.savepoint(),
        ):
            self.new.with_user(self.technician).sudo().employee_id = False
        self.technician.active = False
        self.new.technician_user_id = self.stranger
        self.requester_employee.active = False
        taker = self.slip.activity_ids.user_id
        self.assertNotEqual(taker, self.stranger)
        self.slip.with_user(taker).action_return("As new")
        self.assertEqual(self.slip.state, "returned")

    def test_managers_of_equipment_take_back(self):
        """Without a role of the desk: they see the slip, are asked, and end it."""
        keeper = self._new_user("keeper")
        keeper.group_ids |= self.env.ref("maintenance.group_equipment_manager")
        mine = self.slip.with_user(keeper)
        with self.assertRaises(UserError):
            mine.action_cancel("Not theirs")
        self.slip.with_user(self.requester).action_sign(signature=SIGNATURE)
        with (
            self.assertRaisesRegex(UserError, "Take it back"),
            self.cr.savepoint(),
        ):
            self.new.with_user(keeper).employee_id = False
        self.new.technician_user_id = keeper
        self.technician.active = False
        self.requester_employee.active = False
        self.assertEqual(self.slip.activity_ids.user_id, keeper)
        # What the screen shows: the page of the equipment, the slip with its button.
        with Form(self.new.with_user(keeper)) as form:
            self.assertEqual(form.itsm_handover_ids.ids, self.slip.ids)
        with Form(mine) as form:
            self.assertTrue(form.can_return)
            self.assertFalse(form.can_cancel)
        for values in ({"place": "x"}, {"state": "returned"}, {"signed_name": "x"}):
            with self.assertRaises(UserError), self.cr.savepoint():
                call_kw(mine, "write", [mine.ids, values], {})
        window = self.env["itsm.equipment.handover.step"].with_user(keeper)
        window.create(
            {"handover_id": self.slip.id, "verb": "return", "text": "As new"}
        ).action_confirm()
        self.assertEqual(self.slip.returned_to_id, keeper)
        self.assertEqual(self.new.itsm_state, "in_stock")
        # Nor do they take back what they received themselves.
        own = (
            self.slip.with_user(self.colleague)
            .create(
                {
                    "equipment_id": self.new.id,
                    "employee_id": self._new_employee(keeper).id,
                }
            )
            .with_user(keeper)
        )
        own.action_sign(signature=SIGNATURE)
        with self.assertRaisesRegex(UserError, "you received it"):
            own.action_return("As new")

    def test_equipment_is_taken_back_by_who_reads_it(self):
        self.old.technician_user_id = self.boss
        self.requester_employee.active = False
        taker = self.old.activity_ids.user_id
        self.assertNotEqual(taker, self.boss)
        self.assertTrue(self.old.with_user(taker).has_access("read"))

    def test_leaving_by_the_window_of_hr(self):
        """Equipment without a slip is asked for, too, and is freed by nobody."""
        self.slip.with_user(self.requester).action_sign(signature=SIGNATURE)
        self.old.write(
            {
                "employee_id": self.requester_employee.id,
                "technician_user_id": self.colleague.id,
            }
        )
        departure = self.env["hr.departure.wizard"].create(
            {
                "employee_ids": self.requester_employee.ids,
                "departure_reason_id": self.env.ref("hr.departure_fired").id,
                "departure_date": "2026-03-31",
                "unassign_equipment": True,
            }
        )
        departure.action_register_departure()
        self.assertEqual(len(self.old.activity_ids), 1)
        # The last day has come.
        self.requester_employee.active = False
        self.assertEqual(self.slip.activity_ids.user_id, self.technician)
        self.assertEqual(self.old.employee_id, self.requester_employee)
        self.assertEqual(self.old.activity_ids.user_id, self.colleague)
        told = "".join(map(str, self.requester_employee.message_ids.mapped("body")))
        self.assertIn("LT-1", told)
        self.assertIn("LT-2", told)
        self.old.employee_id = False
        self.assertFalse(self.old.activity_ids)

    def test_moved_by_a_ticket(self):
        """The ticket ends the slip of the former owner, and says so there."""
        self.slip.with_user(self.requester).action_sign(signature=SIGNATURE)
        with registering(reason="Moved to the boss"):
            self.new.employee_id = self.boss_employee
        self.assertEqual(self.slip.state, "returned")
        self.assertIn("Moved to the boss", self.slip.return_condition)
        self.assertTrue(self.slip.returned_at)
        self.assertEqual(self.new.employee_id, self.boss_employee)

    def test_window(self):
        window = self.env["itsm.equipment.handover.step"].with_user(self.requester)
        window = window.create(
            {
                "handover_id": self.slip.id,
                "verb": "sign",
                "signed_name": "Requester Person",
            }
        )
        window.action_confirm()
        self.assertEqual(self.slip.signed_name, "Requester Person")

    def test_one_open_slip(self):
        values = {
            "equipment_id": self.new.id,
            "employee_id": self.boss_employee.id,
        }
        slips = self.slip.browse()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            slips.create(values)
        self.slip.action_cancel("Somebody else gets it")
        self.assertFalse(self.slip.activity_ids)
        other = slips.create(values)
        self.assertEqual(other.activity_ids.user_id, self.boss)
        self.assertIn("Boss", other.display_name)
        with self.assertRaises(UserError):
            self.slip.with_user(self.requester).action_sign(signed_name="Too Late")
        # A receiver who cannot log in is called by nobody.
        guest = self.env["hr.employee"].create({"name": "Guest"})
        silent = slips.create({"equipment_id": self.old.id, "employee_id": guest.id})
        self.assertFalse(silent.activity_ids)

    def test_receivers_take_nothing_back_themselves(self):
        employee = self._new_employee(self.colleague)
        slips = self.slip.browse()
        values = {"equipment_id": self.old.id, "employee_id": employee.id}
        own = slips.with_user(self.colleague).create(values)
        self.assertFalse(own.can_sign)
        with self.assertRaisesRegex(UserError, "for yourself"):
            own.action_sign(signature=SIGNATURE)
        own.action_cancel("Another technician makes it out")
        slip = slips.create(values)
        mine = slip.with_user(self.colleague)
        mine.action_sign(signature=SIGNATURE)
        self.assertFalse(mine.can_return)
        with self.assertRaisesRegex(UserError, "Another technician"):
            mine.action_return("Like new")
        slip.action_return("Like new")

    def test_receiver_without_a_login(self):
        guest = self.env["hr.employee"].create({"name": "Guest"})
        slip = self.slip.create({"equipment_id": self.old.id, "employee_id": guest.id})
        for user in (self.technician, self.requester):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                slip.with_user(user).action_sign(signature=SIGNATURE)
        theirs = slip.with_user(self.colleague)
        with self.assertRaisesRegex(UserError, "draw the signature"):
            theirs.action_sign(signed_name="The Guest")
        theirs.action_sign(signature=SIGNATURE)
        self.assertEqual(slip.signed_by_id, self.colleague)
        self.assertEqual(self.old.employee_id, guest)

    def test_nobody_else_signs(self):
        for user in (self.technician, self.manager):
            with self.assertRaises(UserError):
                self.slip.with_user(user).action_sign(signed_name="Some Body")
        for user in (self.stranger, self.portal):
            with self.assertRaises(AccessError):
                self.slip.with_user(user).action_sign(signed_name="Some Body")
        mine = self.slip.with_user(self.requester)
        for values in (
            {"state": "signed"},
            {"signed_name": "x"},
            {"signature": SIGNATURE},
            {"place": "Home"},
        ):
            with self.assertRaises(AccessError):
                call_kw(mine, "write", [mine.ids, values], {})
            if "place" not in values:
                with self.assertRaises(UserError):
                    call_kw(self.slip, "write", [self.slip.ids, values], {})
        with self.assertRaises(UserError):
            mine.action_cancel("x")
        with self.assertRaises(UserError):
            mine.action_return("x")
        mine.action_sign(signed_name="Requester Person")
        with self.assertRaises(UserError):
            self.slip.place = "Home"
        with self.assertRaises(UserError):
            self.slip.unlink()
        keeper = new_test_user(
            self.env, "keeper", "base.group_user,maintenance.group_equipment_manager"
        )
        row = self.new.itsm_history_ids.with_user(keeper)
        self.assertTrue(row.what_changed)
