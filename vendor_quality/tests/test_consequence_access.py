from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import TODAY, ConsequenceCommon

R, RW, RWC, RWCD = "r", "rw", "rwc", "rwcd"
# What each role may do by access right; rules narrow it, guards refuse the rest.
MATRIX = {
    "vendor.quality.improvement.plan": {
        "inspector": RW,
        "officer": RWCD,
        "manager": RWCD,
        "finance": RW,
        "auditor": R,
        "plain": "",
    },
    "vendor.quality.improvement.plan.target": {
        "inspector": RWCD,
        "officer": RWCD,
        "manager": RWCD,
        "finance": RWCD,
        "auditor": R,
        "plain": "",
    },
    "vendor.quality.forecast": {
        "inspector": R,
        "officer": R,
        "manager": R,
        "finance": R,
        "auditor": R,
        "plain": "",
    },
    "vendor.quality.waiver": {
        "inspector": "",
        "officer": R,
        "manager": RWCD,
        "finance": RW,
        "auditor": R,
        "procurement": R,
        "plain": "",
    },
    "vendor.quality.standing": {
        "inspector": R,
        "officer": R,
        "manager": R,
        "finance": R,
        "auditor": R,
        "procurement": R,
        "plain": "",
    },
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestConsequenceAccess(ConsequenceCommon):
    """Who may do what with plans, warnings, waivers and standings."""

    def test_matrix(self):
        for name, roles in MATRIX.items():
            for role, granted in roles.items():
                Model = self.env[name].with_user(getattr(self, f"{role}_user"))
                for letter, operation in OPERATIONS.items():
                    self.assertEqual(
                        Model.has_access(operation),
                        letter in granted,
                        (name, role, operation),
                    )

    def test_responsible_only(self):
        """An inspector writes the plans he is responsible for and no others."""
        plan = self._block().improvement_plan_ids
        for user in (self.inspector_user, self.finance_user):
            with self.assertRaises(AccessError):
                plan.with_user(user).write({"root_cause": "x"})
            with self.assertRaises(AccessError):
                plan.target_ids.with_user(user).write({"target_points": 70})
        self.assertFalse(plan.with_user(self.inspector_user).has_access("read"))
        self.assertTrue(plan.with_user(self.finance_user).has_access("read"))

    def test_waivers_of_other_companies(self):
        self._block()
        waiver = self._create_waiver()
        sister = self.env["res.company"].create({"name": "Sister"})
        stranger = self._new_user(
            "stranger",
            "vendor_quality.group_quality_manager",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        self.assertFalse(waiver.with_user(stranger).has_access("read"))
        self.assertFalse(
            self.contract.vendor_quality_standing_ids.with_user(stranger).has_access(
                "read"
            )
        )

    def test_vendor_page(self):
        self._block()
        for user, grade, blocked in (
            (self.manager_user, "C", "invitations and orders"),
            (self.procurement_user, "C", "invitations and orders"),
            (self.plain_user, False, False),
        ):
            vendor = self.vendor.with_user(user)
            self.assertEqual(vendor.vendor_quality_grade or False, grade)
            self.assertEqual(vendor.vendor_quality_blocked or False, blocked)
        contract = self.contract.with_user(self.manager_user)
        with freeze_time("2028-01-01 12:00:00"):
            self.assertTrue(contract.vendor_quality_blocked)
        self.assertEqual(contract.vendor_quality_blocked, "invitations and orders")
        self.assertEqual(contract.vendor_quality_improvement_plan_count, 1)
        for method in (
            "action_view_vendor_quality_improvement_plans",
            "action_view_vendor_quality_forecast",
        ):
            self.assertEqual(
                getattr(contract, method)()["domain"],
                [("contract_id", "=", contract.id)],
            )

    def test_vendor_page_after_the_end(self):
        """What no longer blocks is no longer shown."""
        self._block()
        self.contract.with_user(self.owner_user).action_terminate("Bad service")
        vendor = self.vendor.with_user(self.manager_user)
        self.assertEqual(vendor.vendor_quality_blocked, "invitations and orders")
        self.env.invalidate_all()
        with freeze_time("2027-02-01 12:00:00"):
            self.assertFalse(vendor.vendor_quality_blocked)
