from odoo.tests import HttpCase, tagged

from .common import OutsourcingCommon


@tagged("post_install", "-at_install")
class TestRequestTour(OutsourcingCommon, HttpCase):
    """HR approves from the review tray, in a real browser."""

    def test_approve_from_the_tray(self):
        request = self._create_request(subject="Guards for the plant")
        request.action_submit()
        self.start_tour("/odoo", "outsourcing_request_approval", login="outsourcing_hr")
        self.assertRecordValues(
            request, [{"state": "approved", "approved_by_id": self.hr_user.id}]
        )
        self.assertEqual(request.review_ids.done_by, self.hr_user)
