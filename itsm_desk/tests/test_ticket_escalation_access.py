from odoo.tests import tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestEscalationAccess(DeskCommon):
    """Why a ticket was handed on is read by whoever may read the ticket."""

    def test_readers_of_the_ticket_and_nobody_else(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        ticket.with_user(self.technician).action_escalate("l2", "A matter of licences")
        escalations = self.env["itsm.escalation"]
        domain = [("ticket_id", "=", ticket.id)]
        for user, count in (
            (self.specialist, 1),
            (self.manager, 1),
            (self.outsider, 0),
        ):
            with self.subTest(user=user.login):
                found = escalations.with_user(user).search(domain)
                self.assertEqual(len(found), count)
