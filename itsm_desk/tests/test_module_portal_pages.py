import re

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .common import DeskCommon
from .fake_browser import AxeCase


@tagged("post_install", "-at_install")
class TestTicketPages(AxeCase, DeskCommon, HttpCase):
    """Pages of a requester, on a phone and on a desk, in two languages."""

    def test_pages_of_tickets(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        ticket = self._file_portal()
        root = "/my/service-tickets"
        urls = [root, f"{root}/new", f"{root}/{ticket.id}"]
        self.assertUsable(self.portal.login, urls)
        self.assertUsable(self.portal.login, urls, width=1280)
        self.portal.lang = "zh_CN"
        self.assertUsable(self.portal.login, urls, width=360, lang="zh")

    def test_pages_of_signing_off(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        ticket = self._solve(self._file_portal())
        root = f"/my/service-tickets/{ticket.id}"
        self.assertUsable(self.portal.login, [root, f"{root}/sign_off"])
        self.portal.lang = "zh_CN"
        urls = [root, f"{root}/sign_off"]
        self.assertUsable(self.portal.login, urls, width=360, lang="zh")

    def test_refused_filing_names_the_field(self):
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(
            "/my/service-tickets/new",
            data={
                "csrf_token": Request.csrf_token(self),
                "subject": " ",
                "description": "It is black",
            },
        ).text
        self.assertRegex(page, r'id="subject"[^>]*aria-invalid="true"')
        self.assertNotRegex(page, r'id="description"[^>]*aria-invalid')
        self.assertIn("It is black", page)
        self.assertIn('id="filing_error"', page)

    def test_refused_answer_keeps_what_was_typed(self):
        """Somebody sent it back meanwhile, in another window."""
        ticket = self._solve(self._file_portal())
        ticket.with_user(self.portal).action_refuse_solution("It is dark")
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(
            f"/my/service-tickets/{ticket.id}/sign_off",
            data={
                "csrf_token": Request.csrf_token(self),
                "answer": "refuse",
                "reason": "Still dark at noon",
            },
        ).text
        self.assertIn('id="sign_off_error"', page)
        self.assertRegex(
            page, r'name="reason"[^>]*aria-describedby="sign_off_error"[^>]*>Still dark'
        )

    def test_what_lacks_of_a_sign_off_has_the_focus(self):
        """Whoever uses the keyboard goes on where something lacks."""
        ticket = self._solve(self._file_portal())
        self.authenticate(self.portal.login, self.portal.login)
        for rating, focused in (("", 'id="rating_1"'), ("4", 'id="signed_name"')):
            page = self.url_open(
                f"/my/service-tickets/{ticket.id}/sign_off",
                data={
                    "csrf_token": Request.csrf_token(self),
                    "answer": "accept",
                    "rating": rating,
                },
            ).text
            with self.subTest(rating=rating):
                (found,) = re.findall(r"<input[^>]*autofocus[^>]*>", page)
                self.assertIn(focused, found)

    def test_what_went_well_is_said(self):
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(
            "/my/service-tickets/new",
            data={
                "csrf_token": Request.csrf_token(self),
                "subject": "Screen is black",
                "service_id": str(self.service.id),
            },
        ).text
        self.assertRegex(page, r'role="status"[^<]*>\s*Thank you. Your ticket')
