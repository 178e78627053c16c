from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

from .common import TODAY
from .test_consequence_plan import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImprovementEffect(PlanCommon):
    """What an effective plan lifts, who is reminded, and who sees nothing."""

    # ------------------------------------------------------------
    # LIFTING
    # ------------------------------------------------------------

    def test_effective_plan_lifts_what_the_grade_blocks(self):
        """The effect is proved although the later period is not rated."""
        plan = self._start()
        plan.action_request_check()
        march = self._create_unrated_march()
        order = self._create_order()
        with self.assertRaises(UserError):
            order.button_confirm()
        self.assertEqual(plan.effect, "effective")
        plan.with_user(self.other_officer_user).action_close("Presence is back")
        standing = self.contract.vendor_quality_standing_ids
        self.assertRecordValues(
            standing,
            [
                {
                    "form_id": march.id,
                    "block_form_id": self.form.id,
                    "lifted_by_id": plan.id,
                    "blocks_order": False,
                }
            ],
        )
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_given_up_plan_of_the_form_lifts_nothing(self):
        """An older plan proves its own metric, not that of the plan given up."""
        plan = self._start()
        plan.action_request_check()
        second = server_create(
            self.plan.sudo(),
            [
                {
                    "subject": "Rounds",
                    "contract_id": self.contract.id,
                    "form_id": self.form.id,
                }
            ],
        )
        second.with_user(self.manager_user).action_cancel("Do not like it")
        self._create_unrated_march()
        plan.with_user(self.other_officer_user).action_close("Presence is back")
        with self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_soft_plan_by_hand_lifts_nothing(self):
        self.plan.with_user(self.manager_user).action_cancel("Do not like it")
        soft = (
            self.env["vendor.quality.improvement.plan"]
            .with_user(self.officer_user)
            .create(
                {
                    "subject": "Soft",
                    "contract_id": self.contract.id,
                    "form_id": self.form.id,
                    "target_ids": [
                        Command.create(
                            {"metric_id": self.metric_presence.id, "target_points": 1}
                        )
                    ],
                }
            )
        )
        soft = self._start(soft)
        soft.action_request_check()
        self._create_unrated_march()
        soft.with_user(self.other_officer_user).action_close("Great")
        with self.assertRaises(UserError):
            self._create_order().button_confirm()

    # ------------------------------------------------------------
    # REMINDERS
    # ------------------------------------------------------------

    def test_reminders(self):
        Action = self.env["vendor.quality.improvement.plan"]

        def count(text):
            return len(
                self.plan.activity_ids.filtered(lambda item: text in item.summary)
            )

        Action._cron_remind()
        self.assertEqual(count("overdue"), 0)
        with freeze_time("2026-04-10 06:00:00"):
            self.assertTrue(self.plan.is_late)
            mails = len(self.plan.message_ids)
            Action._cron_remind()
            Action._cron_remind()
            # One for the responsible, one for a manager; the vendor once more.
            self.assertEqual(count("overdue"), 2)
            self.assertEqual(len(self.plan.message_ids), mails + 1)
        self.plan.invalidate_recordset(["is_late"])
        self.assertEqual(2026, self.plan.reminded_on.year)

    # ------------------------------------------------------------
    # COMPANIES
    # ------------------------------------------------------------

    def test_other_company_sees_nothing(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        stranger = self._new_user(
            "stranger",
            "vendor_quality.group_quality_manager",
            company_id=sister.id,
            company_ids=[Command.set(sister.ids)],
        )
        for record in (self.plan, self.target):
            strange = record.with_user(stranger)
            self.assertFalse(strange.search([("id", "in", record.ids)]))
            for operation in ("read", "write", "unlink"):
                self.assertFalse(strange.has_access(operation), record)
        with self.assertRaises(UserError):
            self.plan.with_user(stranger).action_cancel("x")
