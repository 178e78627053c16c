import base64
from datetime import datetime, time

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from ..models.base.grants import server_write
from ..models.contract.vendor_acts import sign_contract
from .common import PNG_BASE64, SIGNED_COPY, ContractCommon


@tagged("post_install", "-at_install")
class TestContractSignature(ContractCommon):
    """Signed is what the vendor signed: in the portal exactly this, or on paper."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor_user = new_test_user(cls.env, "contract_signer", "base.group_portal")
        cls.vendor_user.partner_id.parent_id = cls.vendor

    def _send(self, contract=None, **values):
        contract = contract or self._create_contract(**values)
        self._send_to_sign(contract)
        return contract.with_user(self.procurement_user)

    def _vendor_signs(self, contract):
        # sudo: vendors have no rights; their route acts so.
        mine = contract.with_user(self.vendor_user).sudo()
        sign_contract(mine, self.vendor_user.partner_id, "Ann Bright", PNG_BASE64)
        contract.invalidate_recordset()

    def test_nobody_signs_for_the_vendor(self):
        contract = self._send()
        for routes in (
            lambda: contract.action_sign(),
            lambda: contract.sudo().action_sign(self.today),
            lambda: contract.write({"state": "signed"}),
            lambda: contract.with_context(default_signed_copy="x").action_sign(),
        ):
            with self.assertRaises(UserError):
                routes()
            self.assertEqual(contract.state, "to_sign")
        with self.assertRefused("vendor has not signed"):
            contract.action_sign()
        for name, value in (
            ("signed_copy", SIGNED_COPY),
            ("vendor_signature", PNG_BASE64),
            ("vendor_signed_hash", contract._get_content_hash()),
            ("vendor_signed_on", "2026-01-01 08:00:00"),
        ):
            for vals in ({name: value}, {name: value, "state": "signed"}):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    contract.write(vals)
        self.assertEqual(contract.state, "to_sign")

    def test_portal_signature_over_this_content(self):
        contract = self._send()
        self._vendor_signs(contract)
        self.assertEqual(contract.vendor_signed_hash, contract._get_content_hash())
        contract.action_sign()
        self.assertEqual(contract.state, "signed")

    def test_reset_voids_the_signature(self):
        contract = self._send(amount_total=1000)
        self._vendor_signs(contract)
        signed = contract.vendor_signed_hash
        contract.action_reset()
        self.assertRecordValues(
            contract,
            [
                {
                    "vendor_signature": False,
                    "vendor_signed_by": False,
                    "vendor_signed_hash": False,
                    "vendor_signed_on": False,
                }
            ],
        )
        rows = self.env["outsourcing.audit.log"].search(
            [
                ("res_model", "=", contract._name),
                ("res_id", "=", contract.id),
                ("verb", "=", "vendor_signature_void"),
            ]
        )
        self.assertEqual(len(rows), 1, "who signed what is kept in the log")
        self.assertIn(signed, str(rows.details))
        contract.amount_total = 999999
        self._send(contract)
        with self.assertRefused("vendor has not signed"):
            contract.action_sign()
        self._vendor_signs(contract)
        contract.action_sign()
        self.assertEqual(contract.state, "signed")

    def test_parts_belong_to_what_was_signed(self):
        contract = self._send()
        self._vendor_signs(contract)
        milestone = self.env["outsourcing.contract.milestone"].create(
            {
                "name": "Half of the work",
                "contract_id": contract.id,
                "date_due": self.today,
                "share": 50,
            }
        )
        with self.assertRefused("changed after the vendor signed"):
            contract.action_sign()
        milestone.unlink()
        contract.invalidate_recordset()
        server_write(contract.sudo(), {"amount_total": 999999})
        with self.assertRefused("changed after the vendor signed"):
            contract.action_sign()

    def test_signature_from_before_hashes(self):
        """What a vendor signed before it was hashed is not called changed."""
        contract = self._send()
        self._vendor_signs(contract)
        server_write(contract.sudo(), {"vendor_signed_hash": False})
        with self.assertRefused("before it was kept what exactly was signed"):
            contract.action_sign()
        contract.action_sign(self.today, SIGNED_COPY)
        self.assertEqual(contract.state, "signed")

    def test_signed_copy(self):
        contract = self._send()
        bad = {
            "": "a.pdf",
            "%%%%": "a.pdf",
            base64.b64encode(b"<svg/>").decode(): "a.svg",
            base64.b64encode(b"no pdf").decode(): "a.pdf",
            base64.b64encode(b"MZ").decode(): "a.exe",
        }
        for content, name in bad.items():
            with self.subTest(name=name), self.assertRaises(UserError):
                contract.action_sign(self.today, content, name)
        self.assertEqual(contract.state, "to_sign")
        for role in ("officer", "hr", "manager"):
            with self.subTest(role=role), self.assertRaises(UserError):
                contract.with_user(getattr(self, f"{role}_user")).action_sign(
                    self.today, SIGNED_COPY
                )
        contract.action_sign(self.today, SIGNED_COPY, "../../paper.pdf")
        self.assertRecordValues(
            contract, [{"state": "signed", "signed_copy_name": "paper.pdf"}]
        )
        self.assertEqual(len(contract.signed_copy_hash), 64)
        with self.assertRaises(AccessError):
            contract.write({"signed_copy": False})

    def test_wizard(self):
        contract = self._send()
        Wizard = self.env["outsourcing.contract.sign"].with_user(self.procurement_user)
        wizard = Wizard.create({"contract_id": contract.id})
        with self.assertRefused("vendor has not signed"):
            wizard.action_confirm()
        wizard.write({"signed_copy": SIGNED_COPY, "signed_copy_name": "both.pdf"})
        wizard.action_confirm()
        self.assertEqual(contract.signed_copy_name, "both.pdf")

    def test_day_of_signature_is_not_before_the_vendor_signed(self):
        """A day was typed that made a late signature one in time."""
        contract = self._send()
        with freeze_time(datetime.combine(self._days(40), time(9))):
            self._vendor_signs(contract)
            with self.assertRefused("signed it in the portal on"):
                contract.action_sign(signed_date=self._days(20))
            contract.action_sign(signed_date=self._days(40))
        self.assertEqual(contract.signed_date, self._days(40))
