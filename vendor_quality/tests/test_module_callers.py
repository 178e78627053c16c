from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.attack_calls import ForeignVerbs
from odoo.addons.outsourcing_mgmt.tests.common import GROUPS as OUTSOURCING_GROUPS

from .common import GROUPS, TODAY
from .test_form_dispute import DisputeCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestModuleCallers(ForeignVerbs, DisputeCommon):
    """Verbs of quality records, called by another vendor."""

    def test_verbs_answer_nobody_about_foreign_records(self):
        self._create_plan().action_generate()
        self.form.action_send_to_vendor()
        self._dispute()
        called = self._call_foreign_verbs(self.peer_user, "vendor_quality")
        self.assertIn("vendor.quality.form.action_view_disputes", called)
        self.assertIn("vendor.quality.dispute.action_new_improvement_plan", called)

    def test_odd_arguments(self):
        groups = {*GROUPS.values(), *OUTSOURCING_GROUPS.values(), "base.group_system"}
        user = self._new_user("all", ",".join(groups))
        self._create_plan().action_generate()
        self.form.action_send_to_vendor()
        self._dispute()
        called = self._call_all_verbs_oddly(user, "vendor_quality")
        self.assertIn("vendor.quality.dispute.action_decide", called)
        self.assertIn("vendor.quality.inspection.action_waive", called)
        self.assertIn("vendor.quality.form.action_send_back", called)

    def test_none_and_several(self):
        groups = {*GROUPS.values(), *OUTSOURCING_GROUPS.values(), "base.group_system"}
        user = self._new_user("many", ",".join(groups))
        self._create_plan().action_generate()
        self.form.action_send_to_vendor()
        self._dispute()
        called = self._call_verbs_on_many(user, "vendor_quality")
        self.assertIn("vendor.quality.dispute.decide.action_confirm", called)
        self.assertIn("vendor.quality.form.action_export_json", called)

    def test_public_methods_are_verbs(self):
        self.assertFalse(self._find_public_helpers("vendor_quality"))

    def test_a_second_decision_changes_nothing(self):
        """Neither the reason nor the points of a decision are replaced."""
        self.form.action_send_to_vendor()
        dispute = self._dispute()
        decider = dispute.with_user(self.other_officer_user)
        decider.action_decide("partial", "Half of it was our doing", 80)
        names = ["state", "decision_reason", "awarded_points", "decided_at"]
        before = dispute.sudo().read(names)
        for result in ("partial", "upheld", "rejected"):
            with self.subTest(result=result), self.assertRaises(UserError):
                decider.action_decide(result, "On second thought", 90)
        dispute.invalidate_recordset()
        self.assertEqual(dispute.sudo().read(names), before)
