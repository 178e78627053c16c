import re
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import hmac, mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ..models.base.grants import server_write
from ..models.mail.complaining import complain_by_link
from ..models.quality.complaint_links import (
    accept_by_link,
    get_answer_place,
    get_answer_token,
    get_answer_url,
    get_mailed_url,
    is_answer_token,
)
from ..models.ticket.ticket_links import (
    get_complain_url,
    get_page_link,
    get_sign_off_token,
    get_sign_off_url,
)
from .fake_browser import AxeCase
from .test_quality_complaint import ComplaintCommon

ENDED = "This link has expired"


@tagged("post_install", "-at_install")
class TestComplaintLinks(ComplaintCommon, MailCommon, AxeCase, HttpCase):
    """Whoever has no log-in complains by the links of our mails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest = cls.env["res.partner"].create(
            {"name": "Li Na", "email": "li.na@customer.example.org"}
        )

    def _file_guest(self):
        ticket = self._file(
            self.technician, partner_id=self.guest.id, channel="phone"
        ).sudo()
        with self.mock_mail_gateway():
            self._solve(ticket)
            self._send_queue()
        return ticket

    def _find(self, ticket):
        return self.env["itsm.complaint"].search([("ticket_id", "=", ticket.id)])

    def _find_link(self, part):
        """Return the path of the link in the mails that were sent to the guest."""
        bodies = [
            mail["body"] for mail in self._mails if "li.na@" in str(mail["email_to"])
        ]
        found = re.search(rf'href="[^"]*?(/my/[^"]*{part}[^"]*)"', "".join(bodies))
        self.assertTrue(found, f"No {part} in the mails")
        return found.group(1).replace("&amp;", "&")

    def _post(self, path, **values):
        return self.url_open(
            path, data={"csrf_token": Request.csrf_token(self), **values}
        )

    def test_from_the_mail_to_the_accepted_answer(self):
        ticket = self._file_guest()
        link = self._find_link("complain")
        stored = "".join(map(str, ticket.message_ids.mapped("body")))
        self.assertNotIn("complain?link", stored, "Whoever works on it reads it there.")
        self.authenticate(None, None)
        page = self.url_open(link)
        self.assertNotIn("link=", page.url, "The secret stays out of the address.")
        self.assertIn("Make a complaint", page.text)
        self.assertFalse(self._find(ticket), "A look files nothing.")
        path, _mark, secret = link.partition("?link=")
        page = self._post(path, link=secret, subject="Slow", description=" ")
        self.assertRegex(page.text, r'role="alert"[^<]*>To complain, fill in first')
        page = self._post(path, link=secret, subject="Slow", description="Two weeks")
        complaint = self._find(ticket)
        self.assertIn(complaint.name, page.text)
        self.assertRecordValues(
            complaint,
            [
                {
                    "partner_id": self.guest.id,
                    "ticket_id": ticket.id,
                    "technician_id": self.technician.id,
                    "channel": "mail",
                    "is_anonymous": False,
                }
            ],
        )
        with self.mock_mail_gateway():
            self._answer(complaint)
            self._make_mails()
            self._send_queue()
        link = self._find_link("answer")
        stored = "".join(map(str, complaint.message_ids.mapped("body")))
        self.assertNotIn("token=", stored)
        page = self.url_open(link)
        self.assertNotIn("token=", page.url)
        self.assertIn("We are sorry", page.text)
        self.assertNotIn("70 hours", page.text)
        path, _mark, secret = link.partition("?token=")
        page = self._post(path, token=secret, decision="refuse", reason=" ")
        self.assertIn('role="alert"', page.text)
        self.assertEqual(complaint.state, "answered")
        self._post(path, token=secret, decision="refuse", reason="Not enough")
        self.assertRecordValues(
            complaint,
            [
                {
                    "state": "received",
                    "refuse_count": 1,
                    "refuse_reason": "Not enough",
                    "refused_handler_id": self.quality.id,
                }
            ],
        )
        page = self._post(path, token=secret, decision="accept")
        self.assertIn("was noted already", page.text)
        with (
            self.mock_mail_gateway(),
            freeze_time(fields.Datetime.now() + timedelta(minutes=1)),
        ):
            self._answer(complaint, self.quality2)
            self._make_mails()
            self._send_queue()
        page = self.url_open(f"{path}?token={secret}")
        self.assertIn(ENDED, page.text, "The first answer is over.")
        link = self._find_link("answer")
        path, _mark, secret = link.partition("?token=")
        page = self._post(path, token=secret, decision="accept")
        self.assertIn("the complaint is closed", page.text)
        self.assertRecordValues(
            complaint, [{"state": "closed", "closed_how": "accepted"}]
        )
        page = self._post(path, token=secret, decision="refuse", reason="No")
        self.assertIn("was noted already", page.text)
        self.assertIn("Closed", self.url_open(link).text)

    def test_wrong_links(self):
        ticket, other = self._file_guest(), self._file_guest()
        path = f"/my/service-tickets/{ticket.id}/complain"
        good = get_complain_url(ticket).partition("?link=")[2]
        late = fields.Date.today() + timedelta(31)
        self.authenticate(None, None)
        for wrong in (
            "",
            "x",
            "9" * 30,
            good[:-1],
            get_complain_url(other).partition("?link=")[2],
            get_page_link(ticket).partition("?link=")[2],
            get_sign_off_token(ticket),
            ticket.access_token,
        ):
            with self.subTest(link=wrong):
                self.assertIn(ENDED, self.url_open(f"{path}?link={wrong}").text)
                page = self._post(path, link=wrong, subject="x", description="y")
                self.assertIn(ENDED, page.text)
                with self.assertRaises(AccessError):
                    complain_by_link(
                        ticket, wrong, {"subject": "x", "description": "y"}
                    )
        page = self.url_open(f"/my/service-tickets/999999999/complain?link={good}")
        self.assertIn(ENDED, page.text)
        with freeze_time(late), self.assertRaises(AccessError):
            complain_by_link(ticket, good, {"subject": "x", "description": "y"})
        # A complaint opens nothing but its own form.
        page = self.url_open(f"/my/service-tickets/{ticket.id}?link={good}")
        self.assertEqual(page.status_code, 404)
        self.authenticate(self.portal.login, self.portal.login)
        self.assertIn("who alone may use it", self.url_open(f"{path}?link={good}").text)
        self.assertFalse(self._find(ticket))

    def test_wrong_answers(self):
        complaint = self._complain()
        self._answer(complaint)
        token = get_answer_token(complaint)
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(get_answer_url(complaint))
        self.assertIn("who alone may use it", page.text)
        with self.assertRaises(AccessError):
            accept_by_link(complaint.with_user(self.portal), token)
        for wrong in ("", None, token[:-1], "0" * 64):
            with self.subTest(token=wrong), self.assertRaises(AccessError):
                accept_by_link(complaint.with_user(self.requester), wrong)
        self.assertEqual(complaint.sudo().state, "answered")

    def test_secret_of_the_database_answers_nothing(self):
        """A Settings administrator reads it; typed code gets no link of core."""
        complaint = self._complain()
        self._answer(complaint)
        complaint = complaint.sudo()
        scope = (complaint.id, complaint.partner_id.id, str(complaint.answered_at))
        for forged in (scope, (*scope, "")):
            token = hmac(self.env, "itsm-complaint-answer", forged)
            self.assertFalse(is_answer_token(complaint, token))
        token = get_answer_token(complaint)
        self.assertTrue(is_answer_token(complaint, token))
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            complaint.with_user(admin).sudo(False).read(["link_secret"])
        text = self.env["mail.render.mixin"]._render_template(
            "{{ object.sudo()._notify_get_recipients_groups("
            "object.message_ids[:1], 'x') }}",
            complaint._name,
            complaint.ids,
        )
        self.assertNotIn(token, str(text))
        url = get_answer_url(complaint)
        partner, place = complaint.partner_id, get_answer_place(complaint)
        args = place.partition("?mailed=")[2].split("-")
        self.assertEqual(get_mailed_url(complaint, partner, *args), url)
        self.assertFalse(get_mailed_url(complaint, admin.partner_id, *args))
        self.assertFalse(get_mailed_url(complaint, partner, args[0], "1"))
        partner.email = "me@private.example.com"
        self.assertFalse(
            get_mailed_url(complaint, partner, *args),
            "Another address than that of filing.",
        )
        server_write(complaint, {"link_secret": False})
        token = get_answer_token(complaint)
        self.assertFalse(is_answer_token(complaint, token), "Without a secret.")

    def test_a_few_an_hour(self):
        ticket = self._file_guest()
        path, _mark, secret = (
            get_complain_url(ticket)
            .removeprefix(ticket.get_base_url())
            .partition("?link=")
        )
        self.authenticate(None, None)
        for number in range(7):
            page = self._post(path, link=secret, subject=f"{number}", description="y")
        self.assertIn("within an hour", page.text)
        self.assertEqual(len(self._find(ticket)), 5)

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_secrets_are_taken_out_of_answers(self):
        """Who answers our mail quotes its links, which colleagues then read."""
        complaint = self._complain()
        self._answer(complaint)
        url = get_answer_url(complaint.sudo())
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(
                None,
                (
                    "From: requester@desk.example.com\n"
                    f"To: catchall@{self.mail_alias_domain.name}\n"
                    "Subject: Re: x\nMessage-ID: <complaint-1@x.example>\n"
                    f"In-Reply-To: {complaint.sudo().message_ids[:1].message_id}\n\n"
                    f"No.\n> {url}\n"
                ),
            )
        message = complaint.sudo().message_ids[:1]
        self.assertIn("No.", message.body)
        self.assertNotIn(get_answer_token(complaint), message.body)

    def test_ticket_of_another_company(self):
        """A complaint by a link belongs to the company of its ticket, to the end."""
        far = self.env["res.company"].create({"name": "Far"})
        home = {"company_id": far.id, "company_ids": [Command.set(far.ids)]}
        solver = self._new_user("far_solver", "group_itsm_technician", **home)
        quality = self._new_user("far_quality", "group_itsm_quality", **home)
        team = self.env["itsm.team"].create(
            {"name": "Far", "company_id": far.id, "member_ids": solver.ids}
        )
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": "No mail",
                "partner_id": self.guest.id,
                "company_id": far.id,
                "team_id": team.id,
                "channel": "phone",
            }
        )
        with self.mock_mail_gateway():
            self._solve(ticket, solver)
            self._send_queue()
        self.authenticate(None, None)
        path, _mark, secret = self._find_link("complain").partition("?link=")
        self._post(path, link=secret, subject="Slow", description="Two weeks")
        complaint = self._find(ticket)
        self.assertEqual(complaint.company_id, far)
        self.assertTrue(complaint.with_user(quality).has_access("read"))
        self.assertFalse(complaint.with_user(self.quality).has_access("read"))
        self.assertFalse(complaint.activity_ids.user_id & self.quality)
        with self.mock_mail_gateway():
            self._answer(complaint.with_company(far), quality)
            self._make_mails()
            self._send_queue()
        link = self._find_link("answer")
        # Somebody of the first company who is logged in takes nobody's place.
        self.authenticate(self.technician.login, self.technician.login)
        path, _mark, secret = link.partition("?token=")
        page = self._post(path, token=secret, decision="accept")
        self.assertIn("who alone may use it", page.text)
        self.authenticate(None, None)
        page = self._post(path, token=secret, decision="accept")
        self.assertIn("the complaint is closed", page.text)
        self.assertEqual(complaint.state, "closed")

    def test_ways(self):
        """The pages that a link opens, and the employee's mail, lead there, too."""
        ticket = self._file_guest()
        self.authenticate(None, None)
        for url in (get_page_link(ticket), get_sign_off_url(ticket)):
            self.assertIn("/complain?link=", self.url_open(url).text)
        ticket = self._file(channel="portal")
        with self.mock_mail_gateway():
            self._solve(ticket)
            self._send_queue()
        *_filed, mail = [
            mail for mail in self._mails if "requester@" in str(mail["email_to"])
        ]
        self.assertIn("/complain?link=", mail["body"])

    def test_pages(self):
        complaint = self._complain()
        self._answer(complaint)
        base = self.ticket.get_base_url()
        urls = [get_complain_url(self.ticket), get_answer_url(complaint.sudo())]
        self.assertUsable(
            self.requester.login, [url.removeprefix(base) for url in urls]
        )
