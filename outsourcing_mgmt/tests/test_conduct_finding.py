from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestFinding(ContractCommon):
    """Findings: any employee reports, finance verifies."""

    def test_employee_reports_on_the_screen(self):
        contract = self._create_active()
        Finding = self.env["outsourcing.finding"].with_user(self.plain_user)
        form = Form(Finding)
        form.subject = "Night shift not worked"
        form.contract_card_id = self.env["outsourcing.contract.card"].browse(
            contract.id
        )
        finding = form.save()
        self.assertRecordValues(
            finding,
            [
                {
                    "state": "reported",
                    "reporter_id": self.plain_employee.id,
                    "reporter_user_id": self.plain_user.id,
                    "reporter_department_id": self.department.id,
                    "contract_id": contract.id,
                }
            ],
        )
        activity = finding.sudo().activity_ids
        self.assertTrue(
            activity.user_id.has_group("outsourcing_mgmt.group_outsourcing_finance")
        )

    def test_employee_sees_cards_and_no_contracts(self):
        signed = self._create_active()
        draft = self._create_contract()
        Card = self.env["outsourcing.contract.card"].with_user(self.plain_user)
        found = [card_id for card_id, _name in Card.name_search("cleaning")]
        self.assertIn(signed.id, found)
        self.assertNotIn(draft.id, found)
        for operation in (
            lambda: signed.with_user(self.plain_user).read(["amount_total"]),
            lambda: signed.with_user(self.plain_user).search([]),
            lambda: signed.with_user(self.plain_user).message_ids.read(["body"]),
        ):
            with self.assertRaises(AccessError):
                operation()

    def test_finding_tells_no_vendor_of_a_draft(self):
        """Any employee would learn who is to get a contract that nobody signed."""
        draft = self._create_contract()
        card = {"contract_card_id": draft.id}
        findings = self.env["outsourcing.finding"].with_user(self.plain_user)
        shown = findings.onchange(
            {"contract_id": draft.id}, ["contract_id"], {"partner_id": {}}
        )
        self.assertFalse(shown["value"].get("partner_id"))
        finding = self._create_finding(contract_id=False)
        for values in ({"contract_id": draft.id}, card):
            with self.assertRefused("signed contract", AccessError):
                self._create_finding(**{"contract_id": False, **values})
            with self.assertRefused("signed contract", AccessError):
                finding.write(values)
        recorded = self._create_finding(user=self.officer_user, contract_id=draft.id)
        self.assertEqual(recorded.contract_id, draft)

    def test_employees_see_their_own(self):
        finding = self._create_finding()
        other = self._new_user("colleague", "base.group_user")
        self._new_employee(other, self.department)
        with self.assertRaises(AccessError):
            finding.with_user(other).read(["subject"])
        self.assertFalse(finding.with_user(other).search([]))
        self.assertEqual(finding.with_user(self.plain_user).search([]), finding)
        self.assertEqual(finding.with_user(self.auditor_user).search([]), finding)

    def test_in_ones_own_name(self):
        with self.assertRefused("own name", AccessError):
            self._create_finding(reporter_id=self.hr_employee.id)
        finding = self._create_finding()
        with self.assertRefused("own name", AccessError):
            finding.reporter_id = self.hr_employee
        recorded = self._create_finding(
            user=self.officer_user, reporter_id=self.hr_employee.id
        )
        self.assertEqual(recorded.reporter_user_id, self.hr_user)

    def test_readers_do_not_write(self):
        """Whoever reads or decides does not change what was reported, or by whom."""
        finding = self._create_finding(contract_id=False)
        contract = self._create_active()
        cases = (
            {"estimated_amount": 99999},
            {"subject": "Mine"},
            {"reporter_id": self.hr_employee.id},
            {"contract_id": contract.id, "date": "2026-01-01"},
        )
        roles = ("auditor", "procurement", "manager", "hr", "officer", "finance")
        for role in roles:
            mine = finding.with_user(getattr(self, f"{role}_user"))
            for vals in cases:
                with self.subTest(role=role, vals=vals):
                    with self.assertRaises(AccessError):
                        mine.write(vals)
        for role in ("auditor", "procurement", "manager", "hr"):
            mine = finding.with_user(getattr(self, f"{role}_user"))
            with self.subTest(role=role), self.assertRaises(AccessError):
                mine.contract_id = contract
        # A decision needs the contract, which the reporter may not know.
        finding.with_user(self.finance_user).contract_id = contract
        finding.with_user(self.plain_user).estimated_amount = 10
        finding.with_user(self.finance_user).action_verify(5)
        finding.with_user(self.hr_user).action_close()
        self.assertEqual(finding.reporter_id, self.plain_employee)

    def test_verification(self):
        finding = self._create_finding()
        finding.with_user(self.finance_user).action_verify(5000)
        self.assertRecordValues(
            finding,
            [
                {
                    "state": "verified",
                    "saving_amount": 5000.0,
                    "verified_by_id": self.finance_user.id,
                }
            ],
        )
        self.assertEqual(finding.sudo().reward_share, 10)
        finding.with_user(self.officer_user).action_close()
        self.assertEqual(finding.state, "closed")

    def test_only_finance_verifies(self):
        finding = self._create_finding()
        for role in ("plain", "user", "officer", "procurement", "hr", "manager"):
            user = getattr(self, f"{role}_user")
            with self.subTest(role=role), self.assertRaises(UserError):
                finding.with_user(user).action_verify(5000)
            with self.subTest(role=role), self.assertRaises(UserError):
                finding.with_user(user).sudo().action_verify(5000)
        self.assertEqual(finding.state, "reported")

    def test_reporter_never_verifies(self):
        own = self._create_finding(
            user=self.finance_user, reporter_id=self.finance_employee.id
        )
        with self.assertRefused("you reported it"):
            own.action_verify(5000)
        # Written by an officer for him.
        written = self._create_finding(
            user=self.officer_user, reporter_id=self.finance_employee.id
        )
        with self.assertRefused("you reported it"):
            written.with_user(self.finance_user).action_verify(5000)
        # The employee was given another user since: the stored one counts.
        self.finance_employee.user_id = self.auditor_user
        with self.assertRefused("you reported it"):
            written.with_user(self.finance_user).action_verify(5000)
        written.with_user(self.other_finance_user).action_verify(10)

    def test_amount_is_verified_once(self):
        finding = self._create_verified()
        for user in (self.finance_user, self.other_finance_user):
            with self.assertRaises(UserError):
                finding.with_user(user).action_verify(900000)
            with self.assertRaises(UserError):
                finding.with_user(user).write({"saving_amount": 900000})
        self.assertEqual(finding.saving_amount, 5000)

    def test_frozen_after_decision(self):
        finding = self._create_verified()
        for vals in (
            {"subject": "X"},
            {"estimated_amount": 1.0},
            {"state": "reported"},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                finding.with_user(self.plain_user).write(vals)
        with self.assertRaises(UserError):
            finding.with_user(self.finance_user).unlink()

    def test_rejection_needs_a_reason(self):
        finding = self._create_finding().with_user(self.finance_user)
        with self.assertRaises(UserError):
            finding.action_reject("  ")
        with self.assertRaises(UserError):
            finding.state = "rejected"
        finding.action_reject("The month was credited")
        self.assertEqual(finding.reject_reason, "The month was credited")

    def test_rejection_is_mailed_with_its_reason(self):
        finding = self._create_finding()
        finding.with_user(self.finance_user).action_reject("Credited <b>twice</b>")
        message = self.env["mail.message"].search(
            [
                ("model", "=", finding._name),
                ("res_id", "=", finding.id),
                ("partner_ids", "in", self.plain_user.partner_id.ids),
            ]
        )
        self.assertEqual(len(message), 1)
        self.assertIn("Reason: Credited &lt;b&gt;twice", message.body)

    def test_verification_needs_a_contract(self):
        finding = self._create_finding(contract_id=False)
        with self.assertRefused("Contract"):
            finding.with_user(self.finance_user).action_verify(10)

    def test_rewards_are_no_business_of_others(self):
        finding = self._create_verified()
        self._create_reward(finding)
        for role in ("plain", "officer", "finance", "manager", "auditor"):
            mine = finding.with_user(getattr(self, f"{role}_user"))
            mine.invalidate_recordset()
            for name in ("reward_total", "incentive_ids", "reward_share"):
                with self.subTest(role=role, name=name):
                    with self.assertRaises(AccessError):
                        mine.read([name])
                    self.assertNotIn(name, mine.fields_get())
            with self.subTest(role=role), self.assertRaises(AccessError):
                mine.search([("reward_total", ">", 0)])
        self.assertNotIn(
            "300", "".join(finding.sudo().message_ids.mapped(lambda m: str(m.body)))
        )
