from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .test_form_answers import FormCommon


@tagged("post_install", "-at_install")
class TestFormPortal(FormCommon, HttpCase):
    """The questions of a service on the page of a new ticket."""

    url = "/my/service-tickets/new"

    def _post(self, files=None, **data):
        data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(self.url, data=data, files=files)

    def test_filing_with_questions(self):
        self.authenticate(self.portal.login, self.portal.login)
        where = f"question_{self.where.id}"
        works = f"question_{self.works.id}"
        self.service.request_hint = "Look at the label"
        # The service of the address, the button of the page, and the script.
        for page in (
            self.url_open(f"{self.url}?service_id={self.service.id}"),
            self._post(step="questions", service_id=self.service.id, subject="Jam"),
            self.url_open(f"{self.url}/questions?service_id={self.service.id}"),
        ):
            self.assertIn(f'name="{where}"', page.text)
            self.assertIn("Look at the label", page.text)
            self.assertNotIn("Printer of the", page.text)
        self.assertNotIn(where, self.url_open(self.url).text)
        self.assertNotIn(
            where, self.url_open(f"{self.url}/questions?service_id=x").text
        )
        before = self.env["itsm.ticket"].search_count([])
        page = self._post(
            service_id=self.service.id, subject="Jam", **{where: "Floor 3"}
        )
        self.assertIn("Did it work?", page.text.split("filing_error")[1][:300])
        self.assertIn('value="Floor 3"', page.text)
        self.assertEqual(self.env["itsm.ticket"].search_count([]), before)
        page = self._post(
            files={f"question_{self.picture.id}": ("screen.txt", b"black")},
            service_id=self.service.id,
            subject="Jam",
            urgency="3",
            **{where: "Floor 3", works: "no", f"question_{self.since.id}": ""},
        )
        ticket = self.env["itsm.ticket"].search([("subject", "=", "Jam")])
        self.assertEqual(
            self._texts(ticket),
            {"Where?": "Floor 3", "Did it work?": "No", "Picture": "screen.txt"},
        )
        self.assertEqual((ticket.urgency, ticket.is_judged), ("3", True))
        self.assertIn("Floor 3", page.text)
        self.assertEqual(ticket.request_answer_ids.attachment_id.raw, b"black")

    def test_questions_need_an_account(self):
        page = self.url_open(
            f"{self.url}/questions?service_id={self.service.id}", allow_redirects=False
        )
        self.assertEqual(page.status_code, 303)
