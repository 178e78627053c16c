from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderTour(TenderCommon, HttpCase):
    """Procurement makes a tender out of an approved request, in a real browser."""

    def test_published_with_few_clicks(self):
        """14 clicks on the approved request, 4 more once it is signed off.

        The start page takes two of its own before; everybody is chosen by hand.
        """
        request = self._create_approved_request(subject="Guards for the plant")
        self._create_approved_reference_price(
            request,
            source_ids=[
                Command.create({"method": method, "name": method})
                for method in ("market", "history")
            ],
        )
        user = self.procurement_user
        self.start_tour(
            "/odoo/outsourcing-work", "outsourcing_tender_file_clicks", login=user.login
        )
        self.env.invalidate_all()
        tender = request.with_user(user).tender_ids
        self.assertEqual(len(tender.committee_ids.filtered("is_voting")), 3)
        self.assertEqual(tender.invitation_ids.partner_id, self.vendors)
        self._pass_reviews(tender, self.officer_user)
        self.start_tour(
            "/odoo/outsourcing-work",
            "outsourcing_tender_publish_clicks",
            login=user.login,
        )
        tender.invalidate_recordset()
        self.assertEqual(tender.state, "published")
        self.assertEqual(tender.published_by_id, user)
