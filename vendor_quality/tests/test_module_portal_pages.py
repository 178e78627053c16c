from odoo.tests import HttpCase, freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.fake_browser import AxeCase

from .common import TODAY
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
