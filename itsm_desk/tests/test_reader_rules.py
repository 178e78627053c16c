from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.reader.itsm_ticket_reader import sync_readers
from .common import DeskCommon

READ = ("itsm.sla.clock", "itsm.ticket.event", "itsm.work.line", "itsm.handling")


@tagged("post_install", "-at_install")
class TestReaderRules(DeskCommon):
    """Who reads a ticket is declared once, and follows from its people."""

    def _get_rows(self, ticket):
        rows = ticket.sudo().reader_ids
        return {(row.role, row.partner_id or row.team_id) for row in rows}

    def _reads(self, user, ticket):
        """Whether the user finds the ticket, and what hangs on it."""
        found = set()
        for model in (*READ, "itsm.escalation", "rating.rating", "itsm.ticket"):
            name = {"rating.rating": "itsm_ticket_id", "itsm.ticket": "id"}
            records = self.env[model].with_user(user)
            if records.has_access("read") and records.search_count(
                [(name.get(model, "ticket_id"), "=", ticket.id)]
            ):
                found.add(model)
        return found

    def test_readers_follow_the_people(self):
        ticket = self._file()
        requester, team = self.requester.partner_id, self.team
        first = {("requester", requester), ("team", team)}
        self.assertEqual(self._get_rows(ticket), first)
        mine = ticket.with_user(self.technician)
        mine.action_take()
        owner = ("owner", self.technician.partner_id)
        self.assertEqual(self._get_rows(ticket), {*first, owner})
        mine.collaborator_ids = self.outsider
        helper = ("collaborator", self.outsider.partner_id)
        self.assertEqual(self._get_rows(ticket), {*first, owner, helper})
        mine.collaborator_ids = False
        mine.action_start()
        mine.action_escalate("l2", "Needs the vendor", user_id=self.specialist.id)
        called = ("called", self.specialist.partner_id)
        second = ("team", self.second_team)
        self.assertEqual(
            self._get_rows(ticket),
            {("requester", requester), second, owner, called},
        )
        mine.action_escalate("l2", "To all of them")
        self.assertNotIn(called, self._get_rows(ticket))
        waiting = self._file(service_id=self.approved_service.id)
        self.assertIn(("approver", self.boss.partner_id), self._get_rows(waiting))

    def test_everything_of_a_ticket_has_the_same_readers(self):
        ticket = self._solve(self._file())
        ticket.with_user(self.requester).action_sign_off(4)
        whole = {*READ, "itsm.ticket", "rating.rating"}
        for user in (self.technician, self.colleague, self.lead, self.manager):
            with self.subTest(user=user.login):
                self.assertEqual(self._reads(user, ticket), whole)
        self.assertEqual(self._reads(self.quality, ticket), whole)
        for user in (self.outsider, self.specialist, self.stranger):
            with self.subTest(user=user.login):
                self.assertFalse(self._reads(user, ticket))
        own = {"itsm.ticket", "itsm.handling", "rating.rating"}
        self.assertEqual(self._reads(self.requester, ticket), own)

    def test_members_who_come_and_go(self):
        ticket = self._file()
        self.assertFalse(ticket.with_user(self.outsider).has_access("read"))
        self.team.with_user(self.manager).member_ids = [Command.link(self.outsider.id)]
        self.assertTrue(ticket.with_user(self.outsider).has_access("read"))
        self.team.with_user(self.manager).member_ids = [
            Command.unlink(self.outsider.id)
        ]
        self.assertFalse(ticket.with_user(self.outsider).has_access("read"))
        self.team.with_user(self.manager).leader_id = self.outsider
        self.assertTrue(ticket.with_user(self.outsider).has_access("read"))
        self.assertFalse(ticket.with_user(self.lead).has_access("read"))

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule")
    def test_nobody_writes_readers(self):
        ticket = self._file()
        row = ticket.sudo().reader_ids[:1]
        values = {
            "ticket_id": ticket.id,
            "role": "owner",
            "partner_id": self.stranger.partner_id.id,
        }
        for user in (self.manager, self.env.ref("base.user_admin"), self.env.user):
            readers = self.env["itsm.ticket.reader"].with_user(user).sudo()
            attacks = {
                "create": lambda readers=readers: readers.create(values),
                "write": lambda readers=readers: readers.browse(row.id).write(
                    {"partner_id": self.stranger.partner_id.id}
                ),
                "unlink": lambda readers=readers: readers.browse(row.id).unlink(),
            }
            for name, attack in attacks.items():
                with (
                    self.subTest(user=user.login, what=name),
                    self.assertRaises(AccessError),
                ):
                    attack()
        with self.assertRaises(AccessError):
            ticket.with_user(self.manager).write(
                {"reader_ids": [Command.create(dict(values, ticket_id=False))]}
            )
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO itsm_ticket_reader (ticket_id, role) VALUES (%s, 'owner')",
                [ticket.id],
            )

    def test_rows_are_what_a_whole_run_would_make(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        before = self._get_rows(ticket)
        self.env.cr.execute(
            "DELETE FROM itsm_ticket_reader WHERE ticket_id = %s", [ticket.id]
        )
        self.env.invalidate_all()
        sync_readers(ticket.sudo())
        self.env.invalidate_all()
        self.assertEqual(self._get_rows(ticket), before)

    def test_lists_begin_with_the_readers(self):
        """No list asks row by row who reads: the readers are one part of its query."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for model in ("itsm.ticket", "itsm.ticket.event", "itsm.sla.clock"):
            query = self.env[model].with_user(self.technician)._search([], limit=80)
            rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
            plan = "\n".join(line for (line,) in rows)
            with self.subTest(model=model):
                self.assertIn("itsm_ticket_reader", plan)
                self.assertNotIn("SubPlan", plan)
