from lxml import html

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from ..controllers import portal_filing
from .fake_browser import AxeCase
from .test_form_answers import FormCommon


@tagged("post_install", "-at_install")
class TestFormPortal(AxeCase, FormCommon, HttpCase):
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
        self.assertIn("Did it work?", page.text.split("filing_error")[1][:400])
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

    def test_wrong_answers_are_said_at_their_fields(self):
        """Each by its question, tied to its field; the first one has the focus."""
        self.where.hint = "Floor and room"
        self._ask_more()
        self.authenticate(self.portal.login, self.portal.login)
        names = {
            one.name: f"question_{one.id}"
            for one in self.service.request_form_id.question_ids
        }
        page = self._post(
            service_id=self.service.id,
            subject="Jam",
            **{
                names["Where?"]: "3",
                names["Since when?"]: "yesterday",
                names["How many pages?"]: "1,500",
                names["What does it say?"]: "Hm",
            },
        )
        self.assertFalse(self.env["itsm.ticket"].search([("subject", "=", "Jam")]))
        root = html.fromstring(page.content)
        wrong = root.xpath("//*[@aria-invalid='true']/@name")
        self.assertEqual(
            wrong,
            [
                names[name]
                for name in (
                    "Where?",
                    "Did it work?",
                    "Since when?",
                    "How many pages?",
                    "What does it say?",
                )
            ],
        )
        said = root.get_element_by_id("filing_error")
        for name in wrong:
            field = root.get_element_by_id(name)
            texts = [
                root.get_element_by_id(one).text_content()
                for one in field.get("aria-describedby").split()
            ]
            with self.subTest(name=name, texts=texts):
                label = root.xpath(f"//label[@for='{name}']")[0].text_content()
                self.assertIn(label.strip().partition("\n")[0], texts[0])
                self.assertIn(texts[0].strip(), said.text_content())
                self.assertEqual(len(said.xpath(f".//a[@href='#{name}']")), 1)
        self.assertEqual(root.xpath("//*[@autofocus]/@name"), wrong[:1])
        where = root.get_element_by_id(names["Where?"])
        self.assertIn("_hint", where.get("aria-describedby"))
        self.assertEqual(where.get("value"), "3")
        # A wrong subject comes first, and what is wrong below is said with it.
        root = html.fromstring(self._post(service_id=self.service.id).content)
        self.assertEqual(root.xpath("//*[@autofocus]/@name"), ["subject"])
        self.assertIn(names["Where?"], root.xpath("//*[@aria-invalid]/@name"))

    def test_file_of_a_question_that_is_too_large(self):
        self.patch(portal_filing, "MAX_FILE_BYTES", 4)
        self.authenticate(self.portal.login, self.portal.login)
        name = f"question_{self.picture.id}"
        page = self._post(
            files={name: ("screen.txt", b"black")},
            service_id=self.service.id,
            subject="Jam",
            **{
                f"question_{self.where.id}": "Floor 3",
                f"question_{self.works.id}": "no",
            },
        )
        root = html.fromstring(page.content)
        self.assertEqual(root.xpath("//*[@aria-invalid]/@name"), [name])
        self.assertIn('"Picture"', root.get_element_by_id(f"{name}_error").text)

    def test_pages_of_wrong_answers(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.where.hint = "Floor and room"
        self._ask_more()
        urls = [f"{self.url}?service_id={self.service.id}"]
        form = ".o_itsm_new_form"
        self.assertUsable(self.portal.login, urls, sent=form)
        self.portal.lang = "zh_CN"
        self.assertUsable(self.portal.login, urls, width=360, lang="zh", sent=form)

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
