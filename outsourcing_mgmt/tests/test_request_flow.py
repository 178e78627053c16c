from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.request.outsourcing_request import PARTY_FIELDS
from .common import GROUPS, OutsourcingCommon


@tagged("post_install", "-at_install")
class TestRequest(OutsourcingCommon):
    def test_application_to_approval(self):
        # STEP 1 The applicant fills in the form
        with Form(self.env["outsourcing.request"].with_user(self.user_user)) as form:
            form.subject = "Guards for the plant"
            form.category_id = self.category
            form.date_start = "2026-01-01"
            form.date_end = "2026-12-31"
            with form.line_ids.edit(0) as line:
                line.price_unit = 5000
            form.has_no_career_path = True
            for name in PARTY_FIELDS:
                setattr(form, name, "vendor")
        request = form.record
        self.assertRecordValues(
            request,
            [
                {
                    "state": "draft",
                    "employee_id": self.applicant.id,
                    "department_id": self.department.id,
                    "department_manager_user_id": self.head_user.id,
                    "is_in_scope": True,
                    "submit_hint": False,
                }
            ],
        )
        self.assertEqual(request.name, f"Draft {request.id}")
        # STEP 2 He submits; HR is asked
        request.action_submit()
        self.assertRegex(request.name, r"^OR/\d{4}/\d{4}$")
        self.assertEqual(request.state, "submitted")
        self.assertEqual(request.submitted_by_id, self.user_user)
        self.assertEqual(
            request.review_ids.reviewer_ids, self.hr_user | self.other_hr_user
        )
        # STEP 3 HR reviews and approves
        as_hr = request.with_user(self.hr_user)
        self.assertTrue(as_hr.can_review)
        as_hr.validate_tier()
        as_hr.action_approve()
        self.assertRecordValues(
            request, [{"state": "approved", "approved_by_id": self.hr_user.id}]
        )
        self.assertTrue(request.activity_ids, "an officer is asked to set the price")

    def test_draft_is_written_by_its_applicants_alone(self):
        """Neither procurement nor anybody else rewrites what somebody applies for."""
        request = self._create_request()
        self.assertFalse(request.create_uid.has_group(GROUPS["hr"]))
        for user in (
            self.procurement_user,
            self.manager_user,
            self.officer_user,
            self.hr_user,
        ):
            mine = request.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"estimated_amount": 5}),
                lambda mine=mine: mine.sudo().write({"subject": "Ours"}),
                lambda mine=mine: mine.line_ids.write({"price_unit": 5}),
                lambda mine=mine: mine.line_ids.sudo().unlink(),
                lambda mine=mine: mine.sudo().write(
                    {"line_ids": [Command.create({"name": "More", "price_unit": 9})]}
                ),
                lambda mine=mine: (
                    mine.env["outsourcing.request.line"]
                    .sudo()
                    .create({"request_id": mine.id, "name": "More", "price_unit": 9})
                ),
            ):
                with (
                    self.subTest(user=user.name),
                    self.assertRaises(AccessError),
                    self.cr.savepoint(),
                ):
                    attack()
        self.assertEqual(request.estimated_amount, 120000)
        request.with_user(self.head_user).subject = "Guards of both plants"
        request.subject = "Guards of the plants"

    def test_lines_sum_up(self):
        request = self._create_request()
        self.assertEqual(request.estimated_amount, 120000)
        request.line_ids.price_unit = 20000
        self.assertEqual(request.estimated_amount, 240000)

    def test_line_takes_name_and_unit_from_its_service(self):
        request = self._create_request(line_ids=[])
        Line = self.env["outsourcing.request.line"].with_user(self.user_user)
        line = Line.create(
            {
                "request_id": request.id,
                "product_id": self.product.id,
                "product_qty": 3,
                "price_unit": 33.33,
            }
        )
        self.assertRecordValues(
            line,
            [
                {
                    "name": self.product.display_name,
                    "product_uom_id": self.product.uom_id.id,
                    "price_subtotal": 99.99,
                }
            ],
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            line.write({"product_qty": 0})
            line.flush_recordset()
        line.invalidate_recordset()
        stranger = self._new_user("lines", "outsourcing_mgmt.group_outsourcing_user")
        with self.assertRaises(AccessError):
            line.with_user(stranger).write({"price_unit": 1})

    def test_large_request_needs_the_manager_too(self):
        request = self._create_request()
        request.line_ids.price_unit = 100000
        request.action_submit()
        self._pass_reviews(request, self.hr_user)
        with self.assertRaisesRegex(UserError, "Manager approves"):
            request.with_user(self.hr_user).action_approve()
        self._pass_reviews(request, self.manager_user)
        request.with_user(self.hr_user).action_approve()
        self.assertEqual(request.state, "approved")

    def test_incomplete_request_is_not_submitted(self):
        cases = {
            "scope test": {"is_non_core": False},
            "from when": {"date_end": False},
            "estimate": {"line_ids": [], "estimated_amount": 0},
            "department": {"department_id": False},
        }
        for text, values in cases.items():
            request = self._create_request(**values)
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                request.action_submit()
            self.assertIn(text, request.submit_hint)

    def test_scope_rule_all(self):
        self.company.outsourcing_scope_rule = "all"
        request = self._create_request()
        self.assertFalse(request.is_in_scope)
        request.write(
            {"is_back_office": True, "has_no_career_path": True, "is_long_term": True}
        )
        self.assertTrue(request.is_in_scope)

    def test_refuse_and_revise(self):
        request = self._create_request()
        request.action_submit()
        with self.assertRaisesRegex(UserError, "Refusal"):
            request.with_user(self.hr_user).write({"state": "refused"})
        request.with_user(self.hr_user).action_refuse(reason="Not in the plan")
        self.assertRecordValues(
            request, [{"state": "refused", "refusal_reason": "Not in the plan"}]
        )
        self.assertFalse(request.review_ids)
        request.action_reset()
        request.line_ids.price_unit = 1
        request.action_submit()
        self.assertFalse(request.refusal_reason)
        self.assertEqual(request.review_ids.status, "pending")

    def test_reason_wizard_takes_the_step(self):
        request = self._create_request()
        request.action_submit()
        as_hr = request.with_user(self.hr_user)
        action = as_hr.action_open_refuse_wizard()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.hr_user)
            .with_context(**action["context"])
            .create({"reason": "Too early"})
        )
        wizard.action_confirm()
        self.assertEqual(request.state, "refused")
        forged = wizard.copy({"verb": "unlink"})
        with self.assertRaises(AccessError):
            forged.action_confirm()
        without_reason = wizard.copy({"verb": "action_cancel"})
        with self.assertRaises(AccessError):
            without_reason.action_confirm()

    # ------------------------------------------------------------
    # Attacks
    # ------------------------------------------------------------

    def test_attack_rewrite_the_refusal(self):
        request = self._create_request()
        request.action_submit()
        request.with_user(self.hr_user).action_refuse(reason="Not in the plan")
        for user in (self.user_user, self.hr_user, self.manager_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                request.with_user(user).refusal_reason = "Never mind"
        self.assertEqual(request.refusal_reason, "Not in the plan")

    def test_attack_approve_without_review(self):
        request = self._create_request()
        request.action_submit()
        for user in (self.user_user, self.hr_user, self.manager_user):
            with self.subTest(user.login), self.assertRaises(UserError):
                request.with_user(user).write({"state": "approved"})
        with self.assertRaises(UserError):
            request.sudo().write({"state": "approved"})

    def test_attack_hr_applicant_approves_himself(self):
        self._new_employee(self.hr_user, self.department)
        request = self._create_request(
            user=self.hr_user, employee_id=self.hr_user.employee_id.id
        )
        request.action_submit()
        with self.assertRaises(UserError):
            request.validate_tier()
        self._pass_reviews(request, self.other_hr_user)
        with self.assertRaises(UserError):
            request.action_approve()
        request.with_user(self.other_hr_user).action_approve()
        self.assertEqual(request.state, "approved")

    def test_attack_stamps_and_content(self):
        request = self._create_approved_request()
        for vals in (
            {"approved_by_id": self.user_user.id},
            {"approved_date": "2020-01-01"},
            {"name": "OR/1"},
            {"validation_status": "validated"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                request.write(vals)
        for vals in (
            {"estimated_amount": 1},
            {"subject": "Other"},
            {"line_ids": [Command.clear()]},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.write(vals)
        with self.assertRaises(UserError):
            request.line_ids.with_user(self.user_user).write({"price_unit": 1})
        with self.assertRaises(UserError):
            request.sudo().line_ids.unlink()

    def test_attack_enter_tender_without_one(self):
        request = self._create_approved_request()
        for user in (self.procurement_user, self.officer_user):
            with self.subTest(user.login), self.assertRaisesRegex(UserError, "tender"):
                request.with_user(user).write({"state": "in_tender"})

    def test_attack_apply_for_a_stranger(self):
        other = self._new_employee(self.plain_user)
        with self.assertRaises(AccessError):
            self._create_request(employee_id=other.id)
        request = self._create_request()
        with self.assertRaises(AccessError):
            request.write({"employee_id": other.id})
        self.assertTrue(self._create_request(user=self.head_user))
        self.assertTrue(self._create_request(user=self.officer_user))

    def test_attack_create_approved(self):
        for state in ("submitted", "approved", "done"):
            with self.subTest(state), self.assertRaises(UserError):
                self._create_request(state=state)

    def test_delete_only_drafts(self):
        self._create_request().unlink()
        with self.assertRaises(UserError):
            self._create_approved_request().sudo().unlink()

    # ------------------------------------------------------------
    # Who sees what
    # ------------------------------------------------------------

    def test_visibility(self):
        request = self._create_request()
        Request = self.env["outsourcing.request"]
        seen = {
            self.user_user: True,
            self.head_user: True,
            self.officer_user: True,
            self.procurement_user: True,
            self.hr_user: True,
            self.finance_user: True,
            self.manager_user: True,
            self.auditor_user: True,
        }
        stranger = self._new_user("stranger", "outsourcing_mgmt.group_outsourcing_user")
        seen[stranger] = False
        for user, expected in seen.items():
            with self.subTest(user.login):
                found = Request.with_user(user).search([("id", "=", request.id)])
                self.assertEqual(bool(found), expected)
        with self.assertRaises(AccessError):
            Request.with_user(self.plain_user).search([])
        with self.assertRaises(AccessError):
            request.with_user(self.auditor_user).write({"headcount": 3})

    def test_people_of_several_companies_act_in_one(self):
        """HR approves although colleagues also work in a company HR cannot read."""
        second = self.env["res.company"].create({"name": "Second"})
        people = self.officer_user | self.other_hr_user | self.manager_user
        people.company_ids = [Command.link(second.id)]
        request = self._create_request()
        request.action_submit()
        self.env.flush_all()
        self.env.invalidate_all()
        # In the cache are both links, but not the company: a rule read with sudo.
        self.assertIn(second, people.sudo().company_ids)
        second.invalidate_recordset()
        mine = request.with_user(self.hr_user)
        review = mine.review_ids[:1]
        self.assertFalse(review.env.su)
        self.assertIn(self.other_hr_user, review._get_reviewers())
        self.assertTrue(mine.can_review)
        mine.validate_tier()
        self._pass_reviews(request, self.manager_user)
        mine.action_approve()
        self.assertEqual(request.state, "approved")
        self.assertTrue(request.activity_ids, "an officer is asked to set the price")

    def test_other_company(self):
        request = self._create_request()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        foreign = self._new_user("foreign", "outsourcing_mgmt.group_outsourcing_hr")
        foreign.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            request.with_user(foreign).read(["subject"])
        with self.assertRaises(UserError):
            request.sudo().write({"company_id": other.id})

    def test_plan_year(self):
        with self.assertRaises(ValidationError):
            self._create_request(plan_year=26)


@tagged("post_install", "-at_install")
class TestRequestChecks(OutsourcingCommon):
    """What HR is told before it decides."""

    def test_failed_scope_test_goes_one_tier_higher(self):
        values = {"is_non_core": False}
        with self.assertRaisesRegex(UserError, "scope test"):
            self._create_request(**values).action_submit()
        self.company.outsourcing_scope_failing = "review"
        request = self._create_request(**values)
        request.action_submit()
        self._pass_reviews(request, self.hr_user)
        with self.assertRaisesRegex(UserError, "scope test"):
            request.with_user(self.hr_user).action_approve()
        self._pass_reviews(request, self.manager_user)
        request.with_user(self.hr_user).action_approve()
        self.assertEqual(request.state, "approved")

    def test_judged_requests_stay_as_judged(self):
        passed = self._create_request()
        passed.action_submit()
        draft = self._create_request()
        self.company.outsourcing_scope_rule = "all"
        self.assertTrue(passed.is_in_scope)
        self.assertFalse(draft.is_in_scope)

    def test_split_purchase_is_named_and_an_event(self):
        small = self.env["outsourcing.procedure"].create(
            {"name": "Small", "method": "invited", "amount_max": 1e9, "sequence": 0}
        )
        self.env["outsourcing.procedure"].search(
            [("id", "!=", small.id)]
        ).active = False
        first = self._create_approved_request()
        amount = first.estimated_amount
        self.env["outsourcing.procedure"].create(
            {"name": "Large", "method": "open", "amount_min": amount * 1.5}
        )
        event = self.env["outsourcing.compliance.event"]
        domain = [("res_model", "=", "outsourcing.request")]
        self.assertFalse(event.search([*domain, ("res_id", "=", first.id)]))
        other = self._create_request(category_id=self.category.copy().id)
        self.assertFalse(other.split_hint)
        second = self._create_request()
        self.assertIn("Large", second.split_hint)
        self.assertEqual(second.split_count, 1)
        second.action_submit()
        self._pass_reviews(second, self.hr_user, self.manager_user)
        second.with_user(self.hr_user).action_approve()
        found = event.search([*domain, ("res_id", "=", second.id)])
        self.assertEqual(found.code, "split_purchase")
        self.assertEqual(found.user_id, self.hr_user)

    def test_hired_labour(self):
        request = self._create_request(who_directs="company", whose_tools="vendor")
        self.assertFalse(request.dispatch_advice)
        request.who_sets_hours = "company"
        self.assertIn("labour dispatch", request.dispatch_advice)

    def test_blank_answers_are_all_named_at_once(self):
        request = self._create_request(
            who_directs=False, whose_tools=False, who_sets_hours=False, date_end=False
        )
        with self.assertRaises(UserError) as refused:
            request.action_submit()
        for text in ("Who Directs", "Whose Tools", "Who Sets the Hours", "from when"):
            self.assertIn(text, str(refused.exception))
            self.assertIn(text, request.submit_hint)
        request.write({"whose_tools": "vendor", "date_end": "2026-12-31"})
        with self.assertRaisesRegex(UserError, "Who Directs") as refused:
            request.action_submit()
        self.assertNotIn("Whose Tools", str(refused.exception))
        request.write({"who_directs": "vendor", "who_sets_hours": "company"})
        request.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_requests_of_before_go_on_without_answers(self):
        request = self._create_request()
        request.action_submit()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE outsourcing_request SET who_directs = NULL WHERE id = %s",
            [request.id],
        )
        self.env.invalidate_all()
        self._pass_reviews(request, self.hr_user, self.manager_user)
        request.with_user(self.hr_user).action_approve()
        self.assertEqual(request.state, "approved")

    def test_category_proposes_its_service(self):
        product = self.category.product_id
        with Form(self.env["outsourcing.request"].with_user(self.user_user)) as form:
            form.subject = "Guards"
            form.category_id = self.category
            self.assertEqual(len(form.line_ids), 1)
            with form.line_ids.edit(0) as line:
                self.assertEqual(line.product_id, product)
                line.price_unit = 10
            form.category_id = self.env.ref("outsourcing_mgmt.category_other")
            self.assertEqual(len(form.line_ids), 1)
