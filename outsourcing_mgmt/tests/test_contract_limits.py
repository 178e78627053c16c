from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from .common import SIGNED_COPY, BidCommon, IncentiveCommon, TenderCommon


@tagged("post_install", "-at_install")
class TestContractLimits(IncentiveCommon):
    """Ways around what a contract is held to, each by an act that looked harmless."""

    def test_no_more_time_to_file_than_the_rules_give(self):
        """Whoever files late gave himself 300 days in the draft."""
        contract = self._create_contract()
        self.assertEqual(contract.filing_days, 3)
        for vals in ({"filing_days": 300}, {"filing_day_kind": "working"}):
            with self.subTest(vals=vals), self.cr.savepoint() as savepoint:
                contract.with_user(self.procurement_user).write(vals)
                with self.assertRefused(r"3 days to file with HR \(Calendar days\)"):
                    self._send_to_sign(contract)
                savepoint.rollback()
            self.env.invalidate_all()
        contract.with_user(self.procurement_user).filing_days = 2
        self._send_to_sign(contract)
        self.assertEqual(contract.state, "to_sign")

    def test_a_longer_rule_of_the_company_gives_more_time(self):
        self.company.outsourcing_filing_days = 10
        contract = self._create_contract(filing_days=9)
        self._send_to_sign(contract)
        self.assertEqual(contract.state, "to_sign")

    def _amend(self, contract, **values):
        return (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "Change",
                    "contract_id": contract.id,
                    "reason": "Agreed with the vendor",
                    **values,
                }
            )
        )

    def test_no_amendment_ends_a_contract_in_the_past(self):
        """It was a termination without reason, notice, and the mail to the vendor."""
        contract = self._create_active()
        with freeze_time(self._days(50)):
            with self.assertRefused("terminate", ValidationError):
                self._amend(contract, new_date_end=self._days(49))
            amendment = self._amend(contract, new_date_end=self._days(50))
        amendment.request_validation()
        self._pass_reviews(amendment, self.finance_user)
        # It was possible when it was written.
        with freeze_time(self._days(51)), self.assertRefused("terminate"):
            amendment.with_user(self.officer_user).action_approve()
        self.assertEqual(contract.date_end, self._days(364))

    def test_a_change_is_effective_while_the_contract_runs(self):
        """Amounts of months before, or of none, followed from the day that is typed."""
        contract = self._create_active()
        for day in (self._days(-1), self._days(365)):
            with self.subTest(day=day), self.assertRefused("effect", ValidationError):
                self._amend(contract, amount_change=100, date_effective=day)
        with self.assertRefused("effect", ValidationError):
            self._amend(
                contract, new_date_end=self._days(100), date_effective=self._days(101)
            )
        self.assertTrue(
            self._amend(
                contract, new_date_end=self._days(400), date_effective=self._days(390)
            )
        )

    def test_heads_are_no_negative_number(self):
        contract = self._create_active()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            self._amend(contract, new_headcount=-5)
            self.env.flush_all()

    def _hold(self, contract):
        guarantee = (
            self.env["outsourcing.contract.guarantee"]
            .with_user(self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "issuer": "First Bank",
                    "amount": 1200,
                    "document": SIGNED_COPY,
                    "document_name": "guarantee.pdf",
                    "date_expiry": self._days(500),
                }
            )
        )
        guarantee.action_hold()
        return guarantee

    def test_guarantee_secures_the_handover(self):
        """It was given back as soon as the contract had ended, with nothing handed."""
        contract = self._create_active()
        guarantee = self._hold(contract)
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        leaving = contract.exit_ids
        self.assertEqual(leaving.state, "open")
        self.assertTrue(guarantee.is_secured)
        with self.assertRefused("handover"):
            guarantee.action_release()
        with self.assertRefused("fill in first"):
            guarantee.with_user(self.manager_user).action_release()
        mine = leaving.with_user(self.officer_user)
        mine.write({"handed_over_by": "Wang Wu", "signed_copy": SIGNED_COPY})
        mine.signed_copy_name = "handover.pdf"
        mine.line_ids.write({"result": "done"})
        leaving.with_user(self.other_officer_user).action_sign()
        self.assertFalse(guarantee.is_secured)
        guarantee.action_release()
        self.assertEqual(guarantee.state, "released")

    def test_who_named_the_person_does_not_approve_the_penalty(self):
        """Naming is half of the decision, and the other half was open to the namer."""
        event = self._create_event()
        server_write(
            event.sudo(),
            {"employee_id": False, "user_id": False, "actor_user_id": False},
        )
        namer = self._new_user(
            "namer",
            "outsourcing_mgmt.group_outsourcing_hr,"
            "outsourcing_mgmt.group_outsourcing_manager",
        )
        event.with_user(namer).action_name_person(
            self.plain_employee.id, "The paper lay on that desk"
        )
        event.with_user(self.hr_user).action_confirm()
        penalty = (
            self.env["outsourcing.incentive"]
            .with_user(self.hr_user)
            .create(
                {
                    "event_id": event.id,
                    "incentive_type": "penalty",
                    "kind": "money",
                    "employee_id": self.plain_employee.id,
                    "amount": 100,
                    "reason": "Filed late",
                }
            )
        )
        self._submit(penalty)
        penalty.with_user(self.plain_user).action_answer("I was ill")
        self.assertNotIn(namer, penalty.sudo().review_ids._get_reviewers())
        with self.assertRaises(UserError):
            penalty.with_user(namer).action_approve()
        self._pass_reviews(penalty, self.other_hr_user)
        penalty.with_user(self.other_hr_user).action_approve()
        self.assertEqual(penalty.state, "approved")


@tagged("post_install", "-at_install")
class TestAwardedLimits(TenderCommon):
    """The same for a contract of an award."""

    def test_no_more_time_to_file_than_the_tender_gave(self):
        award = self._create_final()
        award.tender_id.action_confirm_order()
        award.action_create_contract()
        contract = award.contract_id.with_user(self.procurement_user)
        contract.date_end = self.start.date() + timedelta(days=400)
        contract.filing_days = 30
        with self.assertRaisesRegex(UserError, "days to file"):
            contract.action_send_to_sign()
        contract.filing_days = award.tender_id._get_rule("filing_days")
        contract.action_send_to_sign()


@tagged("post_install", "-at_install")
class TestQuestionTime(BidCommon):
    """An addendum never shortens the time to ask either."""

    def _create(self, moment):
        return (
            self.env["outsourcing.tender.addendum"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": self.tender.id,
                    "subject": "Keys",
                    "body": "<p>Keys are at the gate.</p>",
                    "new_question_deadline": moment,
                }
            )
        )

    def test_time_to_ask(self):
        before = self.tender.question_deadline
        self.assertTrue(before)
        with self.assertRaisesRegex(ValidationError, "time to ask"):
            self._create(before - timedelta(hours=1))
        first = self._create(before + timedelta(hours=1))
        second = self._create(before + timedelta(hours=9))
        second.action_publish()
        # Written for the deadline of before, published after it has moved.
        first.action_publish()
        self.assertEqual(self.tender.question_deadline, before + timedelta(hours=9))
