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

    def _ask_more(self):
        """Add the kinds that the form has not yet, and a device that is asked for."""
        self.env["itsm.form.question"].create(
            [
                {"form_id": self.form.id, "sequence": 10 + number, **values}
                for number, values in enumerate(
                    (
                        {"name": "How many pages?", "kind": "number"},
                        {
                            "name": "What does it say?",
                            "kind": "long_text",
                            "min_length": 5,
                        },
                        {
                            "name": "Which spare?",
                            "kind": "equipment",
                            "need": "conditional",
                            "condition_question_id": self.works.id,
                        },
                    )
                )
            ]
        )

    def test_each_kind_in_a_browser(self):
        """Somebody who has no equipment answers all the rest."""
        self._ask_more()
        self.start_tour(self.url, "itsm_desk_portal_questions", login=self.portal.login)
        ticket = self.env["itsm.ticket"].search(
            [("partner_id", "=", self.portal.partner_id.id)]
        )
        self.assertEqual(
            self._texts(ticket),
            {
                "Where?": "Floor 3",
                "Did it work?": "Yes",
                "Kind?": "Ink",
                "Since when?": "03/02/2026",
                "How many pages?": "2.50",
                "What does it say?": "Paper jam in tray 2",
                "Picture": "screen.txt",
            },
        )
        self.assertEqual(ticket.request_answer_ids.attachment_id.raw, b"black")
        self.assertFalse(ticket.request_missing)

    def test_own_equipment_in_a_browser(self):
        self.device.need = "required"
        self.start_tour(
            f"{self.url}?service_id={self.service.id}",
            "itsm_desk_portal_equipment",
            login=self.requester.login,
        )
        ticket = self.env["itsm.ticket"].search(
            [("partner_id", "=", self.requester.partner_id.id)]
        )
        self.assertEqual(ticket.equipment_ids, self.equipment[0])

    def test_required_equipment_of_nobody(self):
        """Who has none cannot name one, and files all the same."""
        self.device.need = "required"
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(f"{self.url}?service_id={self.service.id}")
        self.assertIn("No equipment is registered in your name", page.text)
        answers = {f"question_{self.where.id}": "Floor 3"}
        page = self._post(
            service_id=self.service.id,
            subject="Jam",
            files={f"question_{self.picture.id}": ("screen.txt", b"black")},
            **answers,
        )
        self.assertIn("choose them again", page.text)
        answers[f"question_{self.works.id}"] = "no"
        page = self._post(service_id=self.service.id, subject="Jam", **answers)
        self.assertNotIn("filing_error", page.text)
        self.assertTrue(self.env["itsm.ticket"].search([("subject", "=", "Jam")]))

    def test_scripts_speak_the_language_of_the_page(self):
        """Of its own modules alone core sends the words of scripts to the portal."""
        names = self.env.registry["ir.http"]._get_translation_frontend_modules_name()
        self.assertIn("itsm_desk", names)
        self.assertIn("web", names)

    def test_questions_need_an_account(self):
        page = self.url_open(
            f"{self.url}/questions?service_id={self.service.id}", allow_redirects=False
        )
        self.assertEqual(page.status_code, 303)
