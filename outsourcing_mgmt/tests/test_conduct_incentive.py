from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from .common import IncentiveCommon

STATES = [
    "draft",
    "submitted",
    "approved",
    "applied",
    "appealed",
    "reversed",
    "refused",
]
ALLOWED = {
    ("draft", "submitted"),
    ("draft", "refused"),
    ("submitted", "draft"),
    ("submitted", "approved"),
    ("submitted", "refused"),
    ("approved", "applied"),
    ("approved", "appealed"),
    ("approved", "reversed"),
    ("applied", "appealed"),
    ("applied", "reversed"),
    ("appealed", "applied"),
    ("appealed", "reversed"),
}


class ServedCommon(IncentiveCommon):
    """Findings are about one running contract, unless a test names another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.served = cls._create_active()

    @classmethod
    def _create_finding(cls, user=None, **values):
        return super()._create_finding(user, **{"contract_id": cls.served.id, **values})


@tagged("post_install", "-at_install")
class TestIncentiveFlow(ServedCommon):
    """Proposal, hearing, decision, appeal."""

    def test_every_pair_of_states(self):
        flow = self.env["outsourcing.incentive"]._flow_transitions
        self.assertEqual(
            ALLOWED, {(origin, target) for origin in flow for target in flow[origin]}
        )
        refused = self._submit(self._create_reward())
        refused.with_user(self.other_hr_user).action_refuse("Too early")
        appealed = self._apply(self._create_reward())
        appealed.with_user(self.plain_user).action_appeal("Too little")
        reversed_ = self._approve(self._create_reward())
        reversed_.with_user(self.other_hr_user).action_reverse("Wrong person")
        incentives = (
            self._create_reward(),
            self._submit(self._create_reward()),
            self._approve(self._create_reward()),
            self._apply(self._create_reward()),
            appealed,
            reversed_,
            refused,
        )
        self.assertEqual([record.state for record in incentives], STATES)
        for incentive in incentives:
            self._try_undeclared_steps(incentive.with_user(self.hr_user))

    def test_happy_path(self):
        reward = self._create_reward()
        # STEP 1: proposed by HR, with the rates of the day
        self.assertRecordValues(
            reward,
            [
                {
                    "state": "draft",
                    "cap_amount": 1000.0,
                    "is_capped": True,
                    "employee_user_id": self.plain_user.id,
                    "department_id": self.department.id,
                }
            ],
        )
        # STEP 2: submitted; the person and the reviewers are asked
        self._submit(reward)
        self.assertRecordValues(
            reward,
            [
                {
                    "hearing_deadline": self._days(3),
                    "validation_status": "pending",
                    "heard_date": False,
                }
            ],
        )
        # STEP 3: heard
        reward.with_user(self.plain_user).action_answer("Glad to help")
        self.assertRecordValues(
            reward, [{"statement": "Glad to help", "heard_date": self.today}]
        )
        # STEP 4: reviewed and approved by another one of HR
        self._pass_reviews(reward, self.other_hr_user)
        reward.with_user(self.other_hr_user).action_approve()
        # STEP 5: handed to payroll
        reward.with_user(self.hr_user).action_apply()
        self.assertRecordValues(
            reward,
            [
                {
                    "state": "applied",
                    "approved_by_id": self.other_hr_user.id,
                    "applied_by_id": self.hr_user.id,
                    "applied_date": self.today,
                }
            ],
        )
        self.assertEqual(
            reward.review_ids.mapped("status"), ["approved"], "the review is kept"
        )

    def test_heard_before_the_decision(self):
        reward = self._submit(self._create_reward())
        self._pass_reviews(reward, self.other_hr_user)
        with self.assertRefused("has not answered yet"):
            reward.with_user(self.other_hr_user).action_approve()
        with self.assertRefused("has not answered yet"):
            reward.with_user(self.other_hr_user).sudo().state = "approved"
        # The last day of the hearing still belongs to the person.
        moment = fields.Datetime.now()
        with (
            freeze_time(moment + timedelta(days=3)),
            self.assertRefused("has not answered yet"),
        ):
            reward.with_user(self.other_hr_user).action_approve()
        with freeze_time(moment + timedelta(days=4)):
            reward.with_user(self.other_hr_user).action_approve()
        self.assertEqual(reward.state, "approved")

    def test_only_the_person_answers_once(self):
        reward = self._submit(self._create_reward())
        for role in ("hr", "other_hr"):
            with self.subTest(role=role), self.assertRefused("only the person"):
                reward.with_user(getattr(self, f"{role}_user")).action_answer("Fine")
        reward.with_user(self.plain_user).action_answer("First")
        with self.assertRefused("you have answered"):
            reward.with_user(self.plain_user).action_answer("Second")
        with self.assertRaises(AccessError):
            reward.with_user(self.hr_user).write({"statement": "Forged"})
        self.assertEqual(reward.statement, "First")

    def test_nobody_decides_on_the_own_reward(self):
        """Neither as HR, nor after his employee got another user."""
        reward = self._create_reward(
            user=self.hr_user, employee_id=self.other_hr_employee.id
        )
        with self.assertRefused("on their own reward"):
            reward.with_user(self.other_hr_user).action_submit()
        self._submit(reward)
        reward.with_user(self.other_hr_user).action_answer("Yes please")
        with self.assertRaises(UserError):
            reward.with_user(self.other_hr_user).validate_tier()
        self.other_hr_employee.sudo().user_id = self.auditor_user
        with self.assertRaises(UserError):
            reward.with_user(self.other_hr_user).validate_tier()
        with self.assertRaises(UserError):
            reward.with_user(self.other_hr_user).sudo().action_approve()
        for verb, args in (("action_refuse", ("No",)), ("action_reset", ())):
            with self.subTest(verb=verb), self.assertRefused("on their own reward"):
                getattr(reward.with_user(self.other_hr_user), verb)(*args)

    def test_proposer_does_not_approve(self):
        reward = self._submit(self._create_reward())
        reward.with_user(self.plain_user).action_answer("Thanks")
        with self.assertRaises(UserError):
            reward.with_user(self.hr_user).validate_tier()
        self._pass_reviews(reward, self.other_hr_user)
        with self.assertRefused("you proposed it"):
            reward.with_user(self.hr_user).action_approve()

    def test_manager_where_hr_has_nobody_left(self):
        group = self.env.ref("outsourcing_mgmt.group_outsourcing_hr")
        (group.all_user_ids - self.hr_user).write({"group_ids": [(3, group.id)]})
        reward = self._create_reward()
        with self.assertRaises(AccessError):
            reward.with_user(self.manager_user).read(["amount"])
        self._submit(reward)
        reward.with_user(self.plain_user).action_answer("Thanks")
        mine = reward.with_user(self.manager_user)
        mine.invalidate_recordset()
        self.assertEqual(mine.search([]), reward)
        mine.validate_tier()
        mine.invalidate_recordset()
        mine.action_approve()
        self.assertRecordValues(
            mine, [{"state": "approved", "approved_by_id": self.manager_user.id}]
        )
        other = self._new_user("manager2", "outsourcing_mgmt.group_outsourcing_manager")
        with self.assertRaises(AccessError):
            reward.with_user(other).read(["amount"])

    def test_appeal(self):
        reward = self._approve(self._create_reward())
        with self.assertRefused("only the person"):
            reward.with_user(self.hr_user).action_appeal("Too little")
        with self.assertRaises(UserError):
            reward.with_user(self.plain_user).action_appeal("   ")
        reward.with_user(self.plain_user).action_appeal("Too little")
        self.assertRecordValues(
            reward, [{"state": "appealed", "appeal_reason": "Too little"}]
        )
        with self.assertRefused("you approved it"):
            reward.with_user(self.other_hr_user).action_apply()
        reward.with_user(self.hr_user).action_apply()
        self.assertEqual(reward.state, "applied")
        with self.assertRefused("appeal once"):
            reward.with_user(self.plain_user).action_appeal("Once more")
        reward.with_user(self.hr_user).action_reverse("Granted")
        self.assertRecordValues(
            reward, [{"state": "reversed", "reversed_date": self.today}]
        )
        for verb in ("action_appeal", "action_reverse"):
            with self.subTest(verb=verb), self.assertRaises(UserError):
                getattr(reward.with_user(self.hr_user), verb)("Again")

    def test_whoever_reviewed_it_decides_no_appeal(self):
        """Only the last of two reviewers was kept out."""
        last = self._new_user("hr3", "outsourcing_mgmt.group_outsourcing_hr")
        self.env["tier.definition"].create(
            {
                "name": "The head of HR looks last",
                "model_id": self.env["ir.model"]._get_id("outsourcing.incentive"),
                "review_type": "individual",
                "reviewer_id": last.id,
                "approve_sequence": True,
                "sequence": 1,
                "company_id": False,
            }
        )
        reward = self._submit(self._create_reward())
        reward.with_user(self.plain_user).action_answer("Thank you")
        reward.with_user(self.other_hr_user).action_approve()
        self.assertEqual(reward.state, "submitted")
        reward.with_user(last).action_approve()
        self.assertEqual(reward.approved_by_id, last)
        reward.with_user(self.plain_user).action_appeal("Too little")
        for user in (last, self.other_hr_user):
            with self.assertRefused("you approved it"):
                reward.with_user(user).action_apply()
        reward.with_user(self.hr_user).action_apply()

    def test_change_means_a_new_hearing(self):
        reward = self._submit(self._create_reward())
        with self.assertRefused("can no longer be changed"):
            reward.with_user(self.hr_user).amount = 400
        reward.with_user(self.plain_user).action_answer("Thanks")
        reward.with_user(self.hr_user).action_reset()
        reward.with_user(self.hr_user).amount = 400
        self._submit(reward)
        self.assertFalse(reward.heard_date)
        self.assertEqual(reward.validation_status, "pending")

    def test_incomplete(self):
        cases = [
            ({"finding_id": False}, "follows from"),
            ({"amount": 0}, "Amount"),
            ({"reason": False}, "Why|reason|Reason"),
            ({"kind": "leave", "amount": 0}, "Leave Days"),
        ]
        for values, text in cases:
            reward = self._create_reward(**values)
            with self.subTest(values=values), self.assertRefused(text):
                self._submit(reward)

    def test_unverified_finding(self):
        with self.assertRefused("not verified"):
            self._create_reward(self._create_finding())


@tagged("post_install", "-at_install")
class TestIncentiveLimits(ServedCommon):
    """10 % together, 1,000 each, fines by the rule."""

    def test_ten_percent_together(self):
        finding = self._create_verified(5000)
        first = self._create_reward(finding, amount=300)
        second = self._create_reward(
            finding, amount=200, employee_id=self.officer_employee.id
        )
        self.assertEqual(finding.sudo().reward_total, 500)
        third = {"employee_id": self.finance_employee.id}
        with self.assertRefused("all rewards together"):
            self._create_reward(finding, amount=0.01, **third)
        with self.assertRefused("all rewards together"):
            second.amount = 200.01
        with self.assertRefused("all rewards together"):
            self.env["outsourcing.incentive"].with_user(self.hr_user).create(
                [
                    {
                        "amount": 1,
                        "employee_id": employee.id,
                        "finding_id": finding.id,
                    }
                    for employee in (self.finance_employee, self.hr_employee)
                ]
            )
        # A refused one makes room; leave is no money.
        first.with_user(self.hr_user).action_refuse("Not now")
        self._create_reward(finding, amount=300)
        self._create_reward(finding, kind="leave", amount=0, leave_days=1, **third)
        self.assertEqual(finding.sudo().reward_total, 500)

    def test_moving_to_another_finding(self):
        small, large = self._create_verified(1000), self._create_verified(9000)
        reward = self._create_reward(large, amount=900)
        with self.assertRefused("all rewards together"):
            reward.finding_id = small
        self.assertEqual(reward.finding_id, large)

    @mute_logger("odoo.sql_db")
    def test_cap_of_each(self):
        finding = self._create_verified(50000)
        with self.assertRaises(IntegrityError):
            self._create_reward(finding, amount=1000.01)
        reward = self._create_reward(finding, amount=1000)
        with self.assertRaises(IntegrityError):
            reward.amount = 1000.01
            reward.flush_recordset()
        # Behind the ORM too.
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE outsourcing_incentive SET amount = 5000 WHERE id = %s",
                (reward.id,),
            )
        for vals in ({"cap_amount": 9999}, {"is_capped": False}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                reward.write(vals)
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._create_reward(finding, **vals)

    def test_rates_are_frozen(self):
        finding = self._create_verified(5000)
        reward = self._create_reward(finding, amount=500)
        self.company.write(
            {"outsourcing_reward_cap": 100, "outsourcing_reward_share": 1}
        )
        self._approve(reward)
        self.assertRecordValues(reward, [{"cap_amount": 1000.0, "amount": 500.0}])
        late = self._create_verified(5000)
        with self.assertRefused("all rewards together"):
            self._create_reward(late, amount=60)
        self.assertEqual(self._create_reward(late, amount=50).cap_amount, 100)

    @mute_logger("odoo.sql_db")
    def test_fine_of_the_rule(self):
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        rule.fine_amount = 100
        event = self._create_event()
        rule.fine_amount = 5000
        with self.assertRefused("not confirmed"):
            self._create_fine(event, 100)
        event.with_user(self.hr_user).action_confirm()
        with self.assertRaises(IntegrityError):
            self._create_fine(event, 100.01)
        fine = self._create_fine(event, 100)
        self.assertRecordValues(fine, [{"cap_amount": 100.0, "is_capped": True}])
        with self.assertRefused("not a reward"):
            self._create_fine(event, 10, incentive_type="reward")

    def _create_fine(self, event, amount, **values):
        return self._create_reward(
            finding=self.env["outsourcing.finding"],
            **{
                "incentive_type": "penalty",
                "amount": amount,
                "finding_id": False,
                "event_id": event.id,
                "employee_id": self.procurement_employee.id,
                **values,
            },
        )

    def test_hr_changes_the_caps(self):
        """HR sets the rates of the regulation, what they were is kept."""
        Limits = self.env["outsourcing.incentive.limits"]
        for role in ("plain", "officer", "finance", "manager", "auditor"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                Limits.with_user(getattr(self, f"{role}_user")).create({})
        wizard = Limits.with_user(self.hr_user).create({})
        self.assertRecordValues(
            wizard, [{"reward_cap": 1000, "leave_cap": 10, "points_cap": 12}]
        )
        with self.assertRaises(AccessError):
            wizard.with_user(self.officer_user).sudo().action_confirm()
        wizard.leave_cap = 3
        wizard.action_confirm()
        self.assertEqual(self.company.outsourcing_leave_cap, 3)
        row = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", "res.company"), ("verb", "=", "incentive_limits")]
        )
        self.assertEqual(len(row), 1)
        self.assertIn("leave_cap", str(row.details))
        self.assertEqual(row.user_id, self.hr_user)
        with self.assertRaises(AccessError):
            self.company.with_user(self.hr_user).outsourcing_leave_cap = 400
        other = self.env["res.company"].create({"name": "Second Company"})
        with self.assertRaises(AccessError):
            Limits.with_user(self.hr_user).create({"company_id": other.id})

    def test_rates_and_rules_by_other_routes(self):
        """By the settings or the company itself: HR's rates, and each change logged."""
        admin = new_test_user(
            self.env, "terms_admin", "base.group_user,base.group_system"
        )
        company = self.company.with_user(admin)
        rows = self.env["outsourcing.audit.log"]
        domain = [
            ("res_model", "=", "res.company"),
            ("verb", "in", ("incentive_limits", "company_rules")),
        ]
        for vals in (
            {"outsourcing_fine_cap": 1000000},
            {"outsourcing_leave_cap": 400},
            {"outsourcing_reward_share": 90},
            {"outsourcing_points_cap": 999},
        ):
            for one in (company, company.sudo()):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    one.write(vals)
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.env["res.config.settings"].with_user(admin).create(vals).execute()
        with self.assertRaises(UserError):
            company.write({"outsourcing_retention_years": 0})
        before = rows.search_count(domain)
        company.write(
            {"outsourcing_amendment_cap": 77, "outsourcing_scope_rule": "all"}
        )
        company.write({"outsourcing_amendment_cap": 77})
        self.assertEqual(rows.search_count(domain), before + 1)
        row = rows.search(domain, order="id desc", limit=1)
        self.assertEqual(row.user_id, admin)
        self.assertIn("amendment_cap", str(row.details))

    @mute_logger("odoo.sql_db")
    def test_fine_without_a_rate(self):
        """A rule that names no fine, and a fine above the regulation: capped."""
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        for rate in (0, 5000):
            rule.fine_amount = rate
            event = self._create_event()
            event.with_user(self.hr_user).action_confirm()
            for amount in (1000000, 1000.01):
                with self.subTest(rate=rate), self.assertRaises(IntegrityError):
                    self._create_fine(event, amount)
            fine = self._create_fine(event, 1000)
            self.assertRecordValues(fine, [{"cap_amount": 1000, "is_capped": True}])
            with self.assertRaises(IntegrityError):
                fine.amount = 1000000
                fine.flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_leave_and_points_are_capped(self):
        finding = self._create_verified()
        with self.assertRaises(IntegrityError):
            self._create_reward(finding, amount=0, kind="leave", leave_days=400)
        event = self._create_event()
        event.with_user(self.hr_user).action_confirm()
        with self.assertRaises(IntegrityError):
            self._create_fine(event, 0, kind="demerit", points=13)
        for vals in ({"cap_leave_days": 999}, {"cap_points": 999}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._create_reward(finding, **vals)
        self.company.outsourcing_leave_cap = 2
        self._create_reward(finding, kind="leave", amount=0, leave_days=2)
        with self.assertRaises(IntegrityError):
            self._create_reward(finding, kind="leave", amount=0, leave_days=2.5)

    @mute_logger("odoo.sql_db")
    def test_one_penalty_per_event_and_person(self):
        event = self._create_event()
        event.with_user(self.hr_user).action_confirm()
        with self.assertRefused("cannot be penalised"):
            self._create_fine(event, 10, employee_id=self.plain_employee.id)
        # A fine and points are one record.
        fine = self._create_fine(event, 10, points=3)
        demerit = {"kind": "demerit", "points": 3}
        with self.assertRaises(IntegrityError):
            self._create_fine(event, 0, **demerit)
        with self.assertRaises(IntegrityError):
            fine.with_user(self.hr_user).copy()
        with self.assertRefused("cannot be penalised"):
            fine.with_user(self.hr_user).employee_id = self.plain_employee
        fine.with_user(self.hr_user).action_refuse("Not so")
        self._create_fine(event, 0, **demerit)

    @mute_logger("odoo.sql_db")
    def test_one_reward_per_finding_and_person(self):
        finding = self._create_verified(50000)
        reward = self._create_reward(finding, amount=1000)
        with self.assertRaises(IntegrityError):
            self._create_reward(finding, amount=1000)
        with self.assertRaises(IntegrityError):
            self._create_reward(finding, kind="leave", amount=0, leave_days=1)
        other = self._create_reward(
            finding, amount=1000, employee_id=self.officer_employee.id
        )
        with self.assertRaises(IntegrityError):
            other.with_user(self.hr_user).employee_id = self.plain_employee
            other.flush_recordset()
        elsewhere = self._create_reward()
        with self.assertRaises(IntegrityError):
            elsewhere.with_user(self.hr_user).finding_id = finding
        reward.with_user(self.hr_user).action_refuse("Not now")
        elsewhere.with_user(self.hr_user).finding_id = finding

    @mute_logger("odoo.sql_db")
    def test_one_number_per_kind(self):
        finding = self._create_verified(50000)
        for values in (
            {"amount": -1},
            {"kind": "leave", "amount": 10},
            {"leave_days": 1},
            {"points": 3},
            {"kind": "demerit", "amount": 0, "points": 3},
        ):
            with self.subTest(values=values), self.assertRaises(IntegrityError):
                self._create_reward(finding, **values)

    def test_penalty_needs_an_event_that_names_a_person(self):
        """By a finding anybody was fined, and by an event that names nobody."""
        finding = self._create_verified()
        with self.assertRefused("a finding leads to a reward"):
            self._create_reward(finding, incentive_type="penalty", amount=100)
        reward = self._create_reward(finding, amount=100)
        with self.assertRefused("a finding leads to a reward"):
            reward.with_user(self.hr_user).incentive_type = "penalty"
        event = self._create_event()
        server_write(event.sudo(), {"employee_id": False, "user_id": False})
        event.with_user(self.hr_user).action_confirm()
        for employee in (self.plain_employee, self.procurement_employee):
            with self.assertRefused("names nobody"):
                self._create_fine(event, 10, employee_id=employee.id)
        # The way out that this text names; one that names somebody stays confirmed.
        event.with_user(self.hr_user).action_waive("The heads were not recorded")
        self.assertEqual(event.state, "waived")
        named = self._create_event()
        named.with_user(self.hr_user).action_confirm()
        with self.assertRefused("names who is responsible"):
            named.with_user(self.hr_user).action_waive("Not so bad")

    def _create_nameless(self):
        event = self._create_event()
        server_write(
            event.sudo(),
            {"employee_id": False, "user_id": False, "actor_user_id": False},
        )
        return event

    def test_somebody_names_the_person_of_an_event(self):
        """The only way out was to waive the breach."""
        event = self._create_nameless()
        person = self.procurement_employee
        for role in ("officer", "procurement", "finance", "plain", "auditor"):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role), self.assertRaises(UserError):
                event.with_user(user).action_name_person(person.id, "He signed it")
        with self.assertRaises(AccessError):
            event.with_user(self.hr_user).employee_id = person
        mine = event.with_user(self.hr_user)
        self.assertTrue(mine.can_name_person)
        stranger = self.env["hr.employee"].create(
            {
                "name": "Elsewhere",
                "company_id": self.env["res.company"].create({"name": "Other"}).id,
            }
        )
        for employee, reason in (
            (person.id, " "),
            (stranger.id, "She signed it"),
            (self.hr_employee.id, "I did"),
            (0, "x"),
            ([person.id], "x"),
        ):
            with self.subTest(employee=employee), self.assertRaises(UserError):
                mine.action_name_person(employee, reason)
        action = mine.action_open_person_wizard()
        self.assertEqual(action["res_model"], "outsourcing.compliance.person")
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.hr_user)
            .with_context(**action["context"])
            .create({"employee_id": person.id, "reason": "He signed the paper late"})
        )
        wizard.action_confirm()
        self.assertRecordValues(
            event,
            [
                {
                    "employee_id": person.id,
                    "department_id": person.department_id.id,
                    "user_id": self.procurement_user.id,
                    "named_by_id": self.hr_user.id,
                    "named_reason": "He signed the paper late",
                    "state": "new",
                }
            ],
        )
        step = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", event._name), ("res_id", "=", event.id)]
        )
        self.assertEqual(step.mapped("verb"), ["person_named"])
        # Two persons: who named the person does not confirm the breach.
        with self.assertRefused("you named"):
            mine.action_confirm()
        event.with_user(self.other_hr_user).action_confirm()
        fine = self._create_fine(event, 10, employee_id=person.id)
        self.assertEqual(fine.state, "draft")
        with self.assertRefused("cannot be penalised"):
            fine.employee_id = self.plain_employee

    def test_the_person_of_a_confirmed_event_is_named_by_another(self):
        event = self._create_nameless()
        event.with_user(self.hr_user).action_confirm()
        with self.assertRefused("you confirmed it"):
            event.with_user(self.hr_user).action_name_person(
                self.procurement_employee.id, "He signed it"
            )
        event.with_user(self.manager_user).action_name_person(
            self.procurement_employee.id, "He signed it"
        )
        self.assertEqual(event.state, "confirmed")
        self._create_fine(event, 10, employee_id=self.procurement_employee.id)
        with self.assertRefused("a penalty follows"):
            event.with_user(self.hr_user).action_waive("It was somebody else")

    def test_wrong_person_of_a_confirmed_event_is_waived(self):
        """Whom somebody named may be the wrong one; whom the rule names is not."""
        event = self._create_nameless()
        event.with_user(self.hr_user).action_confirm()
        event.with_user(self.manager_user).action_name_person(
            self.procurement_employee.id, "He signed it"
        )
        event.with_user(self.hr_user).action_waive("It was somebody else")
        self.assertEqual(event.state, "waived")
        found = self._create_event(employee=self.procurement_employee)
        found.with_user(self.hr_user).action_confirm()
        with self.assertRefused("names who is responsible"):
            found.with_user(self.hr_user).action_waive("Not so bad")

    def test_untied_hr_does_not_decide(self):
        """HR took the user off their employee, and decided on their own reward."""
        clerk = self._new_user("clerk", "hr.group_hr_user")
        employee = self.other_hr_employee.with_user(clerk)
        employee.user_id = False
        reward = self._create_reward(employee_id=employee.id)
        self.assertIn(self.other_hr_user, reward.sudo()._get_own_users())
        self._submit(reward)
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            with self.assertRaises(UserError):
                reward.with_user(self.other_hr_user).validate_tier()
            with self.assertRefused("on their own reward"):
                reward.with_user(self.other_hr_user).sudo().action_approve()
        event = self._create_event(employee=self.other_hr_employee)
        server_write(event.sudo(), {"user_id": False, "actor_user_id": False})
        with self.assertRefused("concerns you"):
            event.with_user(self.other_hr_user).action_waive("Not so bad")
        with self.assertRaises(AccessError):
            employee.sudo().write({"outsourcing_former_users": []})

    def test_wrong_user_that_is_taken_back_at_once_is_forgotten(self):
        """HR picked the wrong user; who took a step or waited is remembered."""
        clerk = self._new_user("clerk", "hr.group_hr_user")
        wrong, worker = self._new_users(
            dict.fromkeys(("wrong", "worker"), "base.group_user")
        ).values()
        person = self.env["hr.employee"].create({"name": "New"})
        employee = person.with_user(clerk)

        def own():
            return person.sudo()._outsourcing_get_own_users()

        employee.user_id = wrong
        employee.user_id = worker
        self.assertEqual(own(), worker)
        # Somebody else took it back; it was a day.
        employee.user_id = wrong
        self.assertNotIn(worker, own())
        person.sudo().user_id = worker
        self.assertIn(wrong, own())
        with freeze_time(fields.Datetime.now() + timedelta(days=2)):
            employee.user_id = False
        self.assertIn(worker, own())
        with self.assertRaises(AccessError):
            person.sudo().write({"outsourcing_user_ties": {}})
