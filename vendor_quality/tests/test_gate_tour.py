from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import GateCommon


@tagged("post_install", "-at_install")
class TestGateTour(GateCommon, HttpCase):
    """Finance opens a blocked bill in a real browser and reads why."""

    def test_blocked_bill(self):
        bill = self._new_bill()
        self._refresh_holds()
        with mute_logger("odoo.http"):  # the refusal that the tour provokes
            self.start_tour(
                "/odoo/blocked-bills",
                "vendor_quality_blocked_bill",
                login=self.accountant.login,
            )
        self.assertEqual(bill.state, "draft")
        self.assertEqual(bill.vendor_quality_exception_ids.state, "submitted")
