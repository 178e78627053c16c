from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.attack_calls import ForeignVerbs

from .common import TODAY
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
