from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestOutsourcingPlan(ContractCommon):
    """HR plans a year; requests draw on it; what became of it stands beside it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = cls.today.year
        cls.plan = cls._create_plan(budget=200000)
        cls.line = cls.plan.line_ids
        cls._approve(cls.plan)

    @classmethod
    def _approve(cls, plan):
        """Ask for the review, and let a second person of HR and the manager agree."""
        plan.request_validation()
        plan.with_user(cls.other_hr_user).action_approve()
        plan.with_user(cls.manager_user).action_approve()

    @classmethod
    def _create_plan(cls, user=None, budget=0, **values):
        line = {
            "department_id": cls.department.id,
            "category_id": cls.category.id,
            "date_start": f"{cls.today.year}-02-29"
            if cls.today.year % 4 == 0
            else f"{cls.today.year}-03-01",
            "budget": budget,
        }
        return (
            cls.env["outsourcing.plan"]
            .with_user(user or cls.hr_user)
            .create(
                {"year": cls.today.year, "line_ids": [Command.create(line)], **values}
            )
        )

    def _request(self, **values):
        return self._create_request(
            date_start=date(self.year, 1, 1), date_end=date(self.year, 12, 31), **values
        )

    def test_who_plans_and_who_approves(self):
        plan = self._create_plan(year=self.year + 1)
        with self.assertRefused("somebody else approves"):
            plan.action_approve()
        with self.assertRefused("request its validation"):
            plan.with_user(self.manager_user).action_approve()
        plan.request_validation()
        self.assertEqual(len(plan.review_ids), 2)
        with self.assertRefused("somebody else approves"):
            plan.action_approve()
        for user in (self.officer_user, self.finance_user, self.procurement_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                plan.with_user(user).action_approve()
        with self.assertRefused("has not approved it yet"):
            plan.with_user(self.manager_user).action_approve()
        # Who changes it is an author, and the reviews begin anew.
        plan.with_user(self.other_hr_user).line_ids.budget = 1
        self.assertFalse(plan.review_ids)
        plan.request_validation()
        with self.assertRefused("somebody else approves"):
            plan.with_user(self.other_hr_user).action_approve()
        # Both of HR wrote it: the manager group stands in for their review.
        plan.with_user(self.manager_user).action_approve()
        self.assertEqual(plan.approved_by_id, self.manager_user)
        for values in ({"year": 2099}, {"line_ids": [Command.clear()]}):
            with self.subTest(values=values), self.assertRaises(UserError):
                plan.write(values)
        with self.assertRaises(UserError):
            plan.line_ids.with_user(self.hr_user).budget = 5
        with self.assertRaises(UserError):
            plan.unlink()
        empty = self._create_plan(year=self.year + 2, line_ids=[])
        empty.request_validation()
        empty.with_user(self.other_hr_user).action_approve()
        with self.assertRefused("Services|fill in"):
            empty.with_user(self.manager_user).action_approve()

    def test_two_persons_and_a_deputy(self):
        plan = self._create_plan(year=self.year + 3, budget=1)
        plan.request_validation()
        plan.with_user(self.other_hr_user).action_approve()
        self.assertEqual(plan.state, "draft", "the manager is next")
        deputy = self.other_officer_user
        named = self.env["outsourcing.deputy"].with_user(self.manager_user)
        named = named.create(
            {
                "user_id": self.manager_user.id,
                "deputy_id": deputy.id,
                "date_from": self.today,
                "date_to": self._days(3),
                "reason": "Holiday",
            }
        )
        if named.is_waiting:
            named.action_confirm()
        plan.with_user(deputy).action_approve()
        self.assertEqual(plan.state, "approved")
        self.assertEqual(plan.approved_by_id, deputy)

    def test_request_draws_on_the_plan(self):
        request = self._request()
        self.assertEqual(request.plan_line_id, self.line)
        self.assertFalse(request.plan_hint)
        other = self._request(category_id=self.category.copy().id)
        self.assertFalse(other.plan_line_id)
        self.assertIn("Not in the outsourcing plan", other.plan_hint)
        with self.assertRaises(ValidationError):
            request.plan_year = self.year + 1
            request.plan_line_id = self.line
        # Neither a plan that nobody approved, nor one that is closed.
        unapproved = self._create_plan(year=self.year + 1, budget=1).line_ids
        with self.assertRaisesRegex(ValidationError, "not approved"):
            self._create_request(
                date_start=date(self.year + 1, 1, 1),
                date_end=date(self.year + 1, 12, 31),
                plan_year=self.year + 1,
                plan_line_id=unapproved.id,
            )
        # Once it is submitted, HR classifies it and is no author of it.
        other.action_submit()
        with self.assertRaises(AccessError):
            other.with_user(self.user_user).plan_line_id = self.line
        other.with_user(self.hr_user).plan_line_id = self.line
        self.assertNotIn(self.hr_user, other._get_authors())

    def test_plan_year_follows_the_period(self):
        with Form(self.env["outsourcing.request"].with_user(self.user_user)) as form:
            form.subject = "Guards"
            form.category_id = self.category
            form.date_start = date(self.year + 1, 3, 1)
            form.date_end = date(self.year + 1, 9, 1)
            self.assertEqual(form.plan_year, self.year + 1)
            form.plan_year = self.year
        self.assertEqual(form.record.plan_year, self.year)

    def test_over_budget_is_named(self):
        first = self._request()
        amount = first.estimated_amount
        self.plan.with_user(self.hr_user).action_reset()
        self.line.with_user(self.hr_user).budget = amount * 1.5
        self.assertFalse(self._request().plan_line_id, "not approved again yet")
        self.assertFalse(self.plan.review_ids, "an approval counts once")
        with self.assertRefused("request its validation"):
            self.plan.with_user(self.manager_user).action_approve()
        self._approve(self.plan)
        first.action_submit()
        second = self._request()
        self.assertIn("Over budget", second.plan_hint)
        self.assertFalse(self.plan.over_note)
        second.action_submit()
        self.plan.invalidate_recordset()
        self.line.invalidate_recordset()
        self.assertIn(self.category.name, self.plan.over_note)
        self.assertTrue(self.line.is_over)
        self.assertEqual(self.line.requested_amount, 2 * amount)
        second.with_user(self.hr_user).action_refuse("No budget")
        self.line.invalidate_recordset()
        self.assertFalse(self.line.is_over)

    def test_next_year_from_this_one(self):
        plan = self.plan.with_user(self.hr_user).copy()
        self.assertRecordValues(plan, [{"year": self.year + 1, "state": "draft"}])
        day = plan.line_ids.date_start
        self.assertEqual(
            (day.year, day.month), (self.year + 1, 3 if day.day == 1 else 2)
        )
        self.assertEqual(plan.line_ids.budget, 200000)
        self.assertFalse(plan.line_ids.request_ids)
        self.assertEqual(plan.copy().year, self.year + 2)

    def test_who_reads_what(self):
        line = self.line
        self.assertTrue(line.with_user(self.user_user).has_access("read"))
        stranger = self._new_user(
            "plan_stranger", "outsourcing_mgmt.group_outsourcing_user"
        )
        self.assertFalse(line.with_user(stranger).has_access("read"))
        self.assertFalse(self.plan.with_user(self.user_user).has_access("read"))
        self.assertFalse(self.plan.with_user(self.plain_user).has_access("read"))
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "plan_far",
            "outsourcing_mgmt.group_outsourcing_hr",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.plan.with_user(far).has_access("read"))
        self.assertFalse(line.with_user(far).has_access("read"))
