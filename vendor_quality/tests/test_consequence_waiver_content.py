from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.tests.common import SIGNED_COPY

from .common import TODAY, ConsequenceCommon
from .fake_outsourcing import send_direct


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWaiverContent(ConsequenceCommon):
    """A waiver covers what two persons let pass, not what becomes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._block()

    def _draft(self, **values):
        contract = self._create_contract(activate=False, **values)
        return contract.with_user(self.owner_user)

    def _reset(self, contract):
        contract.with_user(self.procurement_user).action_reset()

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def test_enlarged_contract(self):
        self._create_waiver("contract")
        for values in (
            {"amount_total": 10000000},
            {"date_end": "2027-12-31"},
            {"term": "auto_renew", "renewals_foreseen": 3},
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                contract = self._draft(amount_total=1000)
                send_direct(contract)
                self._reset(contract)
                contract.write(values)
                self.assertIn("grade C", contract.vendor_quality_block_reason)
                with self._refused():
                    contract.action_send_to_sign()
                with self._refused():
                    contract.sudo().write({"state": "to_sign"})
                savepoint.rollback()
                self.env.invalidate_all()

    def test_enlarged_with_the_step(self):
        self._create_waiver("contract")
        contract = self._draft(amount_total=1000)
        send_direct(contract)
        self._reset(contract)
        with self._refused():
            contract.write({"amount_total": 10000000, "state": "to_sign"})

    def test_same_or_smaller_contract(self):
        self._create_waiver("contract")
        contract = self._draft(amount_total=1000.10)
        for amount in (1000.10, 900):
            contract.amount_total = amount
            send_direct(contract)
            self.assertEqual(contract.state, "to_sign")
            self._reset(contract)

    def test_enlarged_contract_takes_another_waiver(self):
        first = self._create_waiver("contract")
        contract = self._draft(amount_total=1000)
        send_direct(contract)
        self._reset(contract)
        contract.amount_total = 2000
        second = self._create_waiver("contract")
        send_direct(contract)
        used = (first | second).mapped("used_id")
        self.assertEqual(used, [contract.id, contract.id])

    def test_enlarged_renewal(self):
        self._create_waiver("contract")
        self.contract.with_user(self.procurement_user).action_renew()
        successor = self.contract.successor_ids.with_user(self.owner_user)
        successor.write(
            {"amount_total": successor.amount_total * 2, "direct_reason": "Two sites"}
        )
        with self._refused():
            successor.action_send_to_sign()

    def test_enlarged_order(self):
        self._create_waiver()
        order = self._create_order()
        order.button_confirm()
        order.button_cancel()
        order.button_draft()
        dearer = [Command.update(order.order_line.id, {"price_unit": 5000})]
        with self._refused(), self.env.cr.savepoint():
            order.write({"order_line": dearer, "state": "to approve"})
        order.invalidate_recordset()
        order.order_line.price_unit = 5000
        with self._refused():
            order.button_confirm()

    def test_used_before_its_content_was_kept(self):
        waiver = self._create_waiver("contract")
        contract = self._draft(amount_total=1000)
        send_direct(contract)
        self._reset(contract)
        server_write(waiver, {"used_content": False})
        contract.amount_total = 2000
        send_direct(contract)
        self.assertEqual(contract.state, "to_sign")

    # ------------------------------------------------------------
    # CONTRACT
    # ------------------------------------------------------------

    def test_other_contract_does_not_take_it(self):
        meant = self._draft()
        waiver = self._create_waiver("contract", contract_id=meant.id)
        other = self._draft()
        self.assertIn("grade C", other.vendor_quality_block_reason)
        with self._refused():
            other.action_send_to_sign()
        with self._refused():
            self.contract.with_user(self.procurement_user).action_renew()
        send_direct(meant)
        self.assertEqual(waiver.used_id, meant.id)

    def test_renewal_takes_it(self):
        waiver = self._create_waiver("contract", contract_id=self.contract.id)
        general = self._create_waiver("contract", expiry_date="2026-03-05")
        contract = self.contract.with_user(self.procurement_user)
        contract.action_renew()
        successor = contract.successor_ids
        self.assertEqual(waiver.used_id, successor.id)
        self.assertEqual(general.state, "approved")
        successor.action_send_to_sign()
        successor.action_sign("2026-03-01", SIGNED_COPY)
        self.assertEqual(successor.state, "signed")

    def test_amendment_takes_it(self):
        values = {"name": "More", "reason": "Floors", "amount_change": 100}
        Amendment = self.env["outsourcing.contract.amendment"]
        amendment = Amendment.with_user(self.procurement_user).create(
            {**values, "contract_id": self.contract.id}
        )
        self._create_waiver("contract", contract_id=self._draft().id)
        self.assertIn("grade C", amendment.vendor_quality_block_reason)
        self._create_waiver("contract", contract_id=self.contract.id)
        amendment.invalidate_recordset()
        self.assertFalse(amendment.vendor_quality_block_reason)

    def test_contract_is_frozen_and_of_the_vendor(self):
        with self.assertRaises(ValidationError):
            self._create_waiver(
                "contract",
                contract_id=self.contract.id,
                partner_id=self.free_vendor.id,
            )
        waiver = self._create_waiver("contract", contract_id=self.contract.id)
        for route in (waiver, waiver.sudo()):
            with self.assertRaises(UserError):
                route.contract_id = False

    # ------------------------------------------------------------
    # COMPANY
    # ------------------------------------------------------------

    def test_request_for_the_company_that_blocks(self):
        """A branch's contract is let pass by the parent whose standing blocks."""
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        sister = self.env["res.company"].create({"name": "Sister"})
        for user in (self.owner_user, self.officer_user, self.manager_user):
            user.company_ids |= branch | sister
        contract = self._draft(company=branch)
        action = contract.with_user(
            self.manager_user
        ).action_request_vendor_quality_waiver()
        self.assertEqual(action["context"]["default_company_id"], self.company.id)
        with self.assertRaises(ValidationError):
            self._create_waiver(
                "contract", contract_id=contract.id, company_id=sister.id
            )
        self._create_waiver("contract", contract_id=contract.id)
        send_direct(contract)
        self.assertEqual(contract.state, "to_sign")

    def test_request_without_a_block(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        for user in (self.owner_user, self.officer_user, self.manager_user):
            user.company_ids |= branch
        contract = self._draft(company=branch, partner_id=self.free_vendor.id)
        action = contract.with_user(
            self.manager_user
        ).action_request_vendor_quality_waiver()
        self.assertEqual(action["context"]["default_company_id"], branch.id)
