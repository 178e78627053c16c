import psycopg2

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketAccess(DeskCommon):
    """What each role reads and writes, and in which company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._file()
        cls.portal_ticket = cls._file_portal()
        cls.second_ticket = cls._file_portal(
            team_id=cls.second_team.id, service_id=False
        )
        cls.second_service = cls.env["itsm.service"].create(
            {
                "name": "Server",
                "category_id": cls.category.id,
                "team_id": cls.second_team.id,
            }
        )
        cls.far_ticket = cls._file_portal(
            cls.other_portal, service_id=cls.second_service.id
        )

    def _readable(self, user):
        tickets = self.ticket | self.portal_ticket | self.far_ticket
        return (
            self.env["itsm.ticket"].with_user(user).search([("id", "in", tickets.ids)])
        )

    def test_who_reads_what(self):
        expected = {
            self.requester: self.ticket,
            self.stranger: self.ticket.browse(),
            self.boss: self.ticket.browse(),
            self.quality: self.ticket | self.portal_ticket | self.far_ticket,
            self.technician: self.ticket | self.portal_ticket,
            self.specialist: self.far_ticket,
            self.outsider: self.ticket.browse(),
            self.lead: self.ticket | self.portal_ticket,
            self.manager: self.ticket | self.portal_ticket | self.far_ticket,
            self.portal: self.portal_ticket,
            self.other_portal: self.far_ticket,
        }
        for user, tickets in expected.items():
            with self.subTest(user=user.login):
                self.assertEqual(set(self._readable(user)), set(tickets))

    def test_who_writes(self):
        for user in (self.requester, self.stranger, self.quality, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.ticket.with_user(user).write({"subject": "x"})
        for user in (self.outsider, self.specialist):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.ticket.with_user(user).write({"subject": "x"})
        for user in (self.technician, self.lead, self.manager):
            self.ticket.with_user(user).write({"subject": user.name})
            self.assertEqual(self.ticket.subject, user.name)

    def test_nobody_deletes_but_managers_new_ones(self):
        for user in (self.requester, self.technician, self.lead, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.ticket.with_user(user).unlink()
        self._file().with_user(self.manager).unlink()

    def test_requesters_file_for_themselves(self):
        with self.assertRaises(AccessError):
            self._file(partner_id=self.stranger.partner_id.id)
        with self.assertRaises(AccessError):
            self._file(self.portal)
        for vals in (
            {"channel": "phone"},
            {"team_id": self.second_team.id},
            {"cause": "x"},
            {"minutes_spent": 5},
            {"collaborator_ids": [Command.link(self.stranger.id)]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._file(**vals)

    def test_collaborators_read_across_teams(self):
        self.ticket.with_user(self.technician).action_take()
        self.ticket.with_user(self.technician).collaborator_ids = [
            Command.link(self.outsider.id)
        ]
        self.assertEqual(self._readable(self.outsider), self.ticket)
        self.ticket.with_user(self.outsider).action_start()

    def test_approver_reads_what_he_decides(self):
        ticket = self._file(service_id=self.approved_service.id)
        self.assertTrue(ticket.with_user(self.boss).has_access("read"))
        self.assertFalse(ticket.with_user(self.boss).has_access("write"))

    def test_verbs_of_strangers(self):
        """Not even the existence of a foreign ticket is answered."""
        ticket = self.portal_ticket
        calls = (
            lambda rec: rec.action_take(),
            lambda rec: rec.action_log_call("x"),
            lambda rec: rec.action_approve(),
            lambda rec: rec.action_refuse("x"),
            lambda rec: rec.action_start(),
            lambda rec: rec.action_pend(self.reason_parts.id),
            lambda rec: rec.action_resume(),
            lambda rec: rec.action_escalate("l2", "x"),
            lambda rec: rec.action_solve(),
            lambda rec: rec.action_sign_off(5),
            lambda rec: rec.action_refuse_solution("x"),
            lambda rec: rec.action_reopen("x"),
            lambda rec: rec.action_cancel("x"),
            lambda rec: rec.action_send_sign_off_code(),
            lambda rec: rec.action_sign_off_at_desk("x", 5),
        )
        for user in (self.stranger, self.other_portal, self.outsider):
            for number, call in enumerate(calls):
                with self.subTest(user=user.login, verb=number):
                    with self.assertRaises(AccessError):
                        call(ticket.with_user(user))
        # Who may read but has no part in it is refused as well.
        for number, call in enumerate(calls):
            if number in (0, 1, 12):
                continue
            with self.subTest(verb=number), self.assertRaises(UserError):
                call(ticket.with_user(self.colleague))

    def _new_customer(self, name):
        """Return two portal users of a customer, who asked for nothing yet."""
        company = self.env["res.partner"].create({"name": name, "is_company": True})
        users = self.env["res.users"]
        for number in (1, 2):
            user = new_test_user(
                self.env, f"{name}_{number}", groups="base.group_portal"
            )
            user.partner_id.parent_id = company
            users |= user
        return users

    def _reads(self, ticket, user):
        """Whether a portal user reads a ticket by RPC and finds it in the list."""
        self.env.flush_all()
        found = self.env["itsm.ticket"].with_user(user).search([])
        can_read = ticket.with_user(user).has_access("read")
        self.assertEqual(can_read, ticket in found)
        return can_read

    def test_sharing_within_a_customer(self):
        first, second = self._new_customer("ltd")
        ticket = self._file_portal(second, service_id=self.second_service.id)
        self.assertFalse(self._reads(ticket, first))
        self.company.itsm_portal_share = True
        self.assertTrue(self._reads(ticket, first))
        self.assertFalse(self._reads(ticket, self.portal))
        self._solve(ticket, self.specialist)
        with self.assertRaises(UserError):
            ticket.with_user(first).action_sign_off(5, signature="x")

    def test_moved_contacts_take_nothing_along(self):
        """Who shares a ticket is fixed when it is filed, whoever moves contacts."""
        self.company.itsm_portal_share = True
        mine, colleague = self._new_customer("ltd")
        spy, spy_colleague = self._new_customer("spy")
        ticket = self._file_portal(mine)
        own = self._file_portal(spy)
        # The contact of another company becomes a colleague.
        spy.partner_id.parent_id = mine.partner_id.parent_id
        self.assertFalse(self._reads(ticket, spy))
        self.assertTrue(self._reads(own, spy))
        later = self._file_portal(mine)
        self.assertFalse(self._reads(later, spy), "asked for another company before")
        self.assertTrue(self._reads(later, colleague))
        # The requester becomes a contact of another company.
        mine.partner_id.parent_id = spy_colleague.partner_id.parent_id
        self.assertFalse(self._reads(ticket, spy_colleague))
        self.assertTrue(self._reads(ticket, mine))
        # Who has left reads no longer what colleagues asked.
        colleague.partner_id.parent_id = spy_colleague.partner_id.parent_id
        self.assertFalse(self._reads(ticket, colleague))

    def test_configuration(self):
        for model, vals in (
            ("itsm.service", {"name": "x", "category_id": self.category.id}),
            ("itsm.category", {"name": "x"}),
            ("itsm.team", {"name": "x"}),
            ("itsm.pending.reason", {"name": "x"}),
            ("itsm.resolution.code", {"name": "x"}),
        ):
            for user in (self.requester, self.technician, self.lead):
                with self.subTest(model=model, user=user.login):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).create(vals)
            self.env[model].with_user(self.manager).create(vals)
            self.assertTrue(
                self.env[model].with_user(self.requester).has_access("read")
            )

    def test_catalogue_of_the_portal(self):
        self.service.is_portal = False
        seen = self.env["itsm.service"].with_user(self.portal).search([])
        self.assertNotIn(self.service, seen)
        self.assertIn(self.approved_service, seen)

    def test_category_tree(self):
        parent = self.env["itsm.category"].create({"name": "Parent"})
        child = self.env["itsm.category"].create(
            {"name": "Child", "parent_id": parent.id}
        )
        self.assertEqual(child.complete_name, "Parent / Child")
        with self.assertRaises(UserError):
            parent.parent_id = child

    def test_matrix_has_one_cell_each(self):
        cell = self.env["itsm.priority.matrix"].search([], limit=1)
        self.assertIn("x", cell.display_name)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.cr.savepoint(),
        ):
            cell.copy()

    def test_equipment(self):
        equipment = self.env["maintenance.equipment"].create(
            {"name": "Laptop", "company_id": self.company.id}
        )
        mine = self.ticket.with_user(self.technician)
        mine.equipment_ids = [Command.link(equipment.id)]
        self.assertEqual(equipment.with_user(self.technician).itsm_ticket_count, 1)
        action = equipment.with_user(self.technician).action_view_itsm_tickets()
        self.assertEqual(
            self.env["itsm.ticket"].search(action["domain"]), self.ticket.sudo()
        )
        partner = self.requester.partner_id.with_user(self.technician)
        self.assertEqual(partner.itsm_ticket_count, 1)
        self.assertFalse(equipment.with_user(self.stranger).has_access("read"))

    # ------------------------------------------------------------
    # COMPANIES
    # ------------------------------------------------------------

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = new_test_user(
            self.env,
            login="foreign_manager",
            groups="itsm_desk.group_itsm_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.env["itsm.ticket"].with_user(foreign).search([]))
        self.assertFalse(self.env["itsm.team"].with_user(foreign).search([]))
        for call in (
            lambda rec: rec.action_take(),
            lambda rec: rec.action_cancel("x"),
            lambda rec: rec.read(["subject"]),
        ):
            with self.assertRaises(AccessError):
                call(self.ticket.with_user(foreign))
        # Shared categories serve both; services and teams stay at home.
        self.assertTrue(self.env["itsm.category"].with_user(foreign).search([]))
        with self.assertRaises(UserError):
            self.env["itsm.ticket"].with_user(foreign).sudo().create(
                {
                    "subject": "x",
                    "partner_id": self.requester.partner_id.id,
                    "company_id": other.id,
                    "service_id": self.service.id,
                }
            )
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "x",
                "partner_id": self.requester.partner_id.id,
                "company_id": other.id,
            }
        )
        self.assertFalse(ticket.team_id)
        self.assertFalse(ticket.department_id, "Departments are per company.")
        with self.assertRaises(UserError):
            ticket.company_id = self.company
        with self.assertRaises(AccessError):
            ticket.with_user(self.manager).read(["subject"])
