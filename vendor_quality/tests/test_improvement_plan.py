from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .consequence_common import ConsequenceCommon
from .quality_common import PERIOD, TODAY

MARCH = {"date_start": "2026-03-01", "date_end": "2026-03-31"}


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImprovementPlan(ConsequenceCommon):
    """Plans follow from poor grades, and the next form shows their effect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._block()
        cls.plan = cls.form.action_ids.with_env(cls.env)
        cls.target = cls.plan.target_ids

    def _start(self, plan=None):
        plan = (plan or self.plan).with_user(self.officer_user)
        plan.write({"root_cause": "Two cleaners left", "plan": "Hire two"})
        plan.action_start()
        return plan

    def _verify(self, presence=95):
        """Take the plan to the check and approve the form of March."""
        plan = self._start()
        plan.action_request_check()
        with freeze_time("2026-04-02 02:00:00"):
            self._create_approved_form(presence, **MARCH)
        return plan.with_user(self.other_officer_user)

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    def test_opened_by_a_poor_grade(self):
        plans = self.env["vendor.quality.action"].search(
            [("form_id", "=", self.form.id)]
        )
        self.assertRecordValues(
            plans,
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
                [("action_id", "=", plans.id)]
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
        self.assertEqual(plans.activity_ids.user_id, self.officer_user)
        mails = plans.message_ids.filtered(
            lambda message: self.vendor in message.partner_ids
        )
        self.assertEqual(len(mails), 1)
        self.assertNotIn(self.vendor, plans.message_partner_ids)

    def test_no_second_plan_for_the_same_metric(self):
        form = self._lift(presence=82)
        self.assertEqual(form.grade, "C")
        self.assertFalse(form.action_ids)
        with freeze_time("2026-04-02 02:00:00"):
            self.assertFalse(self._create_approved_form(95, **MARCH).action_ids)

    def test_band_decides(self):
        band = self.template.band_ids.filtered(lambda item: item.grade == "C")
        self.assertTrue(band.needs_action)
        self.assertFalse((self.template.band_ids - band).filtered("needs_action"))
        with self.assertRaises(UserError):
            band.with_user(self.manager_user).needs_action = False
        for xmlid in ("it_service", "cleaning", "guards", "staffing"):
            shipped = self.env.ref(f"vendor_quality.template_{xmlid}")
            poor = shipped.band_ids.filtered("needs_action")
            self.assertEqual(poor.mapped("lower_bound"), [0], xmlid)

    def test_by_hand(self):
        plan = (
            self.env["vendor.quality.action"]
            .with_user(self.other_officer_user)
            .create(
                {
                    "subject": "Windows",
                    "contract_id": self.contract.id,
                    "form_id": self.form.id,
                    "target_ids": [
                        Command.create(
                            {"metric_id": self.metric_presence.id, "target_points": 80}
                        )
                    ],
                }
            )
        )
        self.assertRecordValues(
            plan.target_ids, [{"points_before": 25, "minimum_points": 0}]
        )
        self.assertEqual(plan.owner_id, self.other_officer_user)

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    def test_start_needs_cause_and_plan(self):
        plan = self.plan.with_user(self.officer_user)
        with self.assertRaisesRegex(UserError, "fill in"):
            plan.action_start()
        plan.write({"root_cause": "x", "plan": "y", "owner_id": False})
        with self.assertRaises(UserError):
            plan.action_start()

    def test_effective(self):
        plan = self._verify()
        self.assertRecordValues(
            plan, [{"effect": "effective", "check_form_id": self._get_march().id}]
        )
        self.assertEqual(self.target.result_points, 75)
        plan.action_close("Presence is back")
        self.assertRecordValues(
            plan,
            [
                {
                    "state": "closed",
                    "result": "Presence is back",
                    "closed_by_id": self.other_officer_user.id,
                }
            ],
        )
        self.assertFalse(plan.next_ids)
        self.assertFalse(plan.activity_ids)

    def test_missed_opens_a_follow_up(self):
        plan = self._verify(85)
        self.assertEqual(plan.effect, "missed")
        with self.assertRaisesRegex(UserError, "targets were missed"):
            plan.action_close("Fine")
        plan.action_fail("Presence is as bad as before")
        self.assertEqual(plan.state, "failed")
        follow_up = plan.next_ids
        self.assertRecordValues(
            follow_up,
            [
                {
                    "state": "open",
                    "previous_id": plan.id,
                    "owner_id": self.officer_user.id,
                    "form_id": self._get_march().id,
                }
            ],
        )
        self.assertRecordValues(
            follow_up.target_ids,
            [{"points_before": 25, "minimum_points": 60, "target_points": 60}],
        )

    def test_not_before_a_later_form(self):
        plan = self._start()
        plan.action_request_check()
        plan = plan.with_user(self.other_officer_user)
        with self.assertRaisesRegex(UserError, "later period"):
            plan.action_close("Fine")
        # February had ended before the measures began.
        self._lift(presence=100)
        self.assertEqual(plan.effect, "unknown")
        with self.assertRaises(UserError):
            plan.action_close("Fine")

    def test_measured_again_by_a_better_form_only_once(self):
        plan = self._verify(85)
        with freeze_time("2026-05-02 02:00:00"):
            self._create_approved_form(
                100, date_start="2026-04-01", date_end="2026-04-30"
            )
        self.assertEqual(plan.effect, "missed")
        self.assertEqual(plan.check_form_id, self._get_march())

    def test_doers_do_not_judge(self):
        plan = self._verify()
        for user in (self.officer_user, self.plain_user, self.auditor_user):
            with self.assertRaises(UserError):
                plan.with_user(user).action_close("Fine")
            with self.assertRaises(UserError):
                plan.with_user(user).action_fail("Bad")
        with self.assertRaisesRegex(UserError, "somebody else"):
            plan.with_user(self.officer_user).sudo().action_close("Fine")

    def test_handing_over_does_not_make_a_judge(self):
        plan = self.plan.with_user(self.manager_user)
        plan.owner_id = self.manager_user
        plan.owner_id = self.officer_user
        self._verify()
        with self.assertRaisesRegex(UserError, "somebody else"):
            plan.action_close("Fine")

    def test_owner_without_quality_role(self):
        """The contract's owner carries his own plans out and sees no others."""
        clerk = self._new_user("clerk", "outsourcing_mgmt.group_outsourcing_user")
        mine = self.plan.with_user(clerk)
        with self.assertRaises(AccessError):
            mine.read(["subject"])
        self.plan.owner_id = clerk
        mine.invalidate_recordset()
        mine.write({"root_cause": "x", "plan": "y"})
        mine.action_start()
        mine.action_request_check()
        with self.assertRaises(UserError):
            mine.action_fail("x")
        with self.assertRaises(AccessError):
            mine.create({"subject": "x", "contract_id": self.contract.id})

    def test_cancel(self):
        plan = self.plan
        for user in (self.officer_user, self.other_officer_user):
            with self.assertRaises(UserError):
                plan.with_user(user).action_cancel("x")
        with self.assertRaises(UserError):
            plan.with_user(self.manager_user).action_cancel(" ")
        plan.with_user(self.manager_user).action_cancel("Wrong figures")
        self.assertEqual(plan.state, "cancelled")

    # ------------------------------------------------------------
    # ATTACKS
    # ------------------------------------------------------------

    def test_forged(self):
        plan = self.plan.with_user(self.officer_user)
        for state in ("verify", "closed", "failed"):
            with self.assertRaises(UserError):
                plan.write({"state": state, "result": "x"})
            with self.assertRaises(UserError):
                plan.create(
                    {
                        "subject": "x",
                        "contract_id": self.contract.id,
                        "state": state,
                    }
                )
        for vals in (
            {"check_form_id": self.form.id},
            {"effect": "effective"},
            {"vendor_response": "We agree"},
            {"closed_by_id": self.manager_user.id},
            {"past_owner_ids": [Command.clear()]},
            {"name": "IP/1"},
        ):
            with self.assertRaises(AccessError):
                plan.write(vals)
            with self.assertRaises(AccessError):
                plan.sudo().with_context(outsourcing_flow_key=1).write(vals)
        with self.assertRaises(UserError):
            plan.sudo().unlink()

    def test_targets_cannot_be_bent(self):
        target = self.target.with_user(self.officer_user)
        for vals in (
            {"result_points": 100},
            {"points_before": 1},
            {"minimum_points": 0},
            {"is_reached": True},
        ):
            with self.assertRaises(AccessError):
                target.write(vals)
            with self.assertRaises(AccessError):
                self.plan.with_user(self.officer_user).write(
                    {"target_ids": [Command.update(target.id, vals)]}
                )
        with self.assertRaises(UserError):
            target.unlink()
        with self.assertRaises(UserError):
            target.metric_id = self.metric_rounds
        target.target_points = 90
        with self.assertRaisesRegex(UserError, "raised, not lowered"):
            target.target_points = 10

    def test_content_is_frozen_at_the_check(self):
        plan = self._verify()
        for vals in ({"owner_id": self.manager_user.id}, {"plan": "z"}):
            with self.assertRaises(UserError):
                plan.write(vals)
        with self.assertRaises(UserError):
            self.target.with_user(self.officer_user).target_points = 70

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

    def test_soft_plan_by_hand_lifts_nothing(self):
        self.plan.with_user(self.manager_user).action_cancel("Do not like it")
        soft = (
            self.env["vendor.quality.action"]
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

    def _create_unrated_march(self):
        """Approve a form that measures presence, but too little for a score."""
        self.env.cr.execute(
            "UPDATE vendor_quality_template SET min_coverage = 50 WHERE id = %s",
            [self.template.id],
        )
        self.template.invalidate_recordset()
        with freeze_time("2026-04-02 02:00:00"):
            march = self._create_approved_form(95, **MARCH)
        self.assertFalse(march.is_rated)
        return march

    def _get_march(self):
        return self.env["vendor.quality.form"].search(
            [("contract_id", "=", self.contract.id), ("date_end", "=", "2026-03-31")]
        )

    # ------------------------------------------------------------
    # REMINDERS
    # ------------------------------------------------------------

    def test_reminders(self):
        Action = self.env["vendor.quality.action"]

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
        self.assertEqual(PERIOD[0].year, self.plan.reminded_on.year)

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
