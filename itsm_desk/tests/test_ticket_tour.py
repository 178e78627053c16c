from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import DeskCommon
from .test_ticket_mail import MAIL
from .test_vendor_job import VendorCommon


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


@tagged("post_install", "-at_install")
class TestTechnicianTour(DeskCommon, MailCommon, HttpCase):
    """A technician in a real browser: from the mail of an employee to the solution."""

    def test_from_mail_to_solved(self):
        self.env.user.company_id.alias_domain_id = self.mail_alias_domain
        self.team.alias_domain_id = self.mail_alias_domain
        text = MAIL.format(
            sender=self.requester.email,
            to=f"first-line@{self.mail_alias_domain.name}",
            cc="",
            subject="The printer is on strike",
            message_id="tour@client.example.com",
            headers="",
            body="It says nothing and prints nothing.",
        )
        with (
            self.mock_mail_gateway(),
            mute_logger("odoo.addons.mail.models.mail_thread"),
        ):
            ticket_id = self.env["mail.thread"].message_process(None, text)
        ticket = self.env["itsm.ticket"].browse(ticket_id)
        self.assertFalse(ticket.user_id)
        self.start_tour(
            "/odoo/action-itsm_desk.itsm_ticket_action_queue",
            "itsm_desk_mail_to_solved",
            login=self.technician.login,
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "solved",
                    "user_id": self.technician.id,
                    "first_responder_id": self.technician.id,
                    "channel": "mail",
                    "minutes_spent": 25,
                    "resolution_code_id": self.code_fixed.id,
                }
            ],
        )
        self.assertTrue(ticket.first_response_at)


@tagged("post_install", "-at_install")
class TestVendorTour(VendorCommon, HttpCase):
    """A technician of a vendor on a phone: from the list to the desk again."""

    browser_size = "390x844"
    touch_enabled = True

    def test_job_on_a_phone(self):
        ticket = self._send(subject="The fuser squeaks")
        self.start_tour(
            "/my/vendor-jobs", "itsm_desk_vendor_job", login=self.person.login
        )
        job = ticket.sudo().vendor_job_ids
        self.assertEqual((job.outcome, job.report), ("done", "Fuser replaced"))
        self.assertEqual(ticket.sudo().cause, "Worn fuser")
        self.assertEqual(ticket.sudo().minutes_spent, 35)
        self.assertEqual(ticket.sudo().work_line_ids.user_id, self.person)
