from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .attack_callers import AttackCommon
from .common import FEBRUARY, JANUARY, MARCH


@tagged("post_install", "-at_install")
class TestGateSettle(AttackCommon):
    """Two persons end the gate of a contract that ended."""

    def _end_contract(self):
        self._new_form()
        self._set(self.contract, state="expired", date_end=JANUARY[1])
        self._new_posted_bill(amount=900)

    def _new_late_bill(self):
        bill = self._new_bill(
            period=None, invoice_date=date(2026, 6, 1), date=date(2026, 6, 1)
        )
        bill.service_date_start = bill.service_date_end = False
        bill.outsourcing_contract_id = False
        return bill

    def test_settling_takes_two_persons(self):
        self._end_contract()
        late = self._new_late_bill()
        with self._refused("service period"):
            late.action_post()
        contract = self.contract.with_user(self.accountant)
        self.assertTrue(contract.can_vendor_quality_settle)
        action = contract.action_vendor_quality_settle("Billed less than agreed")
        request = self.env["vendor.quality.gate.change"].browse(action["res_id"])
        self.assertRecordValues(
            request,
            [
                {
                    "kind": "settle",
                    "state": "submitted",
                    "requester_id": self.accountant.id,
                    "company_id": self.company.id,
                }
            ],
        )
        with self.assertRaises(UserError):
            request.with_user(self.accountant).validate_tier()
        with self.assertRaises(UserError):
            request.with_user(self.accountant).action_approve()
        with self._refused("service period"):
            late.action_post()
        request = request.with_user(self.finance)
        request.validate_tier()
        request.action_approve()
        self.assertEqual(self.contract.vendor_quality_settled_by_id, self.finance)
        late.action_post()
        self.assertEqual(late.state, "posted")
        within = self._new_bill(amount=100, period=FEBRUARY)
        self._set(within, create_date="2026-01-15")
        within.write({"service_date_start": JANUARY[1], "service_date_end": MARCH[0]})
        with self.assertRaises(UserError):
            within.action_post()
        self._assert_proof()

    def test_only_an_ended_contract_is_settled(self):
        contract = self.contract.with_user(self.accountant)
        with self._refused("has not ended"):
            contract.action_vendor_quality_settle("Why not")
        with self.assertRaises(AccessError):
            self.contract.with_user(self.biller).action_vendor_quality_settle("x")
        self._end_contract()
        for user in (self.accountant, self.finance):
            for values in (
                {"vendor_quality_settled_at": "2026-01-01"},
                {"vendor_quality_settled_by_id": self.finance.id},
            ):
                with self.assertRaises(UserError):
                    self.contract.with_user(user).sudo().write(values)
        with self.assertRaises(UserError):
            self.contract.with_user(self.accountant).action_vendor_quality_settle("")
