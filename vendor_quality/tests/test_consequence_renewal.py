from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY

from .common import TODAY, ConsequenceCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStandingRenewal(ConsequenceCommon):
    """A renewal decided by a person is a contract without tender."""

    def test_not_renewed(self):
        self._block()
        contract = self.contract.with_user(self.procurement_user)
        routes = {
            "button": contract.action_renew,
            "write": lambda: contract.write({"state": "renewed"}),
            "sudo": lambda: contract.sudo().action_renew(),
            "context": lambda: contract.with_context(
                outsourcing_flow_key=True
            ).action_renew(),
        }
        for name, route in routes.items():
            with (
                self.subTest(name),
                self._refused(),
            ):
                route()
            self.assertEqual(contract.state, "active", name)
        self.assertFalse(contract.can_renew)
        self.assertIn("grade C", contract.vendor_quality_block_reason)

    def test_blocked_after_the_renewal(self):
        self.contract.with_user(self.procurement_user).action_renew()
        successor = self.contract.successor_ids.with_user(self.procurement_user)
        self._block()
        with self._refused():
            successor.action_send_to_sign()

    def test_one_waiver_for_the_renewal(self):
        self._block()
        waiver = self._create_waiver("contract")
        contract = self.contract.with_user(self.procurement_user)
        self.assertFalse(contract.vendor_quality_block_reason)
        contract.action_renew()
        successor = contract.successor_ids
        self.assertRecordValues(
            waiver,
            [
                {
                    "state": "used",
                    "used_model": "outsourcing.contract",
                    "used_id": successor.id,
                    "used_by_id": self.procurement_user.id,
                }
            ],
        )
        successor.action_send_to_sign()
        successor.action_sign("2026-03-01", SIGNED_COPY)
        self.assertEqual(successor.state, "signed")

    def test_waiver_of_the_contract_is_not_one_of_its_renewal(self):
        self._block()
        self._create_waiver("contract")
        contract = self._create_contract().with_user(self.procurement_user)
        with self._refused():
            contract.action_renew()
        self.assertFalse(contract.can_renew)

    def test_term_carries_on(self):
        """What both parties signed renews itself; nobody decides anything."""
        contract = self._create_contract(term="auto_renew", renewals_foreseen=1)
        self._block()
        mine = contract.with_user(self.procurement_user)
        with self._refused():
            mine.action_renew()
        self.assertIn("01/01/2027", mine.vendor_quality_block_reason)
        self.assertNotIn(
            "01/01/2027",
            self.contract.with_user(self.procurement_user).vendor_quality_block_reason,
        )
        with freeze_time("2027-01-01 08:00:00"):
            contract.with_user(1)._follow_calendar()
        self.assertEqual(contract.state, "renewed")
        self.assertEqual(contract.successor_ids.state, "active")

    @mute_logger("odoo.addons.vendor_quality.models.inspection.outsourcing_contract")
    def test_active_also_where_a_plan_cannot_go_on(self):
        """As that of an inspector who lost the company."""
        contract = self._create_contract(term="auto_renew", renewals_foreseen=1)
        self._create_plan(contract_id=contract.id)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.inspector_user.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        with freeze_time("2027-01-01 08:00:00"):
            contract.with_user(1)._follow_calendar()
        successor = contract.successor_ids
        self.assertEqual(successor.state, "active")
        self.assertFalse(successor.vendor_quality_plan_ids)

    def test_inspections_go_on(self):
        """A contract that renewed itself is inspected as before, without an event."""
        contract = self._create_contract(term="auto_renew", renewals_foreseen=1)
        plan = self._create_plan(contract_id=contract.id)
        self._create_plan(contract_id=contract.id, name="Spring", date_end="2026-05-31")
        with freeze_time("2026-12-28 08:00:00"):
            plan.action_generate()
            [monday] = plan.inspection_ids.filtered(
                lambda item: str(item.date_due) == "2027-01-04"
            )
            monday.with_user(self.officer_user).inspector_id = self.officer_user
        with freeze_time("2027-01-01 08:00:00"):
            contract.with_user(1)._follow_calendar()
            successor = contract.successor_ids
            following = successor.vendor_quality_plan_ids
            self.assertRecordValues(
                following,
                [
                    {
                        "name": "Weekly round",
                        "inspector_id": self.inspector_user.id,
                        "verifier_id": self.other_inspector_user.id,
                        "date_start": successor.date_start,
                        "date_end": False,
                    }
                ],
            )
            self.assertEqual(following.line_ids.mapped("name"), ["Floors", "Windows"])
            self.assertRecordValues(
                monday,
                [
                    {
                        "plan_id": following.id,
                        "contract_id": successor.id,
                        "inspector_id": self.officer_user.id,
                        "state": "planned",
                    }
                ],
            )
            self.assertFalse(
                plan.inspection_ids.filtered(
                    lambda item: item.date_due > contract.date_end
                )
            )
        with freeze_time("2027-01-15 08:00:00"):
            (plan | following)._generate_rounds()
            days = following.inspection_ids.mapped("date_due")
            self.assertEqual(len(days), len(set(days)))
            self.assertIn("2027-01-25", [str(day) for day in days])
            self.env["outsourcing.compliance.rule"]._cron_find_breaches()
        self.assertFalse(
            self.env["outsourcing.compliance.event"].search(
                [
                    ("code", "=", "no_inspection_plan"),
                    ("res_id", "=", successor.id),
                ]
            )
        )


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStandingAmendment(ConsequenceCommon):
    """An amendment that adds to a contract is one without tender as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reviewer_user = cls._new_user(
            "reviewer", "outsourcing_mgmt.group_outsourcing_officer"
        )

    def _amend(self, **values):
        """Return an amendment that everybody has reviewed."""
        amendment = (
            self.env["outsourcing.contract.amendment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "More floors",
                    "contract_id": self.contract.id,
                    "reason": "Two more floors",
                    **values,
                }
            )
        )
        amendment.request_validation()
        amendment.with_user(self.reviewer_user).validate_tier()
        amendment.invalidate_recordset()
        return amendment

    def test_nothing_is_added(self):
        self._block()
        for values in ({"amount_change": 100}, {"new_date_end": "2027-01-31"}):
            amendment = self._amend(**values)
            self.assertIn("grade C", amendment.vendor_quality_block_reason)
            routes = {
                "button": amendment.action_approve,
                "write": lambda item=amendment: item.write({"state": "approved"}),
                "sudo": lambda item=amendment: item.sudo().action_approve(),
                "context": lambda item=amendment: item.with_context(
                    outsourcing_flow_key=True
                ).action_approve(),
            }
            for name, route in routes.items():
                with (
                    self.subTest(name),
                    self._refused(),
                ):
                    route()
                self.assertEqual(amendment.state, "draft", name)
        self.assertRecordValues(self.contract, [{"amount_total": 120000, "version": 1}])

    def test_what_takes_away_passes(self):
        self._block()
        for values in (
            {"amount_change": -100},
            {"new_date_end": "2026-11-30"},
            {"description": "<p>Other hours</p>"},
        ):
            amendment = self._amend(**values)
            self.assertFalse(amendment.vendor_quality_block_reason)
            amendment.action_approve()
            self.assertEqual(amendment.state, "approved")

    def test_amount_written_with_the_step(self):
        self._block()
        amendment = self._amend(amount_change=-100)
        with self.assertRaises(UserError):
            amendment.write({"amount_change": 100, "state": "approved"})
        self.assertEqual(self.contract.amount_total, 120000)

    def test_one_amendment_a_waiver(self):
        self._block()
        waiver = self._create_waiver("contract")
        amendment = self._amend(amount_change=100)
        self.assertFalse(amendment.vendor_quality_block_reason)
        amendment.action_approve()
        self.assertRecordValues(
            waiver,
            [
                {
                    "state": "used",
                    "used_model": "outsourcing.contract.amendment",
                    "used_id": amendment.id,
                }
            ],
        )
        with self._refused():
            self._amend(amount_change=100).action_approve()
