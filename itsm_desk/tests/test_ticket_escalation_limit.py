from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestEscalationLimit(DeskCommon):
    """Who is called where nobody takes over, and who declines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar.tz = "UTC"
        cls.second_team.leader_id = cls.lead
        cls.second_team.accept_hours = 2

    def setUp(self):
        super().setUp()
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    def _escalate(self, **values):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_escalate("l2", "Beyond me", team_id=self.second_team.id, **values)
        return ticket.sudo()

    def _called(self, ticket):
        kind = "itsm_desk.mail_activity_type_escalation"
        return ticket.activity_search([kind]).user_id

    def test_who_is_called_next(self):
        # Monday; the desk works from 8 to 12 and from 13 to 17.
        with freeze_time("2026-03-02 10:00:00") as clock:
            ticket = self._escalate(user_id=self.specialist.id)
            call = ticket.escalation_ids
            self.assertEqual(str(call.accept_until), "2026-03-02 12:00:00")
            clock.move_to("2026-03-02 11:59:00")
            self.env["itsm.escalation"]._cron_call_on()
            self.assertEqual(self._called(ticket), self.specialist)
            clock.move_to("2026-03-02 12:00:00")
            self.env["itsm.escalation"]._cron_call_on()
            self.assertEqual(self._called(ticket), self.specialist | self.lead)
            self.assertEqual(str(call.accept_until), "2026-03-02 15:00:00")
            clock.move_to("2026-03-02 16:00:00")
            self.env["itsm.escalation"]._cron_call_on()
            self.env["itsm.escalation"]._cron_call_on()
            self.assertIn(self.manager, self._called(ticket))
            self.assertFalse(call.accept_until)
            # Whoever leads and is called may take over now.
            call.with_user(self.lead).action_accept()
        self.assertEqual(ticket.user_id, self.lead)
        self.assertEqual(call.state, "accepted")
        self.assertFalse(self._called(ticket))
        with self.assertRaisesRegex(UserError, "Accepted"):
            call.with_user(self.specialist).action_accept()

    def test_no_limit(self):
        self.second_team.accept_hours = 0
        ticket = self._escalate()
        self.assertFalse(ticket.escalation_ids.accept_until)
        with freeze_time("2099-01-01"):
            self.env["itsm.escalation"]._cron_call_on()
        self.assertEqual(ticket.escalation_ids.called, "team")

    def test_declined(self):
        ticket = self._escalate(user_id=self.specialist.id)
        call = ticket.escalation_ids
        for user in (self.technician, self.colleague, self.requester, self.outsider):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                ticket.with_user(user).sudo(False).action_decline("Not mine")
        theirs = ticket.with_user(self.specialist).sudo(False)
        self.assertTrue(theirs.can_decline)
        with self.assertRaises(UserError):
            theirs.action_decline(" ")
        theirs.action_decline("It is the network, ask the vendor")
        self.assertEqual(
            (call.state, call.declined_by_id, ticket.team_id, ticket.user_id),
            ("declined", self.specialist, self.team, self.technician),
        )
        self.assertEqual(ticket.support_level, "l1")
        told = ticket.activity_search(["itsm_desk.mail_activity_type_declined"])
        self.assertEqual(told.user_id, self.technician)
        self.assertIn("ask the vendor", told.note)
        self.assertFalse(self._called(ticket))
        # Whoever declined has no part in it any more.
        self.assertFalse(
            ticket.with_user(self.specialist).sudo(False).has_access("read")
        )
        with self.assertRaises(UserError):
            ticket.with_user(self.lead).sudo(False).action_decline("Too late")
        self.assertIn("declined", ticket.event_ids.mapped("kind"))

    def test_anybody_of_the_team_declines(self):
        ticket = self._escalate()
        ticket.with_user(self.specialist).sudo(False).action_decline("Wrong team")
        self.assertEqual(ticket.escalation_ids.state, "declined")
