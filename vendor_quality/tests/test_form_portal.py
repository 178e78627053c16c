import json
import re

from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..tools import recompute
from .common import TODAY
from .test_form_dispute import DisputeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPortal(DisputeCommon, HttpCase):
    def setUp(self):
        super().setUp()
        for user in (self.vendor_user, self.peer_user, self.officer_user):
            user.password = user.login

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, verb, **data):
        page = self.url_open(f"/my/quality-forms/{self.form.id}").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        data["csrf_token"] = token.group(1) if token else ""
        return self.url_open(f"/my/quality-forms/{self.form.id}/{verb}", data=data)

    def test_vendor_reads_answers_and_contests(self):
        self.form.action_send_to_vendor()
        self._login(self.vendor_user)
        listing = self.url_open("/my/quality-forms").text
        self.assertIn(self.form.name, listing)
        page = self.url_open(f"/my/quality-forms/{self.form.id}").text
        self.assertIn("65.00", page)
        self.assertIn("9,000.00", page)
        # STEP 1: contest a line
        page = self._post("dispute", line_id=self.presence.id, claim="98 % on our list")
        self.assertIn("98 % on our list", page.text)
        self.assertEqual(self.form.dispute_ids.submitted_by_id, self.vendor_user)
        # STEP 2: contesting twice shows the reason and keeps one
        page = self._post("dispute", line_id=self.presence.id, claim="98 % on our list")
        self.assertIn("it was recorded", page.text, "a second click")
        page = self._post("dispute", line_id=self.presence.id, claim="Again")
        self.assertEqual(page.status_code, 422)
        self.assertIn("disputed already", page.text)
        self.assertIn(">Again</textarea>", page.text)
        self.assertEqual(len(self.form.dispute_ids), 1)
        # STEP 3: answer, once
        self._post("answer", answer="<script>alert(1)</script>")
        self.assertEqual(self.form.vendor_answered_by_id, self.vendor_user)
        page = self._post("answer", answer="<script>alert(1)</script>")
        self.assertIn("it was recorded", page.text, "a second click")
        page = self._post("answer", answer="Something else")
        self.assertIn(">Something else</textarea>", page.text)
        page = self.url_open(f"/my/quality-forms/{self.form.id}").text
        self.assertNotIn("<script>alert(1)", page)

    def test_before_it_is_sent_the_vendor_sees_nothing(self):
        self._login(self.vendor_user)
        self.assertNotIn(self.form.name, self.url_open("/my/quality-forms").text)
        page = self.url_open(f"/my/quality-forms/{self.form.id}")
        self.assertNotIn(self.form.name, page.text)
        self.assertTrue(page.url.endswith("/my/quality-forms"))

    def test_peers_see_nothing(self):
        self.form.action_send_to_vendor()
        self._login(self.peer_user)
        for path in ("", f"/{self.form.id}", f"/{self.form.id}/pdf"):
            page = self.url_open(f"/my/quality-forms{path}")
            self.assertNotIn(self.form.name, page.text)
        with mute_logger("odoo.http"):
            self._post("dispute", line_id=self.presence.id, claim="Not mine")
            self._post("answer", answer="Not mine")
        self.assertFalse(self.form.dispute_ids)
        self.assertFalse(self.form.vendor_answered_at)

    def test_no_write_by_get_nor_without_token(self):
        self.form.action_send_to_vendor()
        self._login(self.vendor_user)
        path = f"/my/quality-forms/{self.form.id}/answer"
        page = self.url_open(f"{path}?answer=x")
        self.assertEqual(page.status_code, 405)
        with mute_logger("odoo.http"):
            page = self.url_open(path, data={"answer": "x"})
        self.assertEqual(page.status_code, 400)
        self.assertFalse(self.form.vendor_answered_at)

    def test_odd_input(self):
        self.form.action_send_to_vendor()
        self._login(self.vendor_user)
        for line_id in ("", "x", "-1", "999999999", "1; DROP", "²", "9" * 5000):
            page = self._post("dispute", line_id=line_id, claim="c")
            self.assertIn("no such line", page.text, line_id)
        self._post("answer", answer="长" * 20000)
        self.assertEqual(len(self.form.vendor_answer), 5000)

    def test_nothing_internal_on_the_page(self):
        self.form.note = "Internal remark"
        self.form.action_send_to_vendor()
        self._login(self.vendor_user)
        page = self.url_open(f"/my/quality-forms/{self.form.id}").text
        self.assertNotIn("Internal remark", page)

    def test_portal_has_no_right_on_the_models(self):
        self.form.action_send_to_vendor()
        for name in (
            "vendor.quality.form",
            "vendor.quality.form.line",
            "vendor.quality.dispute",
            "vendor.quality.standing",
            "vendor.quality.inspection",
            "vendor.quality.template",
        ):
            for operation in ("read", "write", "create", "unlink"):
                Model = self.env[name].with_user(self.vendor_user)
                self.assertFalse(Model.has_access(operation), (name, operation))

    def test_json_can_be_recomputed(self):
        self._login(self.officer_user)
        page = self.url_open(f"/vendor_quality/form/{self.form.id}/document.json")
        export = json.loads(page.text)
        self.assertEqual(recompute.check(export), [])
        self.assertEqual(export["document"]["result"]["score"], "65")
        self.form.action_submit()
        page = self.url_open(f"/vendor_quality/form/{self.form.id}/document.json")
        self.assertEqual(json.loads(page.text)["sha256"], self.form.evidence_hash)
        self._login(self.vendor_user)
        page = self.url_open(f"/vendor_quality/form/{self.form.id}/document.json")
        self.assertEqual(page.status_code, 404)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestReport(DisputeCommon):
    def _html(self, form):
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "vendor_quality.report_quality_form", form.ids
        )
        return html.decode()

    def test_annex_has_its_boxes(self):
        form = self.form
        form.action_submit()
        self._review(form)
        form.with_user(self.manager_user).action_approve()
        html = self._html(form)
        for text in (
            "Department head (signature)",
            self.manager_user.name,
            self.finance_user.name,
            "Handler",
            self.officer_user.name,
            "Date",
            "03/02/2026",
            form.evidence_hash,
            "Bright Services",
        ):
            self.assertIn(text, html)

    def test_draft_prints_as_well(self):
        draft = self._create_form(self._create_contract())
        self.assertIn("Not rated", self._html(draft))
