import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import PDF, SIGNED_COPY, ContractCommon
from .test_module_hashes import ChangedFiles

OTHER = base64.b64encode(PDF + b" second version")


@tagged("post_install", "-at_install")
class TestContractDocument(ChangedFiles, ContractCommon):
    """Files of a contract: versions, digests, the signed copy, retention."""

    def _add(self, contract, user=None, **values):
        return (
            self.env["outsourcing.contract.document"]
            .with_user(user or self.procurement_user)
            .create(
                {
                    "contract_id": contract.id,
                    "name": "Insurance",
                    "document_type": "certificate",
                    "file": SIGNED_COPY,
                    "file_name": "insurance.pdf",
                    **values,
                }
            )
        )

    def test_attacks(self):
        contract = self._create_active()
        document = self._add(contract)
        for vals in (
            {"file": OTHER},
            {"name": "Other"},
            {"sha256": "0" * 64},
            {"content_hash": "0" * 64},
            {"uploaded_by_id": self.hr_user.id},
            {"state": "superseded"},
            {"version": 7},
        ):
            for user in (self.procurement_user, self.manager_user):
                with self.subTest(vals=vals), self.assertRaises(UserError):
                    document.with_user(user).write(vals)
        for user in (self.hr_user, self.finance_user, self.user_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._add(contract, user)
        for user in (self.procurement_user, self.manager_user):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                document.with_user(user).unlink()
        with self.assertRaises(UserError):
            document.sudo().unlink()
        with self.assertRefused("starts as"):
            self._add(contract, state="superseded")
        other = self._create_contract()
        with self.assertRefused("cannot replace"):
            self._add(other, supersedes_id=document.id)

    def test_versions(self):
        contract = self._create_active()
        first = self._add(contract)
        second = self._add(contract, file=OTHER, supersedes_id=first.id)
        self.assertRecordValues(
            first | second,
            [
                {"state": "superseded", "version": 1},
                {"state": "current", "version": 2},
            ],
        )
        self.assertNotEqual(first.sha256, second.sha256)
        self.assertEqual(second.uploaded_by_id, self.procurement_user)
        with self.assertRefused("later version"):
            self._add(contract, supersedes_id=first.id, file=OTHER)

    def test_version_of_before_is_not_changed(self):
        """Not what it said about its last day, nor where it stands."""
        contract = self._create_active()
        first = self._add(contract, date_expiry=self._days(30))
        first.date_expiry = self._days(40)
        self._add(contract, file=OTHER, supersedes_id=first.id)
        for vals in ({"date_expiry": self._days(400)}, {"sequence": 1}):
            for user in (self.procurement_user, self.manager_user):
                with self.subTest(vals=vals), self.assertRefused("no longer"):
                    first.with_user(user).write(vals)
        self.assertEqual(first.date_expiry, self._days(40))

    def test_what_can_be_kept(self):
        contract = self._create_contract()
        for values in (
            {"file": base64.b64encode(b"MZ"), "file_name": "run.exe"},
            {"file_name": "insurance.png"},
            {"document_type": "signed_copy", "file_name": "copy.docx"},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._add(contract, **values)

    def test_copy_among_the_documents_counts_for_the_signature(self):
        contract = self._create_contract()
        early = self._add(contract, document_type="signed_copy")
        self._send_to_sign(contract)
        mine = contract.with_user(self.procurement_user)
        with self.assertRefused("vendor has not signed"):
            mine.action_sign()
        copy = self._add(
            contract,
            self.officer_user,
            document_type="signed_copy",
            file=OTHER,
            supersedes_id=early.id,
        )
        mine.action_sign()
        self.assertRecordValues(
            mine,
            [
                {
                    "state": "signed",
                    "signed_copy_hash": copy.sha256,
                    "signed_copy_name": "insurance.pdf",
                }
            ],
        )
        self.assertEqual(len(contract.document_ids), 2)

    def test_copy_of_another_content_does_not_count(self):
        contract = self._create_contract()
        self._send_to_sign(contract)
        self._add(contract, document_type="signed_copy")
        mine = contract.with_user(self.procurement_user)
        mine.action_reset()
        mine.subject = "Cleaning of another office"
        self._send_to_sign(contract)
        with self.assertRefused("vendor has not signed"):
            mine.action_sign()

    def test_uploaded_copy_is_listed(self):
        contract = self._create_signed()
        document = contract.sudo().document_ids
        self.assertRecordValues(
            document,
            [
                {
                    "document_type": "signed_copy",
                    "sha256": contract.signed_copy_hash,
                    "state": "current",
                }
            ],
        )

    def test_swapped_file(self):
        contract = self._create_active()
        document = self._add(contract)
        self.assertFalse(self._run_check())
        self._swap(document, "file")
        with self.assertRaisesRegex(UserError, "no longer matches"):
            self.env["ir.binary"]._record_to_stream(document, "file")
        file = self.env["ir.attachment"].search(
            [("res_model", "=", document._name), ("res_field", "=", "file")]
        )
        with self.assertRaisesRegex(UserError, "no longer matches"):
            self.env["ir.binary"]._record_to_stream(
                file.filtered(lambda item: item.res_id == document.id), "raw"
            )
        told = self._run_check()
        self.assertEqual(told.notified_partner_ids, self.auditor_user.partner_id)
        self._assert_in_chain(contract)

    def test_retention(self):
        self.company.outsourcing_retention_years = 2
        contract = self._create_active(date_end=self._days(30))
        document = self._add(contract)
        mine = contract.with_user(self.procurement_user)
        mine.action_terminate("Moved out")
        self.assertEqual(
            contract.retention_date, self.today.replace(year=self.today.year + 2)
        )
        self.company.outsourcing_retention_years = 0
        self.assertGreater(contract.retention_date, self.today)
        with self.assertRefused("is kept until"):
            document.with_user(self.manager_user).unlink()
        with freeze_time(self._days(2 * 366)):
            document.with_user(self.manager_user).unlink()
        self.assertFalse(document.exists())
        draft = self._create_contract()
        self._add(draft)
        with self.assertRefused("has documents"):
            draft.unlink()

    def test_milestones_where_the_category_asks(self):
        self.category.needs_milestones = True
        order = self._create_order()
        contract = self._create_contract(order=order, category_id=self.category.id)
        self.assertTrue(contract.needs_milestones)
        with self.assertRefused("asks for milestones"):
            self._send_to_sign(contract)
        self.env["outsourcing.contract.milestone"].create(
            {
                "name": "January",
                "contract_id": contract.id,
                "date_due": self.today,
                "purchase_line_id": order.order_line.id,
                "quantity": 12.0,
            }
        )
        self._send_to_sign(contract)
        self.assertEqual(contract.state, "to_sign")

    def test_documents_that_the_category_asks_for(self):
        self.category.write({"needs_annex": True, "needs_certificate": True})
        contract = self._create_contract()
        self.assertIn("annex or a price list", contract.send_hint)
        self.assertIn("document_ids", [row["field"] for row in contract.missing])
        with self.assertRefused("annex or a price list"):
            self._send_to_sign(contract)
        self._add(contract, name="Prices", document_type="price_list")
        self._send_to_sign(contract)
        mine = contract.with_user(self.procurement_user)
        expired = {"document_type": "certificate", "date_expiry": self._days(-1)}
        self._add(contract, name="Old insurance", **expired)
        with self.assertRefused("certificate or an insurance"):
            mine.action_sign(self.today, SIGNED_COPY)
        self._add(contract, name="Insurance", document_type="certificate")
        mine.action_sign(self.today, SIGNED_COPY)
        self.assertEqual(contract.state, "signed")

    def test_direct_contract_without_a_category(self):
        """Nothing said which deliveries and documents it needs."""
        contract = self._create_contract(category_id=False)
        [text] = [
            row["text"] for row in contract.missing if row["field"] == "category_id"
        ]
        self.assertIn("Choose its category", text)
        with self.assertRefused("Choose its category"):
            contract.request_validation()
        with self.assertRefused("Choose its category"):
            contract.action_send_to_sign()
        contract.category_id = self.env.ref("outsourcing_mgmt.category_other")
        self._send_to_sign(contract)
        self.assertEqual(contract.state, "to_sign")

    def test_milestones_are_not_unticked_in_the_draft(self):
        """Procurement unticked on the contract what its category asks for."""
        self.category.needs_milestones = True
        contract = self._create_contract()
        contract.needs_milestones = False
        with self.assertRefused("asks for milestones"):
            self._send_to_sign(contract)

    def test_document_that_ends(self):
        contract = self._create_active()
        self._add(contract, date_expiry=self._days(5))
        self._run_cron("ir_cron_worker_end")
        self._run_cron("ir_cron_worker_end")
        kind = self.env.ref("outsourcing_mgmt.mail_activity_type_contract_document")
        asked = contract.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )
        self.assertEqual(len(asked), 1)
        self.assertEqual(asked.user_id, self.officer_user)
