import re

from odoo.exceptions import UserError
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.consequence.vendor_quality_improvement_plan import record_answer
from .common import TODAY, ConsequenceCommon

MODELS = (
    "vendor.quality.improvement.plan",
    "vendor.quality.improvement.plan.target",
    "vendor.quality.forecast",
    "vendor.quality.waiver",
    "vendor.quality.standing",
)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPortalQuality(ConsequenceCommon, HttpCase):
    """A vendor's own trend, warning and plans; never those of a peer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor_user = cls._new_vendor_user("vendor", cls.vendor)
        cls.peer_user = cls._new_vendor_user("peer", cls.free_vendor)
        cls.form = cls._block()
        cls.plan = cls.form.improvement_plan_ids.with_env(cls.env)
        cls._lift()
        cls._create_round("2026-03-01", ["pass"] * 18 + ["fail"] * 2)
        cls.row = cls.env["vendor.quality.forecast"]._refresh(cls.contract)

    @classmethod
    def _new_vendor_user(cls, login, vendor):
        user = new_test_user(
            cls.env, login=login, groups="base.group_portal", email=f"{login}@x.test"
        )
        user.partner_id.parent_id = vendor
        user.password = login
        return user

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _post(self, answer, plan=None):
        path = f"/my/improvement-plans/{(plan or self.plan).id}"
        token = re.search(
            r'name="csrf_token" value="([^"]+)"', self.url_open(path).text
        )
        return self.url_open(
            f"{path}/answer",
            data={"answer": answer, "csrf_token": token.group(1) if token else ""},
        )

    def test_trend_and_warning(self):
        self._login(self.vendor_user)
        page = self.url_open("/my/service-quality")
        self.assertEqual(page.status_code, 200)
        for word in (
            self.contract.name,
            self.form.name,
            "25.00",
            "75.00",
            "<polyline",
            'role="img"',
            "more failure",
            self.plan.subject,
        ):
            self.assertIn(word, page.text)
        home = self.url_open("/my").text
        self.assertIn("/my/service-quality", home)
        self.assertIn("/my/improvement-plans", home)

    def test_superseded_and_unsent_forms_are_no_trend(self):
        draft = self._create_collected_form(
            100, contract=self._create_contract(), date_start="2026-02-01"
        )
        self._login(self.vendor_user)
        self.assertNotIn(draft.name, self.url_open("/my/service-quality").text)

    def test_peers_see_nothing(self):
        self._login(self.peer_user)
        for path in (
            "/my/service-quality",
            "/my/improvement-plans",
            f"/my/improvement-plans/{self.plan.id}",
        ):
            page = self.url_open(path).text
            for word in (self.contract.name, self.plan.name, self.form.name):
                self.assertNotIn(word, page, path)
        with mute_logger("odoo.http"):
            self._post("Not mine")
        self.assertFalse(self.plan.vendor_response)
        with self.assertRaises(UserError):
            record_answer(self.plan.with_user(self.peer_user), self.peer_user, "x")

    def test_answer(self):
        self._login(self.vendor_user)
        page = self._post("<b>Two</b> people left.\nNew ones start in May.")
        self.assertIn("it was recorded", page.text)
        self.assertIn("&lt;b&gt;Two", page.text)
        self.assertEqual(self.plan.vendor_answered_by_id, self.vendor_user)
        self.assertIn("New ones start", self.plan.vendor_response)
        summaries = self.plan.activity_ids.mapped("summary")
        self.assertIn("The vendor answered the improvement plan", summaries)
        # A second click.
        count = len(self.plan.message_ids)
        self._post("<b>Two</b> people left.\nNew ones start in May.")
        self.env.invalidate_all()
        self.assertEqual(len(self.plan.message_ids), count)
        self._post("长" * 20000)
        self.assertEqual(len(self.plan.vendor_response), 5000)
        self.assertIn("Two", "".join(self.plan.message_ids.mapped("body")))

    def test_empty_or_late_answers(self):
        self._login(self.vendor_user)
        self.assertIn("Say what you found", self._post("   ").text)
        plan = self.plan.with_user(self.officer_user)
        plan.write({"root_cause": "x", "plan": "Hire two"})
        plan.action_start()
        page = self.url_open(f"/my/improvement-plans/{plan.id}").text
        self.assertIn("Hire two", page)
        plan.action_request_check()
        page = self.url_open(f"/my/improvement-plans/{plan.id}").text
        self.assertIn("no longer open", page)
        self.assertNotIn("<textarea", page)
        with mute_logger("odoo.http"):
            self._post("Late")
        with self.assertRaises(UserError):
            record_answer(plan, self.vendor_user, "Late")
        self.assertFalse(plan.vendor_response)

    def test_nothing_internal_on_the_page(self):
        """The cause as the company sees it, and drafts of the plan, are internal."""
        self.plan.write({"root_cause": "Bad management", "plan": "A draft"})
        self._login(self.vendor_user)
        page = self.url_open(f"/my/improvement-plans/{self.plan.id}").text
        self.assertNotIn("Bad management", page)
        self.assertNotIn("A draft", page)

    def test_no_write_by_get_nor_without_token(self):
        self._login(self.vendor_user)
        path = f"/my/improvement-plans/{self.plan.id}/answer"
        self.assertEqual(self.url_open(f"{path}?answer=x").status_code, 405)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path, data={"answer": "x"}).status_code, 400)
        self.assertFalse(self.plan.vendor_response)

    def test_cancelled_plan_is_gone(self):
        self.plan.with_user(self.manager_user).action_cancel("Wrong")
        self._login(self.vendor_user)
        self.assertNotIn(self.plan.name, self.url_open("/my/improvement-plans").text)
        with self.assertRaises(UserError):
            record_answer(self.plan, self.vendor_user, "x")

    def test_portal_has_no_right_on_the_models(self):
        for name in MODELS:
            Model = self.env[name].with_user(self.vendor_user)
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(Model.has_access(operation), (name, operation))

    def test_public_is_asked_to_log_in(self):
        page = self.url_open("/my/service-quality")
        self.assertIn("/web/login", page.url)
