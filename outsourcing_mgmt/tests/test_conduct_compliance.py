from datetime import datetime, time
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestCompliance(ContractCommon):
    """Rules, their events, and who decides on them."""

    def test_raise_once(self):
        contract = self._create_active()
        first = self._create_event(record=contract)
        second = self._create_event(record=contract)
        self.assertEqual(first, second)
        self.assertRecordValues(
            first,
            [
                {
                    "state": "new",
                    "code": "filed_late",
                    "name": contract.display_name,
                    "employee_id": self.procurement_employee.id,
                    "user_id": self.procurement_user.id,
                    "actor_user_id": self.procurement_user.id,
                    "department_id": self.department.id,
                    "date": self.today,
                }
            ],
        )

    def test_batch_raises_once_per_record(self):
        contracts = self._create_active() | self._create_active()
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        rows = [{"record": contract} for contract in contracts] * 2
        self.assertEqual(len(rule._raise_events(rows)), 2)
        self.assertEqual(len(rule._raise_events(rows)), 2)

    def test_rule_not_in_force(self):
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        rule.date_from = self._days(1)
        self.assertFalse(self._create_event())
        rule.date_from = self.today
        other = self.env["res.company"].create({"name": "Second Company"})
        rule.company_id = other
        self.assertFalse(self._create_event())
        rule.company_id = False
        rule.active = False
        self.assertFalse(self._create_event())
        rule.active = True
        self.assertTrue(self._create_event())

    def test_who_changes_a_rule(self):
        """HR sets what a breach costs, managers the rest, and each change is logged."""
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        steps = self.env["outsourcing.audit.log"]
        domain = [("res_model", "=", rule._name), ("res_id", "=", rule.id)]
        by_manager, by_hr = (
            rule.with_user(self.manager_user),
            rule.with_user(self.hr_user),
        )
        for record in (by_manager, by_manager.sudo()):
            for vals in ({"fine_amount": 5000}, {"demerit_points": 0}):
                with self.subTest(vals=vals, su=record.env.su):
                    self.assertRaises(AccessError, record.write, vals)
        for vals in (
            {"active": False},
            {"date_from": self._days(900)},
            {"responsible_role": "actor"},
            {"fine_amount": 7, "name": "Other"},
        ):
            with self.subTest(vals=vals):
                self.assertRaises(AccessError, by_hr.write, vals)
        with self.assertRaises(AccessError):
            rule.browse().with_user(self.manager_user).create(
                {"name": "Own", "code": "own", "fine_amount": 9}
            )
        self.assertFalse(steps.search(domain))
        by_hr.write({"fine_amount": 70, "demerit_points": rule.demerit_points})
        by_manager.write({"active": False, "name": rule.name})
        last, first = steps.search(domain)
        self.assertRecordValues(
            first | last,
            [
                {
                    "user_id": self.hr_user.id,
                    "details": {"fine_amount": {"from": 0, "to": 70}},
                },
                {
                    "user_id": self.manager_user.id,
                    "details": {"active": {"from": True, "to": False}},
                },
            ],
        )

    def test_no_rule_is_deleted(self):
        """Or its breaches would never be found, and nothing would tell."""
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_opened_early")
        by_manager = rule.with_user(self.manager_user)
        for record in (by_manager, by_manager.sudo()):
            with self.subTest(su=record.env.su), self.assertRaises(UserError):
                record.unlink()

    def test_filing_is_late_by_the_day_of_the_company(self):
        """Where the company works it may be tomorrow already."""
        contract = self._create_signed()
        self.company.outsourcing_tz = "Pacific/Kiritimati"
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET filing_deadline = %s WHERE id = %s",
            (self.today, contract.id),
        )
        contract.invalidate_recordset()
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        for hour, late in ((9, False), (11, True)):
            with freeze_time(datetime.combine(self.today, time(hour))):
                records = [row["record"] for row in rule._find_breaches_filed_late()]
            self.assertEqual(contract in records, late)

    def test_fault_found_by_another_department(self):
        """Verified, and unknown to the outsourcing department: its owner answers."""
        event = self.env["outsourcing.compliance.event"]
        domain = [("code", "=", "found_elsewhere")]
        unverified = self._create_finding()
        own = self._create_verified(
            reporter_id=self.officer_employee.id, user=self.officer_user
        )
        finding = self._create_verified()
        late = self._create_verified(contract_id=own.contract_id.id)
        self._run_cron("ir_cron_compliance")
        found = event.search(domain)
        self.assertEqual(found.res_id, finding.id)
        self.assertNotIn(found.res_id, (unverified | own | late).ids)
        self.assertEqual(found.actor_user_id, finding.sudo().contract_id.owner_id)
        self.assertEqual(found.employee_id, self.head)
        self._run_cron("ir_cron_compliance")
        self.assertEqual(event.search(domain), found)

    def test_one_broken_rule_stops_no_other(self):
        contract = self._create_signed()
        self.env.cr.execute(
            "UPDATE outsourcing_contract SET filing_deadline = %s WHERE id = %s",
            (self._days(-1), contract.id),
        )
        contract.invalidate_recordset()
        rule_class = self.env.registry["outsourcing.compliance.rule"]

        def fail(rule):
            raise ValueError("broken rule")

        with (
            patch.object(rule_class, "_find_breaches_no_request", fail),
            mute_logger(
                "odoo.addons.outsourcing_mgmt.models.conduct.outsourcing_compliance_rule"
            ),
        ):
            self._run_cron("ir_cron_compliance")
        self.assertTrue(
            self.env["outsourcing.compliance.event"].search(
                [("code", "=", "filed_late"), ("res_id", "=", contract.id)]
            )
        )

    def test_hr_decides(self):
        event = self._create_event()
        activity = event.activity_ids
        self.assertTrue(
            activity.user_id.has_group("outsourcing_mgmt.group_outsourcing_hr")
        )
        event.with_user(self.hr_user).action_confirm()
        self.assertRecordValues(
            event, [{"state": "confirmed", "decided_by_id": self.hr_user.id}]
        )
        waived = self._create_event()
        with self.assertRaises(UserError):
            waived.with_user(self.hr_user).action_waive(" ")
        waived.with_user(self.hr_user).action_waive("The registry was closed")
        self.assertRecordValues(
            waived, [{"state": "waived", "waive_reason": "The registry was closed"}]
        )
        for verb, args in (("action_confirm", ()), ("action_waive", ("Again",))):
            for record in (event, waived):
                with self.subTest(verb=verb), self.assertRaises(UserError):
                    getattr(record.with_user(self.hr_user), verb)(*args)
        self.assertEqual(waived.waive_reason, "The registry was closed")

    def test_person_concerned_does_not_decide(self):
        event = self._create_event(employee=self.hr_employee)
        self.assertNotEqual(event.activity_ids.user_id, self.hr_user)
        # No button and not a word was a dead end.
        self.assertIn("concerns you", event.with_user(self.hr_user).decide_notice)
        for user in (self.other_hr_user, self.auditor_user):
            self.assertFalse(event.with_user(user).decide_notice)
        for verb, args in (("action_confirm", ()), ("action_waive", ("Mine",))):
            with self.subTest(verb=verb), self.assertRefused("concerns you"):
                getattr(event.with_user(self.hr_user), verb)(*args)
            with self.subTest(verb=verb), self.assertRefused("concerns you"):
                getattr(event.with_user(self.hr_user).sudo(), verb)(*args)
        self.hr_employee.user_id = False
        with self.assertRefused("concerns you"):
            event.with_user(self.hr_user).action_waive("Still mine")

    def test_others_do_not_decide(self):
        event = self._create_event()
        for role in (
            "manager",
            "officer",
            "finance",
            "auditor",
            "plain",
            "procurement",
        ):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role), self.assertRaises(UserError):
                event.with_user(user).action_waive("Let it go")

    def test_events_are_made_by_the_system(self):
        event = self._create_event().with_user(self.hr_user)
        for vals in ({"note": "x"}, {"employee_id": False}, {"date": self._days(-9)}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                event.write(vals)
        with self.assertRaises(UserError):
            event.unlink()
        with self.assertRaises(AccessError):
            event.copy()
        with self.assertRaises(UserError):
            event.sudo().unlink()

    def test_readers(self):
        event = self._create_event()
        for role, readable in (
            ("procurement", True),
            ("hr", True),
            ("manager", True),
            ("auditor", True),
            ("officer", False),
            ("finance", False),
            ("plain", False),
        ):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role):
                self.assertEqual(bool(event.with_user(user).search([])), readable)

    def test_rules_keep_their_code_and_events(self):
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        self._create_event()
        mine = rule.with_user(self.manager_user)
        mine.name = "Late filing"
        with self.assertRaises(UserError):
            mine.code = "other"
        with self.assertRaises(UserError):
            mine.unlink()
        with self.assertRaises(AccessError):
            rule.with_user(self.hr_user).name = "Mine"


@tagged("post_install", "-at_install")
class TestWhoAnswers(ContractCommon):
    """The heads of the departments answer, and not whoever took the step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heads = cls.env["hr.employee"].create(
            [{"name": name} for name in ("Head of procurement", "Head of outsourcing")]
        )
        cls.departments = cls.env["hr.department"].create(
            [
                {"name": head.name.removeprefix("Head of "), "manager_id": head.id}
                for head in cls.heads
            ]
        )
        cls.company.outsourcing_procurement_department_id = cls.departments[0]
        cls.company.outsourcing_department_id = cls.departments[1]

    def test_head_of_procurement(self):
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_filed_late")
        rule.fine_amount = 200
        event = self._create_event(role="procurement_head")
        self.assertRecordValues(
            event,
            [
                {
                    "employee_id": self.heads[0].id,
                    "actor_user_id": self.procurement_user.id,
                    "points": 1,
                    "fine_amount": 200,
                }
            ],
        )
        event.with_user(self.hr_user).action_confirm()
        action = event.with_user(self.hr_user).action_propose_penalty()
        penalty = (
            self.env["outsourcing.incentive"]
            .with_user(self.hr_user)
            .with_context(**action["context"])
            .create({"reason": "Late"})
        )
        self.assertRecordValues(
            penalty,
            [
                {
                    "employee_id": self.heads[0].id,
                    "kind": "money",
                    "amount": 200,
                    "points": 1,
                    "incentive_type": "penalty",
                }
            ],
        )
        with self.assertRefused("cannot be penalised"):
            penalty.employee_id = self.procurement_employee

    def test_head_of_the_department_that_applied(self):
        request = self._create_approved_request()
        rule = self.env.ref("outsourcing_mgmt.compliance_rule_split_purchase")
        event = rule._raise_events([{"record": request, "user": self.hr_user}])
        head = request.sudo().department_id.manager_id
        self.assertTrue(head)
        self.assertRecordValues(
            event,
            [{"employee_id": self.heads[0].id, "second_employee_id": head.id}],
        )
        event.with_user(self.other_hr_user).action_confirm()
        action = event.with_user(self.other_hr_user).action_propose_second_penalty()
        context = action["context"]
        self.assertEqual(context["default_employee_id"], head.id)
        self.assertEqual(context["default_kind"], "demerit")
        own = event.with_user(self.head_user)
        self.assertTrue(own.has_access("read"))

    def test_head_of_outsourcing_at_the_verification(self):
        finding = self._create_verified()
        event = self.env["outsourcing.compliance.event"].search(
            [("code", "=", "found_elsewhere"), ("res_id", "=", finding.id)]
        )
        self.assertRecordValues(
            event,
            [
                {
                    "employee_id": self.heads[1].id,
                    "actor_user_id": finding.sudo().contract_id.owner_id.id,
                }
            ],
        )

    def test_nobody_who_acted_decides(self):
        event = self._create_event(employee=self.hr_employee, role="procurement_head")
        self.assertEqual(event.employee_id, self.heads[0])
        with self.assertRefused("concerns you"):
            event.with_user(self.hr_user).action_confirm()
