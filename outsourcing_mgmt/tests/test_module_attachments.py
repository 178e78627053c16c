import base64

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..models.contract.vendor_acts import sign_contract
from .common import PDF, PNG_BASE64, ContractCommon, TenderCommon

OTHER = base64.b64encode(b"%PDF-1.4 another specification")


class AttachmentAttacks:
    """Ways to a stored file beside its record."""

    def _get_file(self, record, name):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", record._name),
                    ("res_field", "=", name),
                    ("res_id", "=", record.id),
                ]
            )
        )

    def _assert_file_is_kept(self, record, name, users):
        file = self._get_file(record, name)
        self.assertEqual(len(file), 1)
        checksum = file.checksum
        place = {"res_model": record._name, "res_id": record.id, "res_field": name}
        loose = self.env["ir.attachment"].sudo().create({"name": "x", "datas": OTHER})
        for user in users:
            for env in (self.env(user=user), self.env(user=user, su=True)):
                Attachment = env["ir.attachment"]
                mine = Attachment.browse(file.id)
                for attack in (
                    lambda mine=mine: mine.write({"datas": OTHER}),
                    lambda mine=mine: mine.write({"raw": b"%PDF-1.4 other"}),
                    lambda mine=mine: mine.write({"res_id": False}),
                    lambda mine=mine: mine.with_context(_force_unlink=True).unlink(),
                    lambda Model=Attachment: Model.create(
                        {"name": name, "datas": OTHER, **place}
                    ),
                    lambda Model=Attachment: Model.with_context(
                        **{f"default_{key}": value for key, value in place.items()}
                    ).create({"name": name, "datas": OTHER}),
                    lambda Model=Attachment: Model.browse(loose.id).write(place),
                    lambda mine=mine: mine.copy({"datas": OTHER}),
                    lambda mine=mine: mine.write({"access_token": "known"}),
                    lambda mine=mine: mine.generate_access_token(),
                ):
                    with (
                        self.subTest(user=user.login, su=env.su),
                        self.assertRaises(UserError),
                    ):
                        attack()
        self.assertEqual(self._get_file(record, name), file)
        self.assertEqual(file.checksum, checksum)


@tagged("post_install", "-at_install")
class TestAttachmentsOfTender(AttachmentAttacks, TenderCommon):
    """Published documents and files in the chatter stay what they are."""

    def _get_users(self):
        return self.procurement_user | self.env.ref("base.user_admin")

    def test_published_specification(self):
        tender = self._create_tender()
        document = (
            self.env["outsourcing.tender.document"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": tender.id,
                    "name": "Specification",
                    "file": base64.b64encode(PDF),
                }
            )
        )
        self._sign_off(tender)
        tender.action_publish()
        self.assertEqual(document.state, "published")
        self._assert_file_is_kept(document, "file", self._get_users())

    def test_no_file_is_open_to_everybody(self):
        """Neither by defaults of a caller, nor when it is moved to a record."""
        tender = self._create_tender()
        env = self.env(user=self.procurement_user)
        env = env(context={"default_public": True, "default_access_token": "known"})
        document = env["outsourcing.tender.document"].create(
            {"tender_id": tender.id, "name": "Draft", "file": base64.b64encode(PDF)}
        )
        file = self._get_file(document, "file")
        self.assertFalse(file.public or file.access_token)
        place = {"res_model": tender._name, "res_id": tender.id}
        placed = env["ir.attachment"].create({"name": "a", "raw": PDF, **place})
        self.assertFalse(placed.public)
        moved = env["ir.attachment"].create({"name": "b", "raw": PDF, "public": True})
        self.assertTrue(moved.public)
        moved.write(place)
        self.assertFalse(moved.public)

    def test_draft_is_changed_in_its_record(self):
        draft = (
            self.env["outsourcing.tender.document"]
            .with_user(self.procurement_user)
            .create(
                {
                    "tender_id": self._create_tender().id,
                    "name": "Specification",
                    "file": base64.b64encode(PDF),
                }
            )
        )
        before = draft.sha256
        file = self._get_file(draft, "file").with_user(self.procurement_user)
        with self.assertRaises(UserError):
            file.write({"datas": OTHER})
        draft.file = OTHER
        self.assertNotEqual(draft.sha256, before)
        draft.file = False
        self.assertFalse(self._get_file(draft, "file"))
        draft.file = OTHER
        draft.unlink()
        self.assertFalse(file.exists())

    def test_chatter_files(self):
        tender = self._create_published().with_user(self.procurement_user)
        other = self._create_tender()
        message = tender.message_post(body="See", attachments=[("a.pdf", PDF)])
        composed = (
            self.env["ir.attachment"]
            .with_user(self.procurement_user)
            .create(
                {
                    "name": "b.pdf",
                    "raw": PDF,
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                }
            )
        )
        message |= tender.message_post(body="Too", attachment_ids=composed.ids)
        files = message.sudo().attachment_ids
        self.assertEqual(len(files), 2)
        self.assertEqual(set(files.mapped("res_id")), set(tender.ids))
        for user in self._get_users():
            for file in files:
                mine = file.with_user(user)
                for attack in (
                    lambda mine=mine: mine.write({"raw": b"other"}),
                    lambda mine=mine: mine.write({"name": "c.pdf"}),
                    lambda mine=mine: mine.write({"res_id": other.id}),
                    lambda mine=mine, user=user: mine.write(
                        {"res_model": "res.partner", "res_id": user.partner_id.id}
                    ),
                    lambda mine=mine: mine.unlink(),
                    lambda mine=mine: mine.sudo().unlink(),
                ):
                    with (
                        self.subTest(user=user.login),
                        self.assertRaises(UserError),
                    ):
                        attack()
        self.assertEqual(files.mapped("raw"), [PDF, PDF])


@tagged("post_install", "-at_install")
class TestAttachmentsOfContract(AttachmentAttacks, ContractCommon):
    """The vendor's signature stays what the vendor drew."""

    def test_signature_of_the_vendor(self):
        signer = new_test_user(self.env, "contract_signer", "base.group_portal")
        signer.partner_id.parent_id = self.vendor
        contract = self._create_contract()
        self._send_to_sign(contract)
        # sudo: vendors have no rights; their route acts so.
        mine = contract.with_user(signer).sudo()
        sign_contract(mine, signer.partner_id, "Ann Bright", PNG_BASE64)
        self._assert_file_is_kept(
            contract,
            "vendor_signature",
            self.manager_user
            | self.procurement_user
            | self.hr_user
            | self.env.ref("base.user_admin"),
        )
