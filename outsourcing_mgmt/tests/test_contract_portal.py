import base64
import re

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from .attack_calls import NO_SIGNATURES
from .common import PNG_BASE64, SIGNED_COPY, ContractCommon

ROOT = "/my/outsourcing/contracts"


@tagged("post_install", "-at_install")
class TestContractPortal(ContractCommon, HttpCase):
    """A vendor reads and signs his contract, and reports deliveries."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor_user = cls._new_vendor_user("bright", cls.vendor)
        cls.stranger_user = cls._new_vendor_user("spotless", cls.other_vendor)

    @classmethod
    def _new_vendor_user(cls, login, company):
        user = new_test_user(cls.env, f"contract_{login}", "base.group_portal")
        user.partner_id.parent_id = company
        return user

    def _login(self, user):
        self.env.flush_all()
        self.authenticate(user.login, user.login)

    def _post(self, path, **data):
        page = self.url_open("/my/outsourcing/contracts").text
        token = re.search(r'csrf_token: "([^"]+)"', page).group(1)
        return self.url_open(path, data={"csrf_token": token, **data})

    def _create_to_sign(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        return contract

    def _sign(self, contract, **params):
        return self.make_jsonrpc_request(f"{ROOT}/{contract.id}/sign", params)

    def test_drafts_and_foreign_contracts_are_unknown(self):
        draft = self._create_contract(subject="Draft of cleaning")
        contract = self._create_active(subject="Cleaning that runs")
        self._login(self.vendor_user)
        page = self.url_open(ROOT).text
        self.assertIn("Cleaning that runs", page)
        self.assertNotIn("Draft of cleaning", page)
        self.assertEqual(self.url_open(f"{ROOT}/{draft.id}").status_code, 404)
        self.assertEqual(self.url_open(f"{ROOT}/{contract.id}").status_code, 200)
        self._login(self.stranger_user)
        self.assertNotIn("Cleaning that runs", self.url_open(ROOT).text)
        self.assertEqual(self.url_open(f"{ROOT}/{contract.id}").status_code, 404)
        self._login(self.procurement_user)
        self.assertEqual(self.url_open(f"{ROOT}/{contract.id}").status_code, 404)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(f"{ROOT}/{contract.id}").url)

    def test_what_is_due(self):
        """The list and the start of the portal say what the vendor has to do."""
        to_sign = self._create_to_sign()
        active = self._create_active()
        Milestone = self.env["outsourcing.contract.milestone"]
        for number, days in enumerate((0, 70)):
            Milestone.create(
                {
                    "name": f"Month {number}",
                    "contract_id": active.id,
                    "date_due": self._days(days),
                }
            )
        self._login(self.vendor_user)
        page = self.url_open(ROOT).text
        self.assertIn("Due: your signature", page)
        self.assertIn("Month 0", page)
        self.assertNotIn("Month 1", page, "its month has not begun")
        counts = self.make_jsonrpc_request(
            "/my/counters",
            {"counters": ["outsourcing_to_sign_count", "outsourcing_delivery_count"]},
        )
        self.assertEqual(
            counts, {"outsourcing_to_sign_count": 1, "outsourcing_delivery_count": 1}
        )
        self._login(self.stranger_user)
        counts = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["outsourcing_to_sign_count"]}
        )
        self.assertFalse(counts.get("outsourcing_to_sign_count"))
        self.assertTrue(to_sign)

    def test_days_on_site(self):
        """The vendor reads the days of its own people, month by month."""
        contract = self._create_active()
        worker = (
            self.env["outsourcing.worker"]
            .with_user(self.officer_user)
            .create(
                {
                    "contract_id": contract.id,
                    "partner_id": self.env["res.partner"]
                    .create({"name": "Li Na", "parent_id": self.vendor.id})
                    .id,
                    "role": "Cleaner",
                    "date_start": self.today,
                }
            )
        )
        worker.action_onboard()
        day = (
            self.env["outsourcing.roster.day"]
            .with_user(self.officer_user)
            .create({"worker_id": worker.id, "date": self.today, "days": 0.5})
        )
        day.action_confirm()
        url = f"{ROOT}/{contract.id}/days"
        self._login(self.vendor_user)
        page = self.url_open(url).text
        self.assertIn("Li Na", page)
        self.assertIn("0.5", page)
        self.assertIn("Confirmed", page)
        earlier = self.url_open(f"{url}/2020-01").text
        self.assertNotIn("Li Na", earlier)
        for month in ("2020-13", "0001-01", "9999-12", "10000-01"):
            answer = self.url_open(f"{url}/{month}")
            self.assertEqual(answer.status_code, 404, month)
        self.assertIn(f"{url}", self.url_open(f"{ROOT}/{contract.id}").text)
        for user in (self.stranger_user, self.officer_user):
            self._login(user)
            self.assertEqual(self.url_open(url).status_code, 404)

    def test_documents(self):
        contract = self._create_contract()
        documents = self.env["outsourcing.contract.document"].with_user(
            self.procurement_user
        )
        values = {"contract_id": contract.id, "file": SIGNED_COPY, "file_name": "a.pdf"}
        before = contract._get_content_hash()
        annex = documents.create({**values, "name": "Price per floor"})
        self.assertNotEqual(contract._get_content_hash(), before)
        letter = documents.create(
            {**values, "name": "Inner note", "document_type": "letter"}
        )
        self._send_to_sign(contract)
        self._login(self.vendor_user)
        page = self.url_open(f"{ROOT}/{contract.id}").text
        self.assertIn("Price per floor", page)
        self.assertNotIn("Inner note", page)
        path = f"{ROOT}/{contract.id}/documents/%s"
        answer = self.url_open(path % annex.id)
        self.assertEqual(answer.content, base64.b64decode(SIGNED_COPY))
        self.assertEqual(self.url_open(path % letter.id).status_code, 404)
        self._login(self.stranger_user)
        self.assertEqual(self.url_open(path % annex.id).status_code, 404)

    def test_sign(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        signature = PNG_BASE64
        self._login(self.stranger_user)
        with mute_logger("odoo.http"), self.assertRaises(Exception):  # noqa: B017
            self._sign(contract, name="Stranger", signature=signature)
        self.assertFalse(contract.vendor_signed_on)
        self._login(self.vendor_user)
        self.assertIn(
            "portal.signature_form", self.url_open(f"{ROOT}/{contract.id}").text
        )
        for params in (
            {},
            {"name": "Bright"},
            {"name": "", "signature": signature},
            {"name": " - ", "signature": signature},
            {"name": ["Bright"], "signature": signature},
            {"name": "Bright", "signature": [signature]},
            *({"name": "Bright", "signature": no} for no in NO_SIGNATURES),
        ):
            with self.subTest(params=params):
                self.assertIn("error", self._sign(contract, **params))
        self.assertFalse(contract.vendor_signed_on)
        result = self._sign(contract, name="Ann Bright", signature=signature)
        self.assertTrue(result.get("force_refresh"), result)
        self.assertEqual(contract.vendor_signed_by, "Ann Bright")
        self.assertTrue(contract.vendor_signature)
        self.assertIn("error", self._sign(contract, name="Bob", signature=signature))
        self.assertEqual(contract.vendor_signed_by, "Ann Bright")
        self.assertEqual(contract.state, "to_sign", "procurement records the signing")
        self.assertIn("Ann Bright", self.url_open(f"{ROOT}/{contract.id}").text)

    def test_sign_by_typing_a_name(self):
        contract = self._create_to_sign()
        self._login(self.vendor_user)
        url = f"{ROOT}/{contract.id}/sign_by_name"
        for name in ("", " ", "??"):
            with self.subTest(name=name):
                self._post(url, name=name)
                self.assertFalse(contract.vendor_signed_on)
        self._post(url, name="  Ann   Bright ")
        self.assertEqual(contract.vendor_signed_by, "Ann Bright")
        self.assertFalse(contract.vendor_signature)
        self.assertIn("Ann Bright", self.url_open(f"{ROOT}/{contract.id}").text)

    def test_sign_the_handover(self):
        contract = self._create_active()
        contract.with_user(self.procurement_user).action_terminate("Walked away")
        leaving = contract.exit_ids.with_user(self.officer_user)
        self._login(self.vendor_user)
        self.assertNotIn("Due: your signature", self.url_open(ROOT).text)
        leaving.line_ids.write({"result": "done"})
        self.env.flush_all()
        self.assertIn("Due: your signature", self.url_open(ROOT).text)
        page = self.url_open(f"{ROOT}/{contract.id}").text
        self.assertIn("Keys, badges and equipment", page)
        digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page).group(1)
        path = f"{ROOT}/{contract.id}/handover/sign"
        for data in ({"digest": "x", "name": "Ann"}, {"digest": digest, "name": " "}):
            self._post(path, **data)
            self.assertFalse(leaving.vendor_signed_on)
        self._login(self.stranger_user)
        self.assertEqual(
            self._post(path, digest=digest, name="Ann Bright").status_code, 404
        )
        self._login(self.vendor_user)
        self.assertIn(
            "signature was received",
            self._post(path, digest=digest, name="Ann Bright").text,
        )
        leaving.invalidate_recordset()
        self.assertEqual(leaving.vendor_signed_by, "Ann Bright")
        self.assertNotIn("Due: your signature", self.url_open(ROOT).text)

    def test_what_is_stored_is_a_signature(self):
        contract = self._create_to_sign()
        for vals in (
            {"vendor_signature": NO_SIGNATURES[-2], "vendor_signed_by": "Ann Bright"},
            {"vendor_signed_on": fields.Datetime.now()},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                server_write(contract, vals)

    def test_report_a_delivery(self):
        contract = self._create_active()
        other = self._create_active()
        milestone, foreign = self.env["outsourcing.contract.milestone"].create(
            [
                {
                    "name": f"Month of {owner.name}",
                    "contract_id": owner.id,
                    "date_due": self.today,
                    "share": 10,
                }
                for owner in (contract, other)
            ]
        )
        path = f"{ROOT}/{contract.id}/milestones/{milestone.id}/submit"
        self._login(self.stranger_user)
        self.assertEqual(self._post(path).status_code, 404)
        self._login(self.vendor_user)
        wrong = f"{ROOT}/{contract.id}/milestones/{foreign.id}/submit"
        self.assertEqual(self._post(wrong).status_code, 404)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(path, data={"x": 1}).status_code, 400)
        self.assertEqual(milestone.state, "planned")
        self.assertIn("will be checked", self._post(path).text)
        self.assertRecordValues(
            milestone,
            [{"state": "submitted", "submitted_by_id": self.vendor_user.id}],
        )
        # A second click says the same, and changes nothing.
        self.assertIn("will be checked", self._post(path).text)
        self.assertEqual(milestone.state, "submitted")
        self.assertEqual(foreign.state, "planned")
