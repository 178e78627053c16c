from odoo.tests import freeze_time, tagged

from .common import FEBRUARY, SIGNED_COPY, GateCommon


@tagged("post_install", "-at_install")
class TestGateExit(GateCommon):
    """The bill of a contract's last period is paid after the handover is signed."""

    def test_last_bill_waits_for_the_handover(self):
        receiver = self._new_users(
            {"receiver": "outsourcing_mgmt.group_outsourcing_officer"}
        )["receiver"]
        self._new_form()
        last = self._new_form(period=FEBRUARY)
        before = self._new_posted_bill()
        with freeze_time("2026-02-20 10:00:00"):
            self.contract.action_terminate("Walked away")
        leaving = self.contract.exit_ids.with_user(receiver)
        self._pay(before)
        self.assertEqual(before.payment_state, "paid", "an earlier period")
        bill = self._new_posted_bill(period=FEBRUARY)
        self.assertEqual(bill.state, "posted", "what is owed is booked")
        with self._refused("handover"):
            self._pay(bill)
        self._refresh_holds()
        self.assertRecordValues(
            bill.vendor_quality_hold_ids,
            [
                {
                    "rule": "exit_open",
                    "stage": "payment",
                    "state": "active",
                    "actor": "officer",
                    "form_id": last.id,
                }
            ],
        )
        leaving.line_ids.result = "done"
        leaving.handed_over_by = "Wang Wu"
        leaving.signed_copy = SIGNED_COPY
        leaving.action_sign()
        self.assertEqual(bill.vendor_quality_hold_ids.state, "released")
        self._pay(bill)
        self.assertEqual(bill.payment_state, "paid")
        self._assert_proof()
