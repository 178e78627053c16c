from odoo.tests import freeze_time, tagged

from .consequence_common import ConsequenceCommon
from .quality_common import TODAY


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImprovementPlan(ConsequenceCommon):
    """Plans follow from poor grades, and the next form shows their effect."""

    def test_opened_by_a_poor_grade(self):
        form = self._block()
        plan = self.env["vendor.quality.action"].search([("form_id", "=", form.id)])
        self.assertRecordValues(
            plan,
            [
                {
                    "state": "open",
                    "contract_id": self.contract.id,
                    "owner_id": self.officer_user.id,
                    "grade": "C",
                    "effect": "unknown",
                }
            ],
        )
        self.assertRecordValues(
            self.env["vendor.quality.action.target"].search(
                [("action_id", "=", plan.id)]
            ),
            [
                {
                    "metric_id": self.metric_presence.id,
                    "points_before": 25,
                    "target_points": 60,
                    "minimum_points": 60,
                }
            ],
        )
        self.assertEqual(plan.activity_ids.user_id, self.officer_user)
        self.assertFalse(self._lift().action_ids)
