from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

from .common import TODAY, ConsequenceCommon
from .test_consequence_plan import PlanCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAttackWaiver(ConsequenceCommon):
    """A waiver that was approved for one vendor is not good for another."""

    def test_contact_moved_to_the_blocked_vendor(self):
        self._block()
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.free_vendor.id}
        )
        waiver = self._create_waiver(partner_id=contact.id)
        contact.parent_id = self.vendor
        with self.assertRaises(UserError):
            self._create_order().button_confirm()
        self.assertEqual(waiver.state, "approved")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestAttackPlan(PlanCommon):
    """What a grade asks for is not made smaller to lift what it blocks."""

    def test_target_moved_to_another_plan(self):
        other = (
            self.env["vendor.quality.improvement.plan"]
            .with_user(self.officer_user)
            .create({"subject": "Other", "contract_id": self.contract.id})
        )
        for user in (self.officer_user, self.manager_user):
            with self.assertRaises(UserError):
                self.target.with_user(user).write({"improvement_plan_id": other.id})
            with self.assertRaises(UserError):
                self.plan.with_user(user).target_ids = [
                    Command.unlink(self.target[0].id)
                ]

    def test_follow_up_given_up(self):
        """A plan that failed is not overcome by giving up the next one."""
        plan = self._start()
        plan.action_request_check()
        second = server_create(
            self.plan.sudo(),
            [
                {
                    "subject": "Rounds",
                    "contract_id": self.contract.id,
                    "form_id": self.form.id,
                    "owner_id": self.officer_user.id,
                    "root_cause": "Nobody looked",
                    "plan": "Look",
                    "target_ids": [
                        Command.create(
                            {"metric_id": self.metric_presence.id, "target_points": 99}
                        )
                    ],
                }
            ],
        )
        second = second.with_user(self.officer_user)
        second.action_start()
        second.action_request_check()
        self._create_unrated_march()
        second.with_user(self.other_officer_user).action_fail("Nobody looks")
        follow_up = second.sudo().next_ids
        follow_up.with_user(self.manager_user).action_cancel("Do not like it")
        plan.with_user(self.other_officer_user).action_close("Presence is back")
        with self.assertRaises(UserError):
            self._create_order().button_confirm()

    def test_refusals_tell_strangers_nothing(self):
        """A refused step names the record, so it asks for the right to read it."""
        waiver = self._create_waiver()
        portal = self._new_user("portal", "base.group_portal")
        for user in (self.plain_user, portal):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                self.plan.with_user(user).action_open_cancel_wizard()
            with self.assertRaises(AccessError):
                waiver.with_user(user).action_refuse("x")
