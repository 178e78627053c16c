from odoo.tests import HttpCase, freeze_time, new_test_user, tagged

from odoo.addons.outsourcing_mgmt.tests.fake_browser import AxeCase

from .common import TODAY, ConsequenceCommon
from .test_form_dispute import DisputeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestQualityPages(AxeCase, DisputeCommon, HttpCase):
    """Pages of quality for the vendor, on a phone and on a desk."""

    def test_pages_of_quality(self):
        self.vendor_user.password = self.vendor_user.login
        self.form.action_send_to_vendor()
        urls = [
            "/my/quality-forms",
            f"/my/quality-forms/{self.form.id}",
            "/my/service-quality",
            "/my/improvement-plans",
        ]
        self.assertUsable(self.vendor_user.login, urls)
        self.assertUsable(self.vendor_user.login, urls, width=1280)
        self.env["res.lang"]._activate_lang("zh_CN")
        self.vendor_user.lang = "zh_CN"
        self.assertUsable(self.vendor_user.login, urls, width=360, lang="zh")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestConsequencePages(AxeCase, ConsequenceCommon, HttpCase):
    """The trend with points in it, and a plan to answer."""

    def test_trend_and_plan(self):
        user = new_test_user(
            self.env, "plan_pages", "base.group_portal", email="plan_pages@x.test"
        )
        user.partner_id.parent_id = self.vendor
        plan = self._block().improvement_plan_ids
        urls = ["/my/service-quality", f"/my/improvement-plans/{plan.id}"]
        self.assertUsable(user.login, urls)
        self.env["res.lang"]._activate_lang("zh_CN")
        user.lang = "zh_CN"
        self.assertUsable(user.login, urls, width=360, lang="zh")
