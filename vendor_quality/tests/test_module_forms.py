from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import GateCommon


@tagged("post_install", "-at_install")
class TestAttackForms(GateCommon):
    """Whoever reads no bills learns nothing of one by a request about it."""

    def test_request_shows_no_hidden_bill(self):
        """An officer of quality tries the numbers of entries one by one."""
        bill = self._new_posted_bill(amount=4711, vendor=self.other_vendor)
        requests = self.env["vendor.quality.exception"].with_user(self.officer)
        with self.assertRaises(AccessError):
            bill.with_user(self.officer).read(["amount_total"])
        names = ("partner_id", "bill_total", "amount_limit")
        shown = requests.onchange(
            {"move_id": bill.id}, ["move_id"], {name: {} for name in names}
        )
        self.assertFalse(any(map(shown["value"].get, names)), shown)
        with self._refused("you may not read it", AccessError):
            requests.create({"move_id": bill.id, "reason": "To see"})
        mine = self.env["vendor.quality.exception"].with_user(self.biller)
        other = mine.create({"move_id": bill.id, "reason": "I read it"})
        self.assertEqual(other.bill_total, bill.amount_total)

    def test_officer_asks_for_a_bill_that_is_held(self):
        bill = self._new_bill()
        self._refresh_holds()
        requests = self.env["vendor.quality.exception"].with_user(self.officer)
        request = requests.create({"move_id": bill.id, "reason": "Agreed"})
        self.assertEqual(request.bill_total, bill.amount_total)
