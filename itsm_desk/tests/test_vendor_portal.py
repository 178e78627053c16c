import base64
from datetime import timedelta

from lxml import html

from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.mail.undelivered import tell_bounced
from ..tools.upload import MAX_FILE_BYTES
from .fake_browser import AxeCase
from .test_vendor_job import VendorCommon

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestVendorPortal(VendorCommon, AxeCase, HttpCase):
    """The pages of a vendor, and those who try them on others' tickets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        form = cls.env["itsm.form"].create({"name": "Report"})
        cls.question = cls.env["itsm.form.question"].create(
            {"form_id": form.id, "name": "Fault?", "need": "required"}
        )
        cls.category.handling_form_id = form
        cls.ticket = cls._send()
        cls.job = cls._job(cls.ticket)
        cls.url = f"/my/vendor-jobs/{cls.job.id}"

    def _post(self, step, **data):
        data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(f"{self.url}/{step}", data=data)

    def test_work_of_a_vendor(self):
        self.ticket.sudo().message_post(
            body="Nobody shall know", subtype_xmlid="mail.mt_note"
        )
        self.authenticate(self.person.login, self.person.login)
        self.assertIn(self.url, self.url_open("/my/vendor-jobs").text)
        page = self.url_open(self.url)
        self.assertIn("Replace the fuser", page.text)
        self.assertIn(self.requester.name, page.text)
        for hidden in (
            "4711",
            self.requester.email,
            "Nobody shall know",
            self.ticket.sudo().access_token,
        ):
            self.assertNotIn(hidden, page.text)
        page = self._post("return", outcome="done", report="Replaced")
        self.assertIn("Fault?", page.text)
        self.assertIn("Cause", page.text)
        page = self._post("reply", text="I am on my way", to_requester="1")
        self.assertIn("I am on my way", page.text)
        page = self._post("work", minutes="40", place="on_site", note="Fuser")
        self.assertIn("40", page.text)
        page = self._post("form", cause="Worn fuser", action_taken="", question_0="x")
        page = self._post(
            "form",
            cause="Worn fuser",
            action_taken="Replaced",
            **{f"question_{self.question.id}": "Fuser"},
        )
        self.assertIn('value="Fuser"', page.text)
        page = self._post("return", outcome="done", report="Replaced")
        self.assertIn("has it back", page.text)
        self.assertEqual(self.job.outcome, "done")
        self.assertEqual(self.ticket.sudo().handling_id.answer_ids.text, "Fuser")
        page = self._post("work", minutes="40")
        self.assertIn("not with you any more", page.text)
        # What comes after it is back is for the next who repairs.
        with freeze_time(self.job.returned_at + timedelta(minutes=1)):
            self.ticket.sudo().message_post(
                body="Another company comes now",
                subtype_xmlid="mail.mt_comment",
                message_type="comment",
            )
        page = self.url_open(self.url)
        self.assertIn("I am on my way", page.text)
        for hidden in ("Another company comes now", self.requester.name):
            self.assertNotIn(hidden, page.text)

    def test_mail_that_does_not_arrive_asks_the_owner(self):
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("model", "=", self.job._name),
                    ("email_to", "ilike", self.person.email),
                ],
                limit=1,
            )
        )
        self.assertTrue(mail)
        for _attempt in range(2):
            mail._postprocess_sent_message(
                [], [], failure_reason="550 unknown", failure_type="mail_smtp"
            )
        ticket = self.ticket.sudo()
        activity = ticket.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, ticket.user_id)
        self.assertIn(self.person.email, activity.summary)
        # One that came back later is asked about in the same way.
        activity.action_done()
        tell_bounced(mail.mail_message_id, self.person.partner_id, "550 full")
        activity = ticket.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )
        self.assertEqual(activity.user_id, ticket.user_id)
        self.assertIn("550 full", activity.note)

    def test_work_sent_twice_is_one_line(self):
        """Two clicks of one page; the next opening of the page is another work."""
        self.authenticate(self.person.login, self.person.login)
        openings = []
        for _opening in range(2):
            page = html.fromstring(self.url_open(self.url).text)
            openings += page.xpath("//input[@name='opening']/@value")
        lines = self.ticket.sudo().work_line_ids
        for opening, count in ((openings[0], 1), (openings[0], 1), (openings[1], 2)):
            page = self._post("work", minutes="40", note="Fuser", opening=opening)
            self.assertIn("was written down", page.text)
            lines.invalidate_model()
            self.assertEqual(len(self.ticket.sudo().work_line_ids), count)

    def test_message_sent_twice_is_one(self):
        self.authenticate(self.person.login, self.person.login)
        for text, public, count in (
            ("On my way", "", 1),
            ("On my way", "", 1),
            ("On my way", "1", 2),
            ("Here I am", "", 3),
        ):
            page = self._post("reply", text=text, to_requester=public)
            self.assertIn("Your message was sent", page.text)
            messages = self.env["mail.message"].search(
                [
                    ("model", "=", "itsm.ticket"),
                    ("res_id", "=", self.ticket.id),
                    ("author_id", "=", self.person.partner_id.id),
                    ("message_type", "=", "comment"),
                ]
            )
            self.assertEqual(len(messages), count)

    def test_files_in_place_of_texts(self):
        """What is no text is none; the answer is a sentence."""
        self.authenticate(self.person.login, self.person.login)
        for step, names in (
            ("reply", ["text", "to_requester"]),
            ("work", ["minutes", "place", "note", "parts", "opening"]),
            ("form", ["cause", "action_taken"]),
            ("return", ["outcome", "report"]),
        ):
            page = self.url_open(
                f"{self.url}/{step}",
                data={"csrf_token": Request.csrf_token(self)},
                files=[(name, ("x.txt", b"x")) for name in names],
            )
            with self.subTest(step=step):
                self.assertIn(page.status_code, (200, 422))
        for number in (2**31, 10**30):
            page = self.url_open(f"/my/vendor-jobs/{number}")
            self.assertEqual(page.status_code, 404)

    def test_what_was_typed_survives_a_refusal(self):
        self.authenticate(self.person.login, self.person.login)
        page = self._post(
            "work", minutes="1,5", place="remote", note="The fuser", parts="F-7"
        )
        self.assertEqual(page.status_code, 422)
        page = html.fromstring(page.text)
        for name, text in (("minutes", "1,5"), ("note", "The fuser"), ("parts", "F-7")):
            self.assertEqual(page.xpath(f"//input[@name='{name}']/@value"), [text])
        self.assertEqual(
            page.xpath("//select[@name='place']/option[@selected]/@value"), ["remote"]
        )
        self.assertEqual(page.xpath("//input[@aria-invalid='true']/@name"), ["minutes"])

    def test_files_and_photos(self):
        """A file of the form and pictures; by what they are, and how large."""
        self.question.kind = "file"
        self.authenticate(self.person.login, self.person.login)
        name = f"question_{self.question.id}"
        page = self.url_open(self.url)
        self.assertIn(f'name="{name}"', page.text)
        typed = {"cause": "Worn fuser", "action_taken": "Replaced"}
        page = self._send_files(typed, (name, ("../test.pdf", b"%PDF-1.4 page")))
        self.assertIn("was saved", page.text)
        answer = self.ticket.sudo().handling_id.answer_ids
        self.assertEqual(answer.attachment_id.name, "test.pdf")
        self.assertEqual(answer.attachment_id.raw, b"%PDF-1.4 page")
        self.assertEqual(answer.attachment_id.res_id, self.ticket.id)
        # Saved again without a file, the first one stays.
        page = self._post("form", **typed)
        self.assertIn("test.pdf", page.text)
        self.assertEqual(self.ticket.sudo().handling_id.answer_ids, answer)
        photos = self.ticket.sudo().message_ids
        page = self._send_files(typed, ("photos", ("before.png", PIXEL)))
        self.assertIn("before.png", page.text)
        message = self.ticket.sudo().message_ids - photos
        self.assertEqual(message.author_id, self.person.partner_id)
        self.assertEqual(message.attachment_ids.raw, PIXEL)
        self.assertTrue(message.subtype_id.internal)
        # A second click.
        self._send_files(typed, ("photos", ("before.png", PIXEL)))
        self.assertEqual(len(self.ticket.sudo().message_ids - photos), 1)
        for files, text in (
            ([("photos", ("evil.png", b"<html><script>1</script>"))], "no pictures"),
            ([("photos", ("page.svg", b"<svg xmlns='x'></svg>"))], "no pictures"),
            ([("photos", ("big.png", PIXEL + b"x" * MAX_FILE_BYTES))], "10 MB"),
            ([(name, ("big.pdf", b"x" * (MAX_FILE_BYTES + 1)))], "10 MB"),
            ([("photos", (f"{i}.png", PIXEL)) for i in range(11)], "at most 10"),
        ):
            with self.subTest(text=text):
                page = self._send_files(typed, *files)
                self.assertIn(text, page.text)
                self.assertIn("Worn fuser", page.text)
        self.assertEqual(len(self.ticket.sudo().message_ids - photos), 1)
        # The number of another file is no file of this ticket.
        other = self.env["ir.attachment"].create({"name": "x", "raw": b"secret"})
        self._post("form", **typed, **{name: str(other.id)})
        self.assertEqual(self.ticket.sudo().handling_id.answer_ids, answer)
        for file in answer.attachment_id | message.attachment_ids:
            got = self.url_open(f"/web/content/{file.id}")
            self.assertNotEqual(got.content, file.raw)

    def _send_files(self, typed, *files):
        data = {**typed, "csrf_token": Request.csrf_token(self)}
        return self.url_open(f"{self.url}/form", data=data, files=list(files))

    def test_pages_for_everybody(self):
        urls = ["/my/vendor-jobs", self.url]
        self.assertUsable(self.person.login, urls)
        self.assertUsable(self.person.login, urls, width=1280)
        self.env["res.lang"]._activate_lang("zh_CN")
        self.person.lang = "zh_CN"
        self.assertUsable(self.person.login, urls, width=360, lang="zh")

    def test_others(self):
        for user, status in (
            (self.competitor, 404),
            (self.portal, 404),
            (self.technician, 404),
        ):
            self.authenticate(user.login, user.login)
            with self.subTest(user=user.login):
                self.assertEqual(self.url_open(self.url).status_code, status)
                for step in ("reply", "work", "form", "return"):
                    page = self._post(step, text="x", minutes="5", report="x")
                    self.assertEqual(page.status_code, status)
        self.assertFalse(self.job.returned_at)
        self.assertFalse(self.ticket.sudo().work_line_ids)
        self.authenticate(self.person.login, self.person.login)
        for step in ("reply", "work", "form", "return"):
            # By POST, with the token of the session.
            self.assertGreaterEqual(
                self.url_open(f"{self.url}/{step}").status_code, 400
            )
            with mute_logger("odoo.http"):
                page = self.url_open(f"{self.url}/{step}", data={"text": "x"})
            self.assertEqual(page.status_code, 400)
        self.authenticate(None, None)
        page = self.url_open(self.url, allow_redirects=False)
        self.assertEqual(page.status_code, 303)
