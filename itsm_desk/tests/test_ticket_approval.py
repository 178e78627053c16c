from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketApproval(DeskCommon):
    """The requester's manager lets a request through, or not."""

    def _ask(self, **values):
        return self._file(service_id=self.approved_service.id, **values)

    def test_request_waits_for_the_manager(self):
        ticket = self._ask()
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "waiting_approval",
                    "ticket_type": "request",
                    "imac_kind": "install",
                    "approver_id": self.boss.id,
                }
            ],
        )
        self.assertTrue(ticket.name.startswith("REQ"))
        self.assertEqual(ticket.sudo().activity_ids.user_id, self.boss)
        ticket.with_user(self.boss).action_approve()
        self.assertRecordValues(
            ticket.sudo(),
            [{"state": "new", "approved_by_id": self.boss.id, "activity_ids": []}],
        )
        self.assertTrue(ticket.sudo().approved_at)
        self._solve(ticket)

    def test_refusal(self):
        ticket = self._ask()
        with self.assertRaises(UserError):
            ticket.with_user(self.boss).action_refuse("")
        ticket.with_user(self.boss).action_refuse("No budget.")
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "refused",
                    "stop_reason": "No budget.",
                    "approved_by_id": False,
                    "activity_ids": [],
                }
            ],
        )
        message = ticket.sudo().message_ids.filtered(lambda m: "No budget" in m.body)
        self.assertIn(self.requester.partner_id, message.notified_partner_ids)

    def test_who_cannot_decide(self):
        ticket = self._ask()
        for user in (
            self.requester,
            self.technician,
            self.lead,
            self.manager,
            self.stranger,
            self.env.ref("base.user_root"),
            self.env.ref("base.user_admin"),
        ):
            for record in (ticket.with_user(user), ticket.with_user(user).sudo()):
                with self.subTest(user=user.login, su=record.env.su):
                    with self.assertRaises(UserError):
                        record.action_approve()
                    with self.assertRaises(UserError):
                        record.action_refuse("no")
                    with self.assertRaises(UserError):
                        record.write({"state": "new"})
        self.assertEqual(ticket.state, "waiting_approval")

    def test_no_manager_on_record(self):
        self.requester_employee.write({"parent_id": False, "department_id": False})
        ticket = self._ask()
        self.assertFalse(ticket.sudo().approver_id)
        self.assertIn(self.manager, ticket.sudo().activity_ids.user_id)
        with self.assertRaises(UserError):
            ticket.with_user(self.lead).action_approve()
        ticket.with_user(self.manager).action_approve()
        self.assertEqual(ticket.sudo().approved_by_id, self.manager)

    def test_managers_do_not_approve_for_themselves(self):
        employee = self._new_employee(self.manager, department_id=False)
        ticket = self._file(
            self.manager,
            service_id=self.approved_service.id,
            partner_id=self.manager.partner_id.id,
            channel="portal",
        )
        self.assertNotIn(self.manager, ticket.activity_ids.user_id)
        with self.assertRaises(UserError):
            ticket.action_approve()
        # Head of himself: the department's manager is left.
        employee.parent_id = employee
        other = self._file(
            self.manager,
            service_id=self.approved_service.id,
            partner_id=self.manager.partner_id.id,
            channel="portal",
        )
        self.assertFalse(other.approver_id)

    def test_whoever_registers_does_not_approve(self):
        self.boss.group_ids += self.env.ref("itsm_desk.group_itsm_technician")
        ticket = self._file(
            self.boss,
            service_id=self.approved_service.id,
            partner_id=self.requester.partner_id.id,
            channel="phone",
        )
        self.assertEqual(ticket.state, "waiting_approval")
        self.assertNotEqual(ticket.approver_id, self.boss)
        with self.assertRaises(UserError):
            ticket.action_approve()

    def test_nothing_is_worked_on_before(self):
        ticket = self._ask()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        self.assertEqual(mine.state, "waiting_approval")
        for step in (mine.action_start, mine.action_solve):
            with self.assertRaises(UserError):
                step()
        with self.assertRaises(UserError):
            mine.action_pend(self.reason_parts.id)
        ticket.with_user(self.boss).action_approve()
        self.assertEqual(mine.state, "assigned")

    def test_what_is_approved_stays(self):
        ticket = self._ask()
        mine = ticket.with_user(self.technician)
        changes = (
            {"subject": "Two laptops"},
            {"description": "Two"},
            {"service_id": self.service.id},
            {"ticket_type": "incident"},
            {"partner_id": self.portal.partner_id.id},
        )
        for vals in changes:
            with self.assertRaisesRegex(UserError, "not changed any more"):
                mine.write(vals)
        ticket.with_user(self.boss).action_approve()
        for vals in changes:
            with self.assertRaisesRegex(UserError, "not changed any more"):
                mine.write(vals)
        with self.assertRaises(AccessError):
            mine.write({"approver_id": self.technician.id})

    def test_service_chosen_later_asks_too(self):
        ticket = self._file(service_id=False)
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.service_id = self.approved_service
        self.assertEqual(mine.state, "waiting_approval")
        late = self._file(service_id=False).with_user(self.technician)
        late.action_take()
        late.action_start()
        with self.assertRaisesRegex(UserError, "the work has begun"):
            late.service_id = self.approved_service

    def _deputize(self):
        """Give the boss a deputy, and the department a head."""
        deputy, head = (self._new_user(login) for login in ("deputy", "head"))
        people = {
            user: self._new_employee(user, department_id=False)
            for user in (deputy, head)
        }
        self.boss_employee.itsm_deputy_id = people[deputy]
        self.department.manager_id = people[head]
        return deputy, head

    def test_next_after_the_time_limit(self):
        """The manager, the deputy, the head of the department, the desk's managers."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        deputy, head = self._deputize()
        self.company.itsm_approval_days = 1
        with freeze_time("2026-03-02 09:00:00") as clock:
            ticket = self._ask()
            self.assertEqual(ticket.sudo().approver_id, self.boss)
            self.assertTrue(ticket.sudo().approve_until)
            for user in (deputy, head, self.manager):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    ticket.with_user(user).action_approve()
            # Each has until the end of the following working day.
            for day, asked in (
                ("03", self.boss),
                ("04", deputy),
                ("05", deputy),
                ("06", head),
                ("09", head),
            ):
                clock.move_to(f"2026-03-{day} 09:00:00")
                self.env["itsm.ticket"]._cron_pass_approvals()
                self.assertEqual(ticket.sudo().approver_id, asked)
                activity = "itsm_desk.mail_activity_type_approval"
                found = ticket.sudo().activity_search([activity])
                self.assertEqual(found.user_id, asked)
            with self.assertRaises(UserError):
                ticket.with_user(self.boss).action_approve()
            self.assertEqual(ticket.with_user(head).subject, "No mail")
            clock.move_to("2026-03-10 09:00:00")
            self.env["itsm.ticket"]._cron_pass_approvals()
            self.assertFalse(ticket.sudo().approver_id)
            self.assertFalse(ticket.sudo().approve_until)
            self.env["itsm.ticket"]._cron_pass_approvals()
            ticket.with_user(self.manager).action_approve()
        self.assertEqual(ticket.sudo().approved_by_id, self.manager)

    def _go_on_leave(self, date_from, date_to):
        """Let the manager be away."""
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Away",
                "resource_id": self.boss_employee.resource_id.id,
                "calendar_id": self.boss_employee.resource_calendar_id.id,
                "date_from": f"{date_from} 00:00:00",
                "date_to": f"{date_to} 00:00:00",
                "time_type": "leave",
            }
        )

    def test_leave_after_being_asked_skips_nobody(self):
        """The order changes with the leave; each is asked once nevertheless."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        deputy, head = self._deputize()
        self.company.itsm_approval_days = 1
        with freeze_time("2026-03-02 09:00:00") as clock:
            ticket = self._ask()
            self.assertEqual(ticket.sudo().approver_id, self.boss)
            self._go_on_leave("2026-03-03", "2026-03-05")
            people = []
            for day in ("04", "06", "10"):
                clock.move_to(f"2026-03-{day} 09:00:00")
                self.env["itsm.ticket"]._cron_pass_approvals()
                people.append(ticket.sudo().approver_id)
            self.assertEqual(people, [deputy, head, self.env["res.users"]])
            for attack in (
                lambda: ticket.with_user(self.technician).write(
                    {"asked_user_ids": [Command.clear()]}
                ),
                lambda: self._ask(asked_user_ids=[Command.set(deputy.ids)]),
            ):
                with self.assertRaises(AccessError):
                    attack()
            # Asked anew, the manager is the first one again.
            again = self._ask().sudo()
        self.assertEqual(again.asked_user_ids, self.boss)

    def test_deputy_while_on_leave(self):
        deputy, _head = self._deputize()
        self._go_on_leave("2026-03-01", "2026-03-10")
        with freeze_time("2026-03-02 09:00:00"):
            ticket = self._ask()
            self.assertEqual(ticket.sudo().approver_id, deputy)
            ticket.with_user(deputy).action_approve()
        self.assertEqual(ticket.sudo().approved_by_id, deputy)

    def test_no_limit(self):
        self.company.itsm_approval_days = 0
        ticket = self._ask()
        self.assertFalse(ticket.sudo().approve_until)
        with self.assertRaises(AccessError):
            ticket.with_user(self.technician).write({"approve_until": "2026-03-02"})
        # Whoever asks is no deputy of his manager for himself.
        self.boss_employee.itsm_deputy_id = self.requester_employee
        chains = ticket.sudo()._get_approver_chains()
        self.assertNotIn(self.requester, chains[ticket.id])
