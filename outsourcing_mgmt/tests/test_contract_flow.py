from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import GROUPS, SIGNED_COPY, ContractCommon

STATES = [
    "draft",
    "to_sign",
    "signed",
    "active",
    "expiring",
    "expired",
    "terminated",
    "renewed",
    "cancelled",
]
ALLOWED = {
    ("renewed", "active"),
    ("renewed", "expiring"),
    ("renewed", "expired"),
    ("draft", "to_sign"),
    ("draft", "cancelled"),
    ("to_sign", "draft"),
    ("to_sign", "signed"),
    ("to_sign", "cancelled"),
    ("signed", "active"),
    ("signed", "terminated"),
    ("active", "expiring"),
    ("active", "renewed"),
    ("active", "terminated"),
    ("expiring", "active"),
    ("expiring", "expired"),
    ("expiring", "renewed"),
    ("expiring", "terminated"),
    ("expired", "renewed"),
}


@tagged("post_install", "-at_install")
class TestContractFlow(ContractCommon):
    """The states of a contract, by verbs and by every forbidden road."""

    def _expire(self, contract):
        """Let the calendar run after the end of the contract."""
        with freeze_time(self._days(366)):
            self._run_cron("ir_cron_contract_calendar")
        self.assertEqual(contract.state, "expired")

    def test_every_pair_of_states(self):
        seen = set()

        def attempt(contract):
            mine = contract.with_user(self.procurement_user)
            declared = mine._flow_transitions
            self.assertEqual(
                ALLOWED,
                {(origin, to) for origin in declared for to in declared[origin]},
            )
            self._try_undeclared_steps(mine)
            seen.add(mine.state)

        contract = self._create_contract()
        attempt(contract)
        self._send_to_sign(contract)
        attempt(contract)
        contract.with_user(self.procurement_user).action_sign(self.today, SIGNED_COPY)
        attempt(contract)
        contract.with_user(self.procurement_user).action_activate()
        attempt(contract)
        with freeze_time(self._days(350)):
            self._run_cron("ir_cron_contract_calendar")
        attempt(contract)
        self._expire(contract)
        attempt(contract)
        cancelled = self._create_contract()
        cancelled.with_user(self.procurement_user).action_cancel()
        attempt(cancelled)
        terminated = self._create_active()
        terminated.with_user(self.manager_user).action_terminate("Service stopped")
        attempt(terminated)
        renewed = self._create_active()
        renewed.with_user(self.procurement_user).action_renew()
        attempt(renewed)
        self.assertEqual(seen, set(STATES))

    def test_happy_path(self):
        order = self._create_order()
        contract = self._create_contract(order=order)
        # STEP 1: created as a draft with a provisional name
        self.assertEqual(contract.name, f"Draft {contract.id}")
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "draft",
                    "notice_date": self._days(334),
                    "purchase_order_count": 1,
                    "filing_days": 3,
                }
            ],
        )
        # STEP 2: reviewed by manager and finance, as it has no tender, and sent
        self._send_to_sign(contract)
        # STEP 3: signed by procurement
        contract.with_user(self.procurement_user).action_sign(self.today, SIGNED_COPY)
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "signed",
                    "signed_date": self.today,
                    "signed_by_id": self.procurement_user.id,
                    "amount_initial": 12000.0,
                    "filing_deadline": self._days(3),
                }
            ],
        )
        self.assertRegex(contract.name, r"^OC/\d{4}/\d{5}$")
        # STEP 4: filed with HR
        contract.with_user(self.hr_user).action_file("HR-2026-17")
        self.assertRecordValues(
            contract,
            [
                {
                    "filed_date": self.today,
                    "filing_reference": "HR-2026-17",
                    "filing_received_by_id": self.hr_user.id,
                    "is_filed_late": False,
                }
            ],
        )
        # STEP 5: activated
        contract.with_user(self.procurement_user).action_activate()
        self.assertEqual(contract.state, "active")
        # STEP 6: terminated with a reason
        contract.with_user(self.manager_user).action_terminate("Service stopped")
        self.assertRecordValues(
            contract,
            [
                {
                    "state": "terminated",
                    "termination_reason": "Service stopped",
                    "termination_date": self.today,
                }
            ],
        )
        proof = self.env["outsourcing.audit.log"].verify(contract._name, contract.id)
        self.assertTrue(proof["valid"])
        self.assertEqual(proof["steps"], 5)

    def test_direct_contract_is_reviewed_by_manager_and_finance(self):
        contract = self._create_contract().with_user(self.procurement_user)
        manager = contract.with_user(self.manager_user)
        finance = contract.with_user(self.finance_user)
        for route in (
            contract.action_send_to_sign,
            manager.action_send_to_sign,
            manager.sudo().action_send_to_sign,
            lambda: manager.write({"state": "to_sign"}),
            lambda: (
                self.env["outsourcing.contract"]
                .with_user(self.manager_user)
                .create({"subject": "X", "state": "to_sign", "direct_reason": "Y"})
            ),
        ):
            with self.assertRaises(UserError):
                route()
        contract.request_validation()
        with self.assertRefused("next review"):
            finance.validate_tier()
        with self.assertRefused("wrote, edited or requested"):
            contract.validate_tier()
        manager.validate_tier()
        with self.assertRefused("Finance"):
            manager.action_send_to_sign()
        finance.validate_tier()
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_contract_reviewed")
        activity = contract.activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )
        self.assertEqual(activity.user_id, self.procurement_user)
        # What was reviewed is what is sent.
        contract.amount_total = 12001
        self.assertFalse(contract.review_ids)
        with self.assertRefused("no award(?s:.*)request its validation"):
            contract.action_send_to_sign()
        self._send_to_sign(contract)
        self.assertEqual(contract.state, "to_sign")

    def test_author_of_a_direct_contract_does_not_review_it(self):
        """A manager who writes the contract himself finds another manager."""
        contract = self._create_contract(user=self.manager_user)
        contract.request_validation()
        with self.assertRefused("somebody else"):
            contract.validate_tier()
        other = self._new_user("manager2", GROUPS["manager"])
        self._pass_reviews(contract, other, self.finance_user)
        contract.action_send_to_sign()
        self.assertEqual(contract.state, "to_sign")

    def test_rejected_direct_contract(self):
        contract = self._create_contract().with_user(self.procurement_user)
        contract.request_validation()
        contract.with_user(self.manager_user).reject_tier()
        with self.assertRefused("rejected it"):
            contract.action_send_to_sign()
        self.assertIn("Rejected", " ".join(contract.activity_ids.mapped("summary")))
        contract.action_cancel()
        self.assertFalse(contract.review_ids)

    def test_no_direct_contract_without_reason(self):
        bare = self._create_contract(direct_reason=False)
        for user in (self.procurement_user, self.manager_user):
            with self.assertRefused("no award(?s:.*)Reason without Tender"):
                bare.with_user(user).action_send_to_sign()
        with self.assertRefused("Reason without Tender"):
            bare.request_validation()
        self.assertEqual(bare.state, "draft")

    def test_without_definition_the_manager_decides(self):
        self.env["tier.definition"].search(
            [("model", "=", "outsourcing.contract")]
        ).active = False
        contract = self._create_contract()
        with self.assertRefused("manager group must decide"):
            contract.with_user(self.procurement_user).action_send_to_sign()
        contract.with_user(self.manager_user).action_send_to_sign()
        self.assertEqual(contract.state, "to_sign")

    def test_amount_of_orders(self):
        """The contract says what the order says."""
        contract = self._create_contract(order=self._create_order(), amount_total=11000)
        with self.assertRefused("bargain"):
            contract.with_user(self.manager_user).action_send_to_sign()

    def test_verbs_need_their_group(self):
        cases = [
            (self._create_contract, "action_send_to_sign", (), "officer"),
            (self._create_signed, "action_activate", (), "hr"),
            (self._create_active, "action_terminate", ("because",), "officer"),
            (self._create_active, "action_renew", (), "officer"),
            (self._create_contract, "action_cancel", (), "hr"),
            (self._create_signed, "action_file", ("X",), "procurement"),
        ]
        for factory, verb, args, role in cases:
            contract = factory()
            with self.subTest(verb=verb, role=role):
                user = getattr(self, f"{role}_user")
                state = contract.state
                with self.assertRaises(UserError):
                    getattr(contract.with_user(user), verb)(*args)
                self.assertEqual(contract.state, state)

    def test_twice(self):
        contract = self._create_signed()
        with self.assertRaises(UserError):
            contract.with_user(self.manager_user).action_send_to_sign()
        contract.with_user(self.hr_user).action_file("A")
        with self.assertRefused("was filed"):
            contract.with_user(self.other_hr_user).action_file("B")
        self.assertEqual(contract.filing_reference, "A")

    def test_system_fields(self):
        contract = self._create_contract().with_user(self.procurement_user)
        for vals in (
            {"signed_date": self.today},
            {"filed_date": self.today},
            {"filing_deadline": self._days(100)},
            {"version": 7},
            {"amount_initial": 1.0},
            {"predecessor_id": contract.id},
            {"award_date": self.today},
            {"name": "OC/1"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                contract.write(vals)
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self._create_contract(**vals)

    def test_forged_context(self):
        contract = self._create_contract().with_user(self.procurement_user)
        with self.assertRaises(AccessError):
            contract.with_context(outsourcing_flow_key=True).write({"version": 2})
        forged = self._create_contract(user=self.procurement_user)
        clean = forged.with_context(
            default_state="signed", default_signed_date=self.today
        ).create({"subject": "X"})
        self.assertRecordValues(clean, [{"state": "draft", "signed_date": False}])

    def test_sudo_caller(self):
        contract = self._create_contract()
        with self.assertRaises(UserError):
            contract.with_user(self.plain_user).sudo().action_send_to_sign()
        with self.assertRaises(UserError):
            contract.with_user(self.plain_user).sudo().write({"state": "to_sign"})

    def test_frozen_content(self):
        contract = self._create_signed().with_user(self.procurement_user)
        for vals in (
            {"amount_total": 1.0},
            {"date_end": self._days(900)},
            {"partner_id": self.other_vendor.id},
            {"filing_days": 90},
            {"company_id": self.company.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                contract.write(vals)

    def test_no_deletion(self):
        contract = self._create_signed()
        with self.assertRaises(UserError):
            contract.with_user(self.manager_user).unlink()
        draft = self._create_contract()
        draft.with_user(self.procurement_user).unlink()
        self.assertFalse(draft.exists())

    def test_contract_in_force_is_not_archived(self):
        expired = self._create_active().with_user(self.officer_user)
        self._expire(expired)
        expired.action_archive()
        self.assertFalse(expired.active)
        contract = self._create_active().with_user(self.officer_user)
        with self.assertRaisesRegex(ValidationError, "in force"):
            contract.action_archive()

    def test_copy_starts_anew(self):
        contract = self._create_active()
        copy = contract.with_user(self.procurement_user).copy()
        self.assertRecordValues(
            copy,
            [
                {
                    "state": "draft",
                    "signed_date": False,
                    "filing_deadline": False,
                    "version": 1,
                    "purchase_order_count": 0,
                }
            ],
        )
        self.assertNotEqual(copy.name, contract.name)

    def test_orders_follow_the_contract(self):
        contract = self._create_active(order=self._create_order())
        small = self._create_order(quantity=1)
        with self.assertRefused("above the contract amount"):
            small.with_user(self.procurement_user).outsourcing_contract_id = contract
        foreign = self._create_order(quantity=0, partner=self.other_vendor)
        with self.assertRefused("vendor"):
            foreign.outsourcing_contract_id = contract
        contract.with_user(self.manager_user).action_terminate("Over")
        with self.assertRefused("no longer change"):
            contract.purchase_order_ids.outsourcing_contract_id = False

    def test_future_start(self):
        contract = self._create_signed(date_start=self._days(5))
        with self.assertRefused("starts on"):
            contract.with_user(self.procurement_user).action_activate()

    def test_form(self):
        """A procurement user makes a contract on the screen."""
        form = Form(self.env["outsourcing.contract"].with_user(self.procurement_user))
        form.subject = "Guards"
        form.partner_id = self.vendor
        form.date_start = self.today
        form.date_end = self._days(100)
        form.amount_total = 10
        contract = form.save()
        self.assertRecordValues(
            contract, [{"state": "draft", "owner_id": self.procurement_user.id}]
        )

    def test_two_companies(self):
        other = self.env["res.company"].create({"name": "Second Company"})
        contract = self._create_contract()
        self.manager_user.company_ids |= other
        theirs = contract.with_user(self.manager_user).with_context(
            allowed_company_ids=[other.id]
        )
        theirs.invalidate_recordset()
        with self.assertRaises(AccessError):
            theirs.read(["subject"])
        self.assertNotIn(contract, theirs.search([]))
