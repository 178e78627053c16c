from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestProblem(DeskCommon):
    """The cause behind several tickets, from the first one until it is gone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._file(subject="Outlook loses the connection to the mailbox")
        cls.first.with_user(cls.technician).action_take()
        action = cls.first.with_user(cls.technician).action_create_problem()
        cls.problem = cls.env["itsm.problem"].browse(action["res_id"])

    def _know(self, problem=None):
        mine = (problem or self.problem).with_user(self.technician)
        mine.action_analyse()
        mine.write(
            {
                "root_cause": "The proxy closes idle connections.",
                "workaround": "Restart Outlook in cached mode.",
            }
        )
        mine.action_known_error()
        return mine

    def test_from_a_ticket(self):
        self.assertRecordValues(
            self.problem,
            [
                {
                    "subject": self.first.subject,
                    "service_id": self.service.id,
                    "user_id": self.technician.id,
                    "team_id": self.team.id,
                    "ticket_count": 1,
                }
            ],
        )
        mine = self.first.with_user(self.technician)
        self.assertEqual(mine.action_create_problem()["res_id"], self.problem.id)
        with self.assertRaises(AccessError):
            mine.write({"problem_id": False})
        other = self._file(subject="Another")
        with self.assertRaisesRegex(UserError, "nobody works on it yet"):
            other.with_user(self.colleague).action_link_problem(self.problem.id)
        with self.assertRaisesRegex(UserError, "you asked for it|technician"):
            self.first.with_user(self.requester).action_unlink_problem()

    def test_known_error_on_similar_tickets(self):
        similar = self._file(subject="No connection of Outlook since the update")
        foreign = self._file(subject="Outlook connection", service_id=False)
        different = self._file(subject="The chair squeaks")
        tickets = (similar | foreign | different).with_user(self.technician)
        self.assertFalse(tickets.known_error_ids, "nothing is known yet")
        self._know()
        tickets.invalidate_recordset()
        self.assertEqual(
            [ticket.known_error_ids.ids for ticket in tickets],
            [self.problem.ids, self.problem.ids, []],
        )
        mine = similar.with_user(self.technician)
        mine.action_take()
        self.problem.with_user(self.technician).with_context(
            itsm_ticket_id=similar.id
        ).action_link_to_ticket()
        self.assertEqual(self.problem.ticket_ids, self.first | similar)
        mine.invalidate_recordset()
        self.assertFalse(mine.known_error_ids)
        mine.action_unlink_problem()
        self.assertFalse(mine.problem_id)

    def test_steps_and_rights(self):
        mine = self.problem.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "root_cause|Root Cause.*Workaround"):
            mine.action_known_error()
        other = self.problem.with_user(self.colleague)
        self.assertTrue(other.has_access("read"))
        with self.assertRaisesRegex(AccessError, "Tech owns it"):
            other.root_cause = "I know better"
        with self.assertRaisesRegex(UserError, "Tech owns it"):
            other.action_analyse()
        self.problem.with_user(self.lead).root_cause = "The lead may"
        self._know()
        self.assertTrue(self.problem.known_at)
        with self.assertRaisesRegex(UserError, "Solution"):
            mine.action_close()
        for user in (self.requester, self.portal, self.stranger):
            self.assertFalse(self.problem.with_user(user).has_access("read"))
        with self.assertRaises(UserError):
            self.problem.with_user(self.manager).unlink()

    def test_closing_tells_the_requesters(self):
        with freeze_time("2026-01-05 09:00:00"):
            old = self._solve(self._file(self.stranger, subject="Outlook"))
            old.with_user(self.technician).action_link_problem(self.problem.id)
            old.with_user(self.stranger).action_sign_off(5)
        gone = self._file(subject="Outlook").with_user(self.technician)
        gone.action_take()
        gone.action_link_problem(self.problem.id)
        gone.action_cancel("Asked twice")
        before = {
            ticket: ticket.sudo().message_ids for ticket in (self.first, old, gone)
        }
        mine = self._know()
        mine.action_fix()
        mine.solution = "The proxy keeps connections for a day."
        with freeze_time("2026-06-05 09:00:00"):
            mine.action_close()
        told = [
            ticket
            for ticket, messages in before.items()
            if ticket.sudo().message_ids - messages
        ]
        self.assertEqual(told, [self.first])
        message = (self.first.sudo().message_ids - before[self.first])[0]
        self.assertIn("keeps connections for a day", message.body)
        self.assertIn(self.requester.partner_id, message.partner_ids)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            mine.workaround = "None"
        with self.assertRaisesRegex(UserError, "closed or of another company"):
            self.first.with_user(self.technician).action_link_problem(mine.id)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far_tech",
            "group_itsm_technician",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        self.assertFalse(self.problem.with_user(far).has_access("read"))
