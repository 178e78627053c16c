from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import GROUPS, MARCH, TODAY, ConsequenceCommon, dates


class PlanCommon(ConsequenceCommon):
    """January has grade C and its plan; March may show the effect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls._block()
        cls.plan = cls.form.improvement_plan_ids.with_env(cls.env)
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
            self._create_approved_form(presence, **dates(MARCH))
        return plan.with_user(self.other_officer_user)

    def _create_unrated_march(self):
        """Approve a form that measures presence, but too little for a score."""
        self.env.cr.execute(
            "UPDATE vendor_quality_template SET min_coverage = 50 WHERE id = %s",
            [self.template.id],
        )
        self.template.invalidate_recordset()
        with freeze_time("2026-04-02 02:00:00"):
            march = self._create_approved_form(95, **dates(MARCH))
        self.assertFalse(march.is_rated)
        return march

    def _get_march(self):
        return self.env["vendor.quality.form"].search(
            [("contract_id", "=", self.contract.id), ("date_end", "=", "2026-03-31")]
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestImprovementPlan(PlanCommon):
    """Plans follow from poor grades, and the next form shows their effect."""

    # ------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------

    def test_opened_by_a_poor_grade(self):
        plans = self.env["vendor.quality.improvement.plan"].search(
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
            self.env["vendor.quality.improvement.plan.target"].search(
                [("improvement_plan_id", "=", plans.id)]
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

    def test_no_default_fills_results_of_a_target(self):
        plan = self.env["vendor.quality.improvement.plan"].search(
            [("form_id", "=", self.form.id)]
        )
        values = {
            "improvement_plan_id": plan.id,
            "metric_id": self.metric_rounds.id,
            "target_points": 90,
        }
        self.env["ir.default"].with_user(self.officer_user).set(
            "vendor.quality.improvement.plan.target", "result_points", 95, user_id=True
        )
        target = (
            self.env["vendor.quality.improvement.plan.target"]
            .with_user(self.officer_user)
            .with_context(default_minimum_points=80)
            .create(values)
        )
        self.assertRecordValues(
            target, [{"result_points": 0, "minimum_points": 0, "is_reached": False}]
        )

    def test_no_second_plan_for_the_same_metric(self):
        form = self._lift(presence=82)
        self.assertEqual(form.grade, "C")
        self.assertFalse(form.improvement_plan_ids)
        with freeze_time("2026-04-02 02:00:00"):
            form = self._create_approved_form(95, **dates(MARCH))
            self.assertFalse(form.improvement_plan_ids)

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
            self.env["vendor.quality.improvement.plan"]
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

    def test_from_a_line(self):
        line = self.form.line_ids.filtered(lambda item: item.code == "presence")
        action = line.with_user(self.other_officer_user).action_new_improvement_plan()
        plan = Form(
            self.env[action["res_model"]]
            .with_user(self.other_officer_user)
            .with_context(**action["context"])
        ).save()
        self.assertRecordValues(
            plan,
            [{"contract_id": self.contract.id, "form_id": self.form.id}],
        )
        self.assertRecordValues(
            plan.target_ids,
            [{"metric_id": self.metric_presence.id, "points_before": 25}],
        )
        with self.assertRaises(AccessError):
            line.with_user(self.auditor_user).action_new_improvement_plan()

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    def test_copy_is_a_plan_by_hand(self):
        """What the server asked for stays with the plan it asked it of."""
        copy = self.plan.with_user(self.manager_user).copy()
        self.assertEqual(copy.target_ids.metric_id, self.plan.target_ids.metric_id)
        self.assertFalse(any(copy.target_ids.mapped("minimum_points")))
        self.assertTrue(all(self.plan.target_ids.mapped("minimum_points")))

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

    def test_who_writes_a_part_does_not_judge(self):
        """Neither of the plan nor of a target, nor who adds a file to it."""
        acts = {
            "plan": lambda plan: plan.write({"plan": "Hire three"}),
            "target": lambda plan: plan.target_ids.write({"target_points": 99}),
            "file": lambda plan: plan.env["ir.attachment"].create(
                {
                    "name": "list.pdf",
                    "raw": b"%PDF-1.4 list",
                    "res_model": plan._name,
                    "res_id": plan.id,
                }
            ),
        }
        plan = self._start()
        writers = {
            name: self._new_user(f"writer_{name}", GROUPS["officer"]) for name in acts
        }
        for name, act in acts.items():
            act(plan.with_user(writers[name]))
        plan.target_ids.target_points = 75
        plan.action_request_check()
        with freeze_time("2026-04-02 02:00:00"):
            self._create_approved_form(95, **dates(MARCH))
        for name, user in writers.items():
            for mine in (plan.with_user(user), plan.with_user(user).sudo()):
                with self.subTest(name), self.assertRaisesRegex(UserError, "judges"):
                    mine.action_close("It helped")
        plan.with_user(self.other_officer_user).action_close("It helped")

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

    def test_origin_stays(self):
        """Neither another vendor's form nor a portal user gets into a plan."""
        other = self._create_contract(partner_id=self.free_vendor.id)
        form = self._create_collected_form(95, contract=other)
        plan = self.plan.with_user(self.officer_user)
        for vals in ({"contract_id": other.id}, {"form_id": form.id}):
            with self.assertRaises(UserError):
                plan.write(vals)
        with self.assertRaises(UserError):
            plan.create(
                {
                    "subject": "x",
                    "contract_id": self.contract.id,
                    "form_id": form.id,
                }
            )
        vendor_user = self._new_user("vendor", "base.group_portal")
        with self.assertRaises(UserError):
            plan.owner_id = vendor_user

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
