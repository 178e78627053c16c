from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.itsm_desk.models.vendor.itsm_vendor_job import find_jobs, hand_back

from .race_cases import RaceCase


@tagged("post_install", "-at_install")
@mute_logger("odoo.sql_db", "odoo.service.model")
class TestDeskRace(RaceCase):
    """Two people, or one who clicks twice, at the same moment at the desk.

    It stands here because the connections of this room clean up behind them.
    """

    def setUp(self):
        super().setUp()
        with self._env() as env:
            users = env["res.users"]
            for login in ("desk_race_one", "desk_race_two"):
                users |= new_test_user(
                    env, login=login, groups="itsm_desk.group_itsm_technician"
                )
            self.one, self.two = users.ids
            vendor = env["res.partner"].create({"name": "Shop", "is_company": True})
            person = new_test_user(
                env,
                login="desk_race_vendor",
                groups="base.group_portal,itsm_desk.group_itsm_vendor",
            )
            person.partner_id.parent_id = vendor
            self.person, self.vendor = person.id, vendor.id
            team = env["itsm.team"].create(
                {"name": "Race", "member_ids": [Command.set(users.ids)]}
            )
            requester = env["res.partner"].create({"name": "Asks"})
            ticket = env["itsm.ticket"].create(
                {"subject": "Race", "partner_id": requester.id, "team_id": team.id}
            )
            self.ticket = ticket.id
            mine = ticket.with_user(self.one)
            mine.action_take()
            mine.collaborator_ids = [Command.link(self.two)]

    def test_given_out_once(self):
        with self._env() as env:
            product = env["product.product"].create(
                {"name": "Mouse", "type": "consu", "is_storable": True}
            )
            warehouse = env["stock.warehouse"].search(
                [("company_id", "=", env.company.id)], limit=1
            )
            place = warehouse.lot_stock_id
            env["stock.quant"]._update_available_quantity(product, place, 9)
            line = env["itsm.consumable.line"].with_user(self.one)
            line = line.create(
                {
                    "ticket_id": self.ticket,
                    "product_id": product.id,
                    "quantity": 2,
                }
            )

        def hand_out(env):
            return env["itsm.consumable.line"].browse(line.id).action_hand_out()

        outcomes = self._race((self.one, hand_out), (self.two, hand_out))
        self._assert_one(outcomes, UserError, "given out or cancelled already")
        with self._env() as env:
            found = env["itsm.consumable.line"].browse(line.id)
            self.assertEqual((found.state, found.done_quantity), ("done", 2))
            self.assertEqual(len(found.move_ids), 1)
            left = env["stock.quant"]._get_available_quantity(
                product.with_env(env), place.with_env(env)
            )
            self.assertEqual(left, 7)

    def test_slip_signed_once(self):
        with self._env() as env:
            receiver = env["hr.employee"].create({"name": "R", "user_id": self.two})
            thing = env["maintenance.equipment"].create({"name": "Laptop"})
            slips = env["itsm.equipment.handover"].with_user(self.one)
            slip = slips.create({"equipment_id": thing.id, "employee_id": receiver.id})

        def sign(env):
            slip_now = env["itsm.equipment.handover"].browse(slip.id)
            return slip_now.action_sign(signed_name="The Receiver")

        outcomes = self._race((self.two, sign), (self.two, sign))
        self._assert_one(outcomes, UserError, "already")
        with self._env() as env:
            history = env["itsm.equipment.history"].search(
                [("equipment_id", "=", thing.id)]
            )
            self.assertEqual(len(history), 1)

    def test_count_finished_once(self):
        with self._env() as env:
            env["maintenance.equipment"].create(
                {"name": "Screen", "serial_no": "RACE-1", "itsm_place": "Race"}
            )
            count = env["itsm.equipment.stocktake"].with_user(self.one)
            count = count.create({"name": "Race", "place": "Race"})
            count.action_start()

        def finish(env):
            return env["itsm.equipment.stocktake"].browse(count.id).action_finish()

        outcomes = self._race((self.one, finish), (self.two, finish))
        self._assert_one(outcomes, UserError, "already")
        with self._env() as env:
            tickets = env["itsm.ticket"].search([("subject", "like", "Stock-take")])
            self.assertEqual(len(tickets), 1)
            self.assertEqual(len(tickets.equipment_change_ids), 1)

    def test_scanned_while_it_is_finished(self):
        """What is found late is refused, and never both found and missing."""
        with self._env() as env:
            env["maintenance.equipment"].create(
                {"name": "Screen", "serial_no": "RACE-2", "itsm_place": "Race"}
            )
            count = env["itsm.equipment.stocktake"].with_user(self.one)
            count = count.create({"name": "Race", "place": "Race"})
            count.action_start()

        def finish(env):
            return env["itsm.equipment.stocktake"].browse(count.id).action_finish()

        def scan(env):
            count_now = env["itsm.equipment.stocktake"].browse(count.id)
            return count_now.action_scan(code="RACE-2")

        late, first = self._overtake((self.two, scan), (self.one, finish))
        self.assertFalse(first.error)
        self.assertRegex(str(late.error), "not being counted")
        with self._env() as env:
            done = env["itsm.equipment.stocktake"].browse(count.id)
            self.assertEqual(done.line_ids.mapped("result"), ["missing"])

    def test_back_from_the_vendor_once(self):
        """The vendor hands back while the owner takes back."""
        with self._env() as env:
            mine = env["itsm.ticket"].with_user(self.one).browse(self.ticket)
            mine.action_send_to_vendor(self.vendor, "Look")

        def give(env):
            [job] = find_jobs(env.user, [("ticket_id", "=", self.ticket)])
            return hand_back(job, "declined", "No part")

        def take(env):
            return env["itsm.ticket"].browse(self.ticket).action_take_back("Too slow")

        outcomes = self._race((self.person, give), (self.one, take))
        self._assert_one(outcomes, UserError, "not with you|no vendor has it")
        with self._env() as env:
            events = env["itsm.ticket.event"].search(
                [("ticket_id", "=", self.ticket), ("kind", "=", "vendor_back")]
            )
            self.assertEqual(len(events), 1)
