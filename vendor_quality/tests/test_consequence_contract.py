from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY

from .common import TODAY, ConsequenceCommon
from .fake_outsourcing import review_direct, send_direct


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStandingContract(ConsequenceCommon):
    """Contracts without tender with a vendor whose grade blocks him."""

    def _draft(self, vendor=None, **values):
        return self._create_contract(
            activate=False, partner_id=(vendor or self.vendor).id, **values
        ).with_user(self.owner_user)

    def _send(self, **values):
        contract = self._draft(**values)
        send_direct(contract)
        return contract.with_user(self.procurement_user)

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    def test_message_says_all(self):
        form = self._block()
        contract = self._draft()
        with self._refused() as caught:
            contract.action_send_to_sign()
        for word in (
            contract.name,
            self.vendor.name,
            self.contract.name,
            "25.00",
            "grade C",
            form.name,
            form.improvement_plan_ids.name,
            "quality manager",
            "quality finance",
            "tendered",
        ):
            self.assertIn(word, str(caught.exception))

    def test_every_route_to_sign(self):
        self._block()
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.vendor.id}
        )
        for vendor in (self.vendor, contact):
            contract = self._draft(vendor)
            routes = {
                "button": contract.action_send_to_sign,
                "write": lambda contract=contract: contract.write({"state": "to_sign"}),
                "sudo": lambda contract=contract: contract.sudo().write(
                    {"state": "to_sign"}
                ),
                "context": lambda contract=contract: contract.with_context(
                    outsourcing_flow_key=True, default_state="to_sign", force=True
                ).action_send_to_sign(),
            }
            for name, route in routes.items():
                with self.subTest(name), self._refused():
                    route()
                self.assertEqual(contract.state, "draft", name)
            with self.assertRaises(UserError):
                contract.with_user(1).write({"state": "to_sign"})

    def test_every_route_to_signed(self):
        contract = self._send()
        self._block()
        routes = {
            "button": lambda: contract.action_sign("2026-03-01", SIGNED_COPY),
            "write": lambda: contract.write({"state": "signed"}),
            "sudo": lambda: contract.sudo().action_sign("2026-03-01", SIGNED_COPY),
            "context": lambda: contract.with_context(
                outsourcing_flow_key=True
            ).action_sign("2026-03-01", SIGNED_COPY),
        }
        for name, route in routes.items():
            with self.subTest(name), self._refused():
                route()
            self.assertEqual(contract.state, "to_sign", name)

    def test_not_created_beyond_its_draft(self):
        self._block()
        Contract = self.env["outsourcing.contract"].with_user(self.owner_user)
        values = {
            "subject": "Windows",
            "partner_id": self.vendor.id,
            "date_start": "2026-01-01",
            "date_end": "2026-12-31",
            "direct_reason": "Test",
        }
        for state in ("to_sign", "signed", "active"):
            with self.assertRaises(UserError):
                Contract.create({**values, "state": state})
            made = Contract.with_context(default_state=state).create(values)
            self.assertEqual(made.state, "draft")
        for forged in ("tender_id", "predecessor_id"):
            with self.assertRaises(AccessError):
                Contract.create({**values, forged: self.contract.id})
        made = Contract.with_context(default_predecessor_id=self.contract.id).create(
            values
        )
        self.assertFalse(made.predecessor_id)

    def test_vendor_exchanged_with_the_step(self):
        self._block()
        contract = self._draft(self.free_vendor)
        with self._refused():
            contract.write({"partner_id": self.vendor.id, "state": "to_sign"})
        self.assertEqual(contract.partner_id, self.free_vendor)
        contract.partner_id = self.vendor
        with self._refused():
            contract.action_send_to_sign()
        contract.partner_id = self.free_vendor
        send_direct(contract)
        signer = contract.with_user(self.procurement_user)
        with self.assertRaises(UserError):
            signer.write({"partner_id": self.vendor.id, "state": "signed"})
        signer.action_sign("2026-03-01", SIGNED_COPY)
        self.assertEqual(contract.state, "signed")

    def test_vendor_exchanged_between_the_steps(self):
        contract = self._send(vendor=self.free_vendor)
        self._block()
        contract.action_reset()
        contract.partner_id = self.vendor
        with self._refused():
            contract.with_user(self.owner_user).action_send_to_sign()

    def test_merged_vendor(self):
        contract = self._send(vendor=self.free_vendor)
        self._block()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.vendor | self.free_vendor).ids, self.free_vendor, extra_checks=False
        )
        self.env.invalidate_all()
        with self._refused():
            contract.action_sign("2026-03-01", SIGNED_COPY)

    def test_vendor_entered_twice(self):
        """A second record with the same tax number is the same vendor."""
        self.vendor.vat = "CN 9131-0000 MA1K"
        twin = self.env["res.partner"].create(
            {"name": "Twin", "is_company": True, "vat": "cn91310000ma1k"}
        )
        other = self.env["res.partner"].create(
            {"name": "Other", "is_company": True, "vat": "CN91310000MA1X"}
        )
        self._block()
        with self._refused() as caught:
            self._draft(twin).action_send_to_sign()
        self.assertIn(self.contract.name, str(caught.exception))
        send_direct(self._draft(other))
        twin.vat = False
        send_direct(self._draft(twin))

    def test_contact_of_the_blocked_vendor(self):
        """The person who signs moves to the company that is blocked."""
        contact = self.env["res.partner"].create({"name": "Sales"})
        contract = self._send(vendor=contact)
        self._block()
        contact.parent_id = self.vendor
        with self._refused():
            contract.action_sign("2026-03-01", SIGNED_COPY)

    def test_companies(self):
        """A contract binds its company and the branches, not a sister."""
        self._block()
        sister = self.env["res.company"].create({"name": "Sister"})
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        for user in (self.owner_user, self.officer_user):
            user.company_ids = [Command.link(sister.id), Command.link(branch.id)]
        send_direct(self._draft(company=sister))
        with self._refused():
            self._draft(company=branch).action_send_to_sign()
        moved = self._draft(company=sister)
        with self._refused():
            moved.write({"company_id": branch.id, "state": "to_sign"})

    def test_batch_names_every_blocked_contract(self):
        self._block()
        contracts = self._draft() | self._draft()
        free = self._draft(self.free_vendor)
        review_direct(free)
        with self._refused() as caught:
            (contracts | free).write({"state": "to_sign"})
        for contract in contracts:
            self.assertIn(contract.name, str(caught.exception))
        self.assertNotIn(free.name, str(caught.exception))

    # ------------------------------------------------------------
    # WHAT STAYS FREE
    # ------------------------------------------------------------

    def test_signed_contract_binds(self):
        """It starts, is filed and ends as agreed, and may be given up before."""
        contract = self._send()
        contract.action_sign("2026-03-01", SIGNED_COPY)
        waiting = self._send()
        self._block()
        contract.action_activate()
        contract.with_user(self.hr_user).action_file("F-1")
        waiting.action_reset()
        waiting.action_cancel()
        contract.action_terminate("Bad service")
        self.assertEqual(contract.state, "terminated")

    def test_better_form_lifts(self):
        self._block()
        contract = self._draft()
        self._lift()
        send_direct(contract)
        self.assertEqual(contract.state, "to_sign")

    def test_said_before_the_click(self):
        contract = self._draft()
        free = self._draft(self.free_vendor)
        signed = self._send()
        signed.action_sign("2026-03-01", SIGNED_COPY)
        self._block()
        contracts = contract | free | signed.with_user(self.owner_user)
        contracts.invalidate_recordset()
        self.assertIn("grade C", contract.vendor_quality_block_reason)
        self.assertNotIn("grade C", contract.send_hint)
        self.assertFalse((free | signed).filtered("vendor_quality_block_reason"))
        waiting = contract.with_user(self.procurement_user)
        self.assertIn("manager", waiting.send_hint)
        Contract = self.env["outsourcing.contract"].with_user(self.owner_user)
        with Form(Contract) as form:
            form.subject = "Windows"
            form.partner_id = self.vendor
            self.assertIn("grade C", form.vendor_quality_block_reason)
            form.partner_id = self.free_vendor
            self.assertFalse(form.vendor_quality_block_reason)

    def test_strangers_read_no_grade(self):
        self._block()
        contract = self._draft()
        mine = contract.with_user(self.hr_user)
        mine.invalidate_recordset()
        with self.assertRaises(AccessError):
            mine.read(["vendor_quality_block_reason"])
        self.assertNotIn("grade", mine.send_hint)

    def test_ungoverned_contracts_cost_one_query_a_batch(self):
        def count(number):
            contracts = self.env["outsourcing.contract"]
            for _index in range(number):
                contracts |= self._draft(self.free_vendor)
            self.env.flush_all()
            contracts.mapped("commercial_partner_id")
            before = self.env.cr.sql_log_count
            contracts._vendor_quality_get_reasons()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(20), count(1))


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStandingContractWaiver(ConsequenceCommon):
    """Two persons let one contract, renewal or amendment pass."""

    def test_one_contract(self):
        self._block()
        waiver = self._create_waiver("contract")
        contract = self._create_contract(activate=False)
        self.assertFalse(contract.vendor_quality_block_reason)
        self.assertEqual(waiver.state, "approved")
        send_direct(contract.with_user(self.owner_user))
        self.assertRecordValues(
            waiver,
            [
                {
                    "state": "used",
                    "used_model": "outsourcing.contract",
                    "used_id": contract.id,
                    "used_name": contract.display_name,
                    "used_by_id": self.owner_user.id,
                }
            ],
        )
        signer = contract.with_user(self.procurement_user)
        signer.action_sign("2026-03-01", SIGNED_COPY)
        signer.action_activate()
        with self.assertRaises(UserError):
            self._create_contract()

    def test_waiver_for_the_signature(self):
        contract = self._create_contract(activate=False)
        send_direct(contract.with_user(self.owner_user))
        self._block()
        waiver = self._create_waiver("contract")
        contract.with_user(self.procurement_user).action_sign("2026-03-01", SIGNED_COPY)
        self.assertEqual(waiver.used_id, contract.id)

    def test_two_contracts_at_once(self):
        """Each alone may take the waiver, both together may not."""
        self._block()
        waiver = self._create_waiver("contract")
        contracts = self._create_contract(activate=False)
        contracts |= self._create_contract(activate=False)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            contracts.with_user(self.owner_user).write({"state": "to_sign"})
        self.env.invalidate_all()
        self.assertEqual(waiver.state, "approved")
        self.assertEqual(set(contracts.mapped("state")), {"draft"})

    def test_wrong_waiver(self):
        self._block()
        contract = self._create_contract(activate=False).with_user(self.owner_user)
        waiver = self._create_waiver("contract")
        with self._refused():
            self._create_order().button_confirm()
        waiver.action_void()
        for kind in ("invitation", "award", "order"):
            self._create_waiver(kind)
        self._create_waiver("contract", partner_id=self.free_vendor.id)
        self._create_waiver("contract", approve=False)
        with self._refused():
            contract.action_send_to_sign()

    def test_from_the_contract(self):
        contract = self._create_contract(activate=False)
        action = contract.with_user(
            self.manager_user
        ).action_request_vendor_quality_waiver()
        self.assertEqual(
            action["context"],
            {
                "default_partner_id": self.vendor.id,
                "default_kind": "contract",
                "default_contract_id": contract.id,
                "default_company_id": self.company.id,
            },
        )
        with self.assertRaises(AccessError):
            contract.with_user(self.owner_user).action_request_vendor_quality_waiver()
