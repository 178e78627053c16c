from odoo.tests import tagged

from .attack_callers import AttackCommon
from .common import FEBRUARY, MARCH


@tagged("post_install", "-at_install")
class TestGateVendors(AttackCommon):
    """Vendors who are merged or entered twice stay governed."""

    def _merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (source | target).ids, target, extra_checks=False
        )
        self.env.invalidate_all()

    def test_merged_vendor_stays_governed(self):
        form = self._new_form()
        posted = self._new_posted_bill(amount=400)
        draft = self._new_bill(amount=300, period=FEBRUARY)
        request = self._except(draft)
        entry = self._new_debt(50)
        self._except(entry)
        entry.action_post()
        self._merge(self.vendor, self.other_vendor)
        self.assertFalse(self.vendor.exists())
        self.assertEqual(self.contract.partner_id, self.other_vendor)
        self.assertEqual(self.contract.commercial_partner_id, self.other_vendor)
        self.assertEqual(posted.partner_id, self.other_vendor)
        self._assert_proof()
        self.env["vendor.quality.exception"]._cron_close()
        self.assertEqual(request.state, "approved")
        draft.action_post()
        blocked = self._new_bill(vendor=self.other_vendor, period=MARCH)
        with self._refused("No quality form"):
            blocked.action_post()
        self._pay(posted)
        self.assertEqual(posted.payment_state, "paid")
        self.assertAlmostEqual(form.paid_amount, 400)
        with self._refused("exceed the fee"):
            self._new_posted_bill(amount=601, vendor=self.other_vendor)

    def test_standing_follows_a_merged_vendor(self):
        self._new_form()
        standing = self.env["vendor.quality.standing"]._update(self.contract)
        self._merge(self.vendor, self.other_vendor)
        self.assertEqual(standing.partner_id, self.other_vendor)
        self.assertEqual(standing.commercial_partner_id, self.other_vendor)
