from odoo.tests import tagged

from odoo.addons.web.tests.test_js import HOOTCommon, unit_test_error_checker


@tagged("post_install", "-at_install")
class TestScripts(HOOTCommon):
    """Our scripts load beside the unit tests of the web client, of whatever module."""

    def get_hoot_filters(self):
        self._test_params = [("+", "@itsm_desk")]
        return super().get_hoot_filters()

    def test_unit_tests_of_the_desk(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"{self.hoot_filters}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )
