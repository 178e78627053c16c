from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import Form, new_test_user, tagged

from .common import DeskCommon


class StockCommon(DeskCommon):
    """A desk whose team has mice, toner with lots, and badges with numbers in stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        ) or cls.env["stock.warehouse"].create({"name": "Depot", "code": "DEP"})
        cls.shelf = cls.env["stock.location"].create(
            {
                "name": "Shelf of the desk",
                "usage": "internal",
                "location_id": cls.warehouse.lot_stock_id.id,
                "company_id": cls.company.id,
            }
        )
        cls.team.location_id = cls.shelf
        cls.mouse, cls.toner, cls.badge = (
            cls.env["product.product"].create(
                {
                    "name": name,
                    "type": "consu",
                    "is_storable": True,
                    "tracking": tracking,
                    "standard_price": 12.5,
                }
            )
            for name, tracking in (
                ("Mouse", "none"),
                ("Toner", "lot"),
                ("Badge", "serial"),
            )
        )
        lots = cls.env["stock.lot"]
        cls.lot, cls.other_lot, cls.serial = (
            lots.create({"name": name, "product_id": product.id})
            for name, product in (
                ("L-1", cls.toner),
                ("L-2", cls.toner),
                ("S-1", cls.badge),
            )
        )
        cls._stock(cls.mouse, 5)
        cls._stock(cls.toner, 4, cls.other_lot)
        cls._stock(cls.toner, 2, cls.lot)
        cls._stock(cls.badge, 1, cls.serial)

    @classmethod
    def _stock(cls, product, quantity, lot=None):
        quants = cls.env["stock.quant"]
        quants._update_available_quantity(product, cls.shelf, quantity, lot_id=lot)

    @classmethod
    def _on_shelf(cls, product, lot=None):
        quants = cls.env["stock.quant"]
        return quants._get_available_quantity(product, cls.shelf, lot_id=lot)

    @classmethod
    def _work(cls, **values):
        ticket = cls._file(**values).with_user(cls.technician)
        ticket.action_take()
        return ticket

    @classmethod
    def _ask_for(cls, ticket, product, quantity=1, **values):
        lines = cls.env["itsm.consumable.line"].with_user(ticket.env.user)
        return lines.create(
            {
                "ticket_id": ticket.id,
                "product_id": product.id,
                "quantity": quantity,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestConsumable(StockCommon):
    """What is given out leaves the stock, and says where it went."""

    def test_given_out(self):
        ticket = self._work()
        line = self._ask_for(ticket, self.mouse, 2)
        self.assertEqual(line.state, "draft")
        self.assertEqual(line.available_quantity, 5)
        self.assertTrue(line.can_hand_out and ticket.can_hand_out)
        ticket.action_hand_out()
        self.assertRecordValues(
            line,
            [
                {
                    "state": "done",
                    "done_quantity": 2,
                    "used_quantity": 2,
                    "cost": 25,
                    "user_id": self.technician.id,
                    "partner_id": self.requester.partner_id.id,
                    "department_id": self.department.id,
                }
            ],
        )
        self.assertTrue(line.done_at)
        self.assertEqual(self._on_shelf(self.mouse), 3)
        picking = line.sudo().picking_id
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.origin, ticket.name)
        self.assertEqual(picking.itsm_user_id, self.technician)
        self.assertEqual(picking.partner_id, self.requester.partner_id)
        target = self.company.itsm_consumption_location_id
        self.assertEqual(picking.location_dest_id, target)
        self.assertFalse(line.can_hand_out)
        reports = self.env["ir.actions.report"].with_user(self.technician)
        html = reports._render_qweb_html("itsm_desk.report_ticket", ticket.ids)[0]
        self.assertIn(b"Mouse", html)
        with self.assertRaises(UserError):
            line.action_hand_out()
        # The next one takes the same location and operation type.
        again = self._ask_for(ticket, self.mouse)
        again.action_hand_out()
        self.assertEqual(again.sudo().picking_id.location_dest_id, target)
        self.assertEqual(
            again.sudo().picking_id.picking_type_id, picking.picking_type_id
        )

    def test_typed_on_the_ticket(self):
        ticket = self._work()
        with Form(ticket) as form, form.consumable_line_ids.new() as row:
            row.product_id = self.toner
            self.assertEqual(row.available_quantity, 6)
            self.assertEqual(row.tracking, "lot")
            row.lot_id = self.lot
            row.quantity = 2
        self.assertEqual(ticket.consumable_line_ids.quantity, 2)
        ticket.action_hand_out()
        self.assertEqual(ticket.consumable_line_ids.state, "done")

    def test_lots_are_asked(self):
        ticket = self._work()
        line = self._ask_for(ticket, self.toner)
        self.assertEqual(
            set(line.allowed_lot_ids.ids), set((self.lot | self.other_lot).ids)
        )
        with self.assertRaisesRegex(UserError, "lot or serial"):
            line.action_hand_out()
        line.lot_id = self.lot
        badge = self._ask_for(ticket, self.badge, lot_id=self.serial.id)
        with self.assertRaises(UserError), self.cr.savepoint():
            badge.quantity = 2
        with self.assertRaises(UserError), self.cr.savepoint():
            badge.lot_id = self.lot
        (line | badge).action_hand_out()
        self.assertEqual((line | badge).mapped("state"), ["done", "done"])
        self.assertEqual(self._on_shelf(self.toner, self.lot), 1)
        self.assertEqual(self._on_shelf(self.toner, self.other_lot), 4)
        self.assertEqual(self._on_shelf(self.badge), 0)
        moves = (line | badge).sudo().move_ids
        self.assertEqual(moves.move_line_ids.lot_id, self.lot | self.serial)

    def test_short_stock_leaves_a_backorder(self):
        ticket = self._work()
        line = self._ask_for(ticket, self.mouse, 8)
        line.action_hand_out()
        self.assertEqual(line.state, "waiting")
        self.assertEqual(line.done_quantity, 5)
        self.assertTrue(ticket.is_waiting_for_stock)
        self.assertIn(
            ticket,
            self.env["itsm.ticket"]
            .with_user(self.technician)
            .search([("is_waiting_for_stock", "=", True)]),
        )
        backorder = line.sudo().picking_id
        self.assertTrue(backorder.backorder_id)
        self.assertEqual(backorder.origin, ticket.name)
        self.assertEqual(backorder.itsm_user_id, self.technician)
        line.action_hand_out()
        self.assertEqual(line.state, "waiting")
        # The warehouse validates the rest after it arrived.
        keeper = new_test_user(
            self.env, "keeper", "base.group_user,stock.group_stock_user"
        )
        self._stock(self.mouse, 10)
        mine = backorder.with_user(keeper)
        mine.action_assign()
        mine.button_validate()
        self.assertEqual(line.state, "done")
        self.assertEqual(line.done_quantity, 8)
        self.assertEqual(line.cost, 100)
        self.assertEqual(self._on_shelf(self.mouse), 7)

    def test_nothing_in_stock_then_dropped(self):
        ticket = self._work()
        line = self._ask_for(ticket, self.toner, 9, lot_id=self.lot.id)
        line.action_hand_out()
        self.assertEqual((line.state, line.done_quantity), ("waiting", 2))
        line.action_drop()
        self.assertEqual((line.state, line.done_quantity), ("done", 2))
        self._stock(self.badge, -1, self.serial)
        badge = self._ask_for(ticket, self.badge, lot_id=self.serial.id)
        badge.action_hand_out()
        self.assertEqual((badge.state, badge.done_quantity), ("waiting", 0))
        ticket.action_cancel("Not needed")
        self.assertEqual(badge.state, "cancelled")

    def test_taken_back(self):
        ticket = self._work()
        line = self._ask_for(ticket, self.mouse, 3)
        toner = self._ask_for(ticket, self.toner, 2, lot_id=self.lot.id)
        (line | toner).action_hand_out()
        for wrong in (0, -1, 4, "x", [1]):
            with self.assertRaises(UserError):
                line.action_return(wrong)
        line.action_return(1)
        self.assertRecordValues(
            line,
            [{"state": "done", "returned_quantity": 1, "used_quantity": 2, "cost": 25}],
        )
        line.action_return()
        toner.action_return(1)
        toner.action_return(1)
        self.assertEqual((line | toner).mapped("state"), ["returned", "returned"])
        self.assertEqual((line | toner).mapped("cost"), [0, 0])
        self.assertEqual(self._on_shelf(self.mouse), 5)
        self.assertEqual(self._on_shelf(self.toner, self.lot), 2)
        with self.assertRaises(UserError):
            line.action_return()

    def test_waits_for_approval(self):
        ticket = self._file(service_id=self.approved_service.id)
        self.assertEqual(ticket.state, "waiting_approval")
        mine = ticket.with_user(self.technician)
        line = self._ask_for(mine, self.mouse)
        with self.assertRaises(UserError):
            line.action_hand_out()
        mine.action_take()
        with self.assertRaisesRegex(UserError, "approval"):
            line.action_hand_out()
        ticket.with_user(self.boss).action_approve()
        line.action_hand_out()
        self.assertEqual(line.state, "done")

    def test_not_solved_before(self):
        ticket = self._work()
        line = self._ask_for(ticket, self.mouse)
        self._fill_form(ticket)
        with self.assertRaisesRegex(UserError, "Consumables"):
            ticket.action_solve()
        line.action_hand_out()
        ticket.action_solve()
        self.assertEqual(ticket.state, "solved")
        with self.assertRaises(UserError):
            self._ask_for(ticket, self.mouse)
        # What is brought back later goes to stock.
        line.action_return()
        self.assertEqual(line.state, "returned")
        ticket.with_user(self.requester).action_sign_off(5)
        with self.assertRaises(UserError):
            self._ask_for(ticket, self.mouse)

    def test_several_tickets_at_once(self):
        first, second = self._work(), self._work()
        lines = self._ask_for(first, self.mouse)
        lines |= self._ask_for(first, self.toner, lot_id=self.lot.id)
        lines |= self._ask_for(second, self.mouse, 2)
        lines.action_hand_out()
        self.assertEqual(set(lines.mapped("state")), {"done"})
        pickings = lines.sudo().picking_id
        self.assertEqual(
            set(pickings.mapped("origin")), set((first | second).mapped("name"))
        )
        self.assertEqual(len(pickings), 2)

    def test_report(self):
        """By person and department, as quality reads it."""
        boss = self._work(user=self.boss)
        for ticket, count in ((self._work(), 2), (boss, 1)):
            self._ask_for(ticket, self.mouse, count).action_hand_out()
        self._ask_for(self._work(), self.mouse)
        lines = self.env["itsm.consumable.line"].with_user(self.quality)
        given = [("done_quantity", ">", 0), ("department_id", "=", self.department.id)]
        self.assertEqual(
            lines._read_group(given, ["department_id"], ["used_quantity:sum"]),
            [(self.department, 3)],
        )
        self.assertEqual(
            dict(lines._read_group(given, ["partner_id"], ["cost:sum"])),
            {self.requester.partner_id: 25, self.boss.partner_id: 12.5},
        )

    def test_stock_of_the_warehouse(self):
        """A team that names no location takes from the first warehouse."""
        self.team.location_id = False
        quants = self.env["stock.quant"]
        place = self.warehouse.lot_stock_id
        quants._update_available_quantity(self.mouse, place, 1)
        line = self._ask_for(self._work(), self.mouse)
        self.assertEqual(line.available_quantity, 6)
        line.action_hand_out()
        self.assertEqual(line.sudo().move_ids.location_id, place)

    def test_not_merged_while_waiting(self):
        ticket, other = self._work(), self._work()
        line = self._ask_for(ticket, self.mouse, 9)
        line.action_hand_out()
        with self.assertRaisesRegex(UserError, "stock"):
            ticket.action_merge(other.id)
        line.action_drop()
        ticket.action_merge(other.id)
        self.assertEqual(ticket.merged_into_id, other)
        # What was given out stays with the ticket that it was given out with.
        self.assertEqual((line.state, line.done_quantity), ("done", 5))

    def test_copy_owns_nothing(self):
        ticket = self._work()
        self._ask_for(ticket, self.mouse).action_hand_out()
        copied = ticket.copy()
        self.assertFalse(copied.consumable_line_ids)


@tagged("post_install", "-at_install")
class TestConsumableAttacks(StockCommon):
    """Technicians move nothing but what lines of their tickets say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._work()
        cls.line = cls._ask_for(cls.ticket, cls.mouse, 2)

    def test_no_other_way_to_the_stock(self):
        self.line.action_hand_out()
        env = self.env(user=self.technician)
        picking = self.line.sudo().picking_id
        # Core lets everybody write details of moves, and its code refuses then.
        detail = picking.move_ids.move_line_ids.with_env(env)
        for act in (
            lambda: call_kw(detail, "write", [detail.ids, {"quantity": 9}], {}),
            lambda: call_kw(detail, "unlink", [detail.ids], {}),
            lambda: call_kw(
                detail.browse(),
                "create",
                [
                    {
                        "product_id": self.mouse.id,
                        "quantity": 1,
                        "picking_id": picking.id,
                        "location_id": self.shelf.id,
                        "location_dest_id": picking.location_dest_id.id,
                    }
                ],
                {},
            ),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()
                self.env.flush_all()
        self.assertEqual(self._on_shelf(self.mouse), 3)
        for record in (picking, picking.move_ids):
            mine = record.with_env(env)
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(mine.has_access(operation), record)
            with self.assertRaises(AccessError):
                call_kw(mine, "write", [mine.ids, {"origin": "x"}], {})
        for name in ("stock.quant", "stock.scrap", "stock.return.picking"):
            self.assertFalse(env[name].has_access("create"))
        with self.assertRaises(AccessError):
            picking.with_env(env).button_validate()
        lot = self.lot.with_env(env)
        self.assertTrue(lot.has_access("read"))
        with self.assertRaises(AccessError):
            lot.name = "Mine"

    def test_what_was_moved_is_not_written(self):
        forged = {
            "state": "done",
            "done_quantity": 9,
            "returned_quantity": 1,
            "used_quantity": 1,
            "cost": 0,
            "user_id": self.colleague.id,
            "picking_id": False,
            "done_at": "2026-01-01 00:00:00",
            "ticket_id": self._work().id,
            "company_id": self.company.id,
            "move_ids": [Command.clear()],
            "partner_id": self.stranger.partner_id.id,
        }
        for user in (self.technician, self.lead, self.manager):
            mine = self.line.with_user(user)
            for name, value in forged.items():
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        call_kw(mine, "write", [mine.ids, {name: value}], {})
                    if name in ("ticket_id", "company_id"):
                        continue
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        self._ask_for(
                            self.ticket.with_user(user), self.mouse, **{name: value}
                        )
        created = self._ask_for(
            self.ticket.with_context(
                default_user_id=self.colleague.id, default_cost=3, default_state="done"
            ),
            self.mouse,
        )
        self.assertEqual((created.state, created.cost), ("draft", 0))
        self.assertFalse(created.user_id)
        self.line.action_hand_out()
        for values in ({"quantity": 1}, {"product_id": self.toner.id}, {"note": "x"}):
            with self.assertRaises(AccessError):
                self.line.write(values)
        with self.assertRaises(AccessError):
            self.line.unlink()

    def test_moves_are_not_made_to_count(self):
        """Nor by those who keep the stock: the line of a move is not entered."""
        self.line.action_hand_out()
        keeper = new_test_user(
            self.env, "keeper", "base.group_user,stock.group_stock_manager"
        )
        move = self.line.sudo().move_ids.with_user(keeper)
        with self.assertRaises(AccessError):
            move.write({"itsm_line_id": False})
        with self.assertRaises(AccessError):
            move.write({"itsm_unit_cost": 0})
        values = {
            "product_id": self.mouse.id,
            "product_uom_qty": 1,
            "location_id": self.shelf.id,
            "location_dest_id": self.company.itsm_consumption_location_id.id,
        }
        with self.assertRaises(AccessError), self.cr.savepoint():
            move.create({**values, "itsm_line_id": self.line.id})
        made = move.with_context(default_itsm_line_id=self.line.id).create(values)
        self.assertFalse(made.itsm_line_id)
        self.assertFalse(move.copy().itsm_line_id)
        self.assertEqual(self.line.done_quantity, 2)

    def test_others(self):
        """Of the team, of another team, another company, and of no desk at all."""
        colleague = self.line.with_user(self.colleague)
        self.assertEqual(colleague.quantity, 2)
        for act in (
            lambda: colleague.write({"quantity": 1}),
            lambda: colleague.unlink(),
            lambda: self._ask_for(self.ticket.with_user(self.colleague), self.mouse),
            lambda: colleague.action_hand_out(),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()
        far = self.env["res.company"].create({"name": "Far"})
        foreign = self._new_user(
            "foreign",
            "group_itsm_manager",
            company_id=far.id,
            company_ids=[Command.set(far.ids)],
        )
        for user in (
            self.specialist,
            self.outsider,
            foreign,
            self.requester,
            self.stranger,
            self.portal,
        ):
            mine = self.line.with_user(user)
            for act in (
                lambda mine=mine: mine.read(["quantity"]),
                lambda mine=mine: mine.write({"quantity": 1}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.action_hand_out(),
                lambda mine=mine: mine.action_return(),
                lambda mine=mine: mine.action_drop(),
                lambda user=user: self._ask_for(
                    self.ticket.with_user(user), self.mouse
                ),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    with self.cr.savepoint():
                        act()
        with self.assertRaises(AccessError):
            self.line.with_user(self.quality).action_hand_out()
        self.assertEqual(self.line.state, "draft")

    def test_other_company(self):
        far = self.env["res.company"].create({"name": "Far"})
        foreign = self.env["product.product"].create(
            {"name": "Foreign", "type": "consu", "company_id": far.id}
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ask_for(self.ticket, foreign)
        place = self.env["stock.location"].create(
            {"name": "Foreign", "usage": "internal", "company_id": far.id}
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            self.team.location_id = place
        service = self.env["product.product"].create(
            {"name": "Advice", "type": "service"}
        )
        with self.assertRaises(UserError), self.cr.savepoint():
            self._ask_for(self.ticket, service)
