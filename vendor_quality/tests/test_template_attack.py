from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import TODAY, QualityCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAttackTemplate(QualityCommon):
    """Rules of one person are not put in force by the same person."""

    def test_metric_edited_by_whoever_activates(self):
        for edit in (
            lambda metric: metric.write({"missing_policy": "exclude"}),
            lambda metric: metric.anchor_ids[0].write({"points": 10}),
            lambda metric: metric.anchor_ids[0].unlink(),
            lambda metric: metric.anchor_ids.create(
                {"metric_id": metric.id, "value": 70, "points": 60}
            ),
        ):
            metric = self._create_metric(
                "late", anchors=((50, 0), (60, 50), (90, 100)), missing_policy="zero"
            )
            template = self._create_template([(metric, 10000)], code="attack")
            edit(metric.with_user(self.other_manager_user))
            with self.assertRaisesRegex(UserError, "wrote or last edited"):
                template.with_user(self.other_manager_user).action_activate()
            template.unlink()
            metric.unlink()

    def test_rules_changed_by_the_write_that_activates(self):
        """The step is judged by what the template says then, and who wrote that."""
        template = self._create_template(
            [(self._create_metric("fast", anchors=((0, 0), (100, 100))), 10000)],
            code="attack",
        )
        with self.assertRaisesRegex(UserError, "wrote or last edited"):
            template.with_user(self.other_manager_user).write(
                {"state": "active", "threshold": 0}
            )
