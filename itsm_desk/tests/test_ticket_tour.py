from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketTour(DeskCommon, HttpCase):
    """A requester in a real browser: files a ticket, later signs it off."""

    def test_from_filing_to_rating(self):
        self.service.request_hint = "Say since when"
        self.service.request_form_id = self.env["itsm.form"].create(
            {
                "name": "Mailbox",
                "question_ids": [
                    Command.create(
                        {"name": "Which mailbox?", "kind": "text", "need": "required"}
                    )
                ],
            }
        )
        self.start_tour(
            "/my/service-tickets", "itsm_desk_portal_file", login=self.portal.login
        )
        ticket = self.env["itsm.ticket"].search(
            [("partner_id", "=", self.portal.partner_id.id)]
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "subject": "The mailbox is full",
                    "service_id": self.service.id,
                    "channel": "portal",
                    "state": "new",
                }
            ],
        )
        answer = ticket.request_answer_ids
        self.assertEqual(answer.question_id.name, "Which mailbox?")
        self.assertEqual(answer._get_text(), "sales@example.com")
        self.assertEqual(ticket.urgency, "3")
        self._solve(ticket)
        self.start_tour(
            "/my/service-tickets", "itsm_desk_portal_sign_off", login=self.portal.login
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "closed",
                    "sign_off_method": "portal",
                    "rating_value": 5,
                    "rating_comment": "Quick and friendly.",
                }
            ],
        )
        self.assertTrue(ticket.signature)
