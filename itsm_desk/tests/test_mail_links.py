import re
from datetime import timedelta
from urllib.parse import urlsplit

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.mail.tests.common import MailCommon

from ..models.intent.requester_mail import note_for_requester
from .test_quality_complaint import ComplaintCommon
from .test_survey_campaign import SurveyCommon

ADDRESS = re.compile(r"https?://[!#-&*-;=?-~]+[#-&*-+/-9=?-~]")
LANGUAGES = ("en_US", "zh_CN")


@tagged("post_install", "-at_install")
class TestMailLinks(ComplaintCommon, SurveyCommon, MailCommon, HttpCase):
    """Who has no log-in gets no mail that leads to the page of the log-in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guest = cls.env["res.partner"].create(
            {"name": "Li Na", "email": "li.na@customer.example.org"}
        )

    def _file_guest(self):
        return self._file(
            self.technician, partner_id=self.guest.id, channel="phone"
        ).sudo()

    def _find_addresses(self):
        """Return the addresses in all that the guest got, links and words."""
        found = set()
        for mail in self._mails:
            if "li.na@" not in str(mail["email_to"]):
                continue
            tree = html.fromstring(mail["body"])
            found.update(link.get("href") or "" for link in tree.iter("a"))
            found.update(ADDRESS.findall(tree.text_content()))
            found.update(ADDRESS.findall(mail["body_alternative"] or ""))
        return {one for one in found if one.startswith("http")}

    def _open_all(self, act, least=1):
        """Do something, and open every address of our own in what it mails."""
        with self.mock_mail_gateway():
            act()
            self._make_mails()
            self._send_queue()
        base = self.env["mail.thread"].browse().get_base_url()
        ours = [one for one in self._find_addresses() if one.startswith(base)]
        self.assertGreaterEqual(len(ours), least, f"No mail of ours: {act}")
        for address in ours:
            page = self.url_open(address.removeprefix(base) or "/")
            path = urlsplit(page.url).path
            self.assertFalse(path.startswith("/web/login"), address)
            self.assertLess(page.status_code, 400, address)

    def _play_ticket(self):
        """Go through all mails of a ticket to its requester."""
        now = fields.Datetime.now()
        ticket = self._file_guest()
        mine = ticket.with_user(self.technician)
        self._open_all(
            lambda: mine.message_post(
                body="Which room?",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.guest.ids,
            )
        )
        self._open_all(lambda: self._solve(ticket), least=2)
        for name in ("thanks", "reminder", "unsigned", "problem_closed", "filed"):
            template = self.env.ref(f"itsm_desk.mail_template_ticket_{name}")
            with freeze_time(now + timedelta(hours=1)):
                self._open_all(lambda template=template: self._post(ticket, template))
        other = self._file_guest().with_user(self.technician)
        self._open_all(
            lambda: other.action_pend(self.reason_requester.id, "Which room is it?")
        )
        self._open_all(lambda: other.action_cancel("Bought a new one"))

    def _post(self, ticket, template):
        """Post a template to the requester, as the steps do."""
        note_for_requester(ticket, template.get_external_id()[template.id], ())

    def test_mails_about_tickets(self):
        for language in self._get_languages():
            self.guest.lang = language
            with self.subTest(language=language):
                self._play_ticket()

    def test_mails_about_complaints(self):
        for language in self._get_languages():
            self.guest.lang = language
            ticket = self._solve(self._file_guest())
            complaint = self._complain(
                self.colleague,
                partner_id=self.guest.id,
                ticket_id=ticket.id,
                channel="phone",
            )
            with self.subTest(language=language):
                self._open_all(lambda complaint=complaint: self._answer(complaint))

    def test_mails_about_surveys(self):
        self._file_guest()
        campaign = self._new_campaign()

        def start():
            campaign.action_start()
            self._run_job()

        self._open_all(start)

    def test_edited_templates(self):
        """Companies print the address of the ticket, as a link or as words."""
        template = self.env.ref("itsm_desk.mail_template_ticket_solved")
        page = "object.get_base_url() + object.access_url"
        for body in (
            f'<p>See <a t-att-href="{page}">it</a></p>',
            f'<p>See <t t-out="{page}"/>.</p>',
            f'<p><t t-out="{page}"/></p>',
            f'<p>请打开<t t-out="{page}"/>。</p>',
            f'<p><a t-att-href="{page}"><t t-out="{page}"/></a></p>',
        ):
            template.body_html = body
            with self.subTest(body=body):
                self._open_all(lambda: self._solve(self._file_guest()), least=3)
        # Who logs in has the page itself.
        with self.mock_mail_gateway():
            ticket = self._solve(self._file(channel="portal"))
            self._send_queue()
        [mail] = [one for one in self._mails if "is solved" in one["subject"]]
        page = f"{ticket.get_base_url()}{ticket.access_url}"
        self.assertIn(f'href="{page}"', mail["body"])

    def _get_languages(self):
        installed = dict(self.env["res.lang"].get_installed())
        return [language for language in LANGUAGES if language in installed]
