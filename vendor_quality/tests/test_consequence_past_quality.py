from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import TODAY, ConsequenceCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPastQuality(ConsequenceCommon):
    """Approved forms of the last months are the past quality of a vendor."""

    def test_mean_of_approved_forms(self):
        tender = self.env["outsourcing.tender"].new({"company_id": self.company.id})
        vendor = self.contract.commercial_partner_id
        self.assertNotIn(vendor.id, tender._get_past_quality())
        forms = self._block() | self._lift()
        mean = sum(forms.mapped("score")) / 2
        self.assertEqual(tender._get_past_quality()[vendor.id], mean)
        with freeze_time(max(forms.mapped("date_end")) + timedelta(days=370)):
            self.assertNotIn(vendor.id, tender._get_past_quality())
