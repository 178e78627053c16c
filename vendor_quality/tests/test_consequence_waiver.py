from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, ConsequenceCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWaiver(ConsequenceCommon):
    """Two persons let one document of a blocked vendor pass."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._block()

    def test_one_order(self):
        waiver = self._create_waiver()
        order = self._create_order()
        order.button_confirm()
        self.assertEqual(order.state, "purchase")
        self.assertRecordValues(
            waiver,
            [
                {
                    "state": "used",
                    "used_model": "purchase.order",
                    "used_id": order.id,
                    "used_name": order.display_name,
                    "used_by_id": self.buyer_user.id,
                    "approved_by_id": self.finance_user.id,
                }
            ],
        )
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        # The same order may be taken back and confirmed again.
        order.button_cancel()
        order.button_draft()
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_wrong_kind_vendor_or_day(self):
        self._create_waiver("award")
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        self._create_waiver(partner_id=self.free_vendor.id)
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        waiver = self._create_waiver(expiry_date="2026-03-05")
        with freeze_time("2026-03-06 12:00:00"):
            with self.assertRaises(UserError):
                self._create_order().button_confirm()
            self.env["vendor.quality.waiver"]._dual_expire()
        self.assertEqual(waiver.state, "expired")

    def test_two_persons(self):
        waiver = self._create_waiver(approve=False)
        waiver.action_submit()
        for user in (self.manager_user, self.officer_user, self.auditor_user):
            with self.assertRaises(UserError):
                waiver.with_user(user).action_approve()
            with self.assertRaises(UserError):
                waiver.with_user(user).validate_tier()
        with self.assertRaises(UserError):
            waiver.with_user(self.manager_user).sudo().write({"state": "approved"})
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        waiver.with_user(self.finance_user).action_approve()
        self.assertEqual(waiver.state, "approved")

    def test_both_roles_in_one_person(self):
        both = self._new_user(
            "both",
            "vendor_quality.group_quality_manager,vendor_quality.group_quality_finance",
        )
        waiver = self._create_waiver(approve=False).with_user(both)
        waiver = waiver.create(
            {"partner_id": self.vendor.id, "kind": "order", "reason": "Mine"}
        )
        waiver.action_submit()
        with self.assertRaises(UserError):
            waiver.validate_tier()
        with self.assertRaises(UserError):
            waiver.action_approve()

    def test_forged(self):
        Waiver = self.env["vendor.quality.waiver"]
        values = {"partner_id": self.vendor.id, "kind": "order", "reason": "x"}
        for user in (self.officer_user, self.finance_user, self.procurement_user):
            with self.assertRaises(AccessError):
                Waiver.with_user(user).create(values)
        manager = Waiver.with_user(self.manager_user)
        with self.assertRaises(UserError):
            manager.create({**values, "state": "approved"})
        with self.assertRaises(AccessError):
            manager.create({**values, "approved_by_id": self.finance_user.id})
        waiver = self._create_waiver()
        for vals in ({"partner_id": self.free_vendor.id}, {"kind": "award"}):
            with self.assertRaises(UserError):
                waiver.write(vals)
        for vals in ({"used_id": 1}, {"requester_id": self.officer_user.id}):
            with self.assertRaises(AccessError):
                waiver.write(vals)
        with self.assertRaises(UserError):
            waiver.write({"state": "used"})
        self._create_order().button_confirm()
        with self.assertRaises(UserError):
            waiver.write({"state": "approved"})
        with self.assertRaises(UserError):
            waiver.unlink()

    def test_refused_and_void(self):
        waiver = self._create_waiver(approve=False)
        waiver.action_submit()
        with self.assertRaises(UserError):
            waiver.action_refuse("Mine")
        waiver.with_user(self.finance_user).action_refuse("Use another vendor")
        self.assertRecordValues(
            waiver, [{"state": "refused", "refuse_reason": "Use another vendor"}]
        )
        other = self._create_waiver()
        other.action_void()
        with self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_branch_does_not_waive_for_its_parent(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        for user in (self.manager_user, self.finance_user, self.buyer_user):
            user.company_ids |= branch
        waiver = self._create_waiver(company_id=branch.id)
        self.assertEqual(waiver.state, "approved")
        order = self._create_order(
            user=self.buyer_user.with_company(branch), company_id=branch.id
        )
        with self.assertRaises(UserError):
            order.button_confirm()
        self._create_waiver()
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_from_the_vendor_page(self):
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.vendor.id}
        )
        mine = contact.with_user(self.manager_user)
        action = mine.action_request_vendor_quality_waiver()
        self.assertEqual(action["context"], {"default_partner_id": self.vendor.id})
        with self.assertRaises(AccessError):
            contact.with_user(self.officer_user).action_request_vendor_quality_waiver()
