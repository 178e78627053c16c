import base64
from contextlib import nullcontext

from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models.bid import vendor as portal
from ..models.contract.vendor_acts import sign_contract_by_name
from ..models.integrity.kept_files import find_changed
from .common import PDF, BidCommon, ContractCommon

OTHER = b"%PDF-1.4 another specification"


class ChangedFiles:
    """Changes stored files as somebody with access to the server does."""

    def _swap(self, record, name=None, content=OTHER):
        """Replace the content of a file behind the back of the program."""
        files = record.env["ir.attachment"].sudo()
        if name:
            files = files.search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("res_field", "=", name),
                ]
            )
        else:
            files = record.sudo().attachment_ids
        self.assertEqual(len(files), 1)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET store_fname = NULL, db_datas = %s "
                "WHERE id = %s",
                content,
                files.id,
            )
        )
        self.env.invalidate_all()

    def _assert_in_chain(self, record):
        """The refusal, which leaves nothing else, is in the chain."""
        if not isinstance(self, HttpCase):
            self.registry_enter_test_mode()
        self.cr.postrollback.run()
        verbs = self.env["outsourcing.audit.log"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)]
        )
        self.assertIn("integrity_failure", verbs.mapped("verb"))

    def _run_check(self):
        self.env.flush_all()
        # A case with requests is in that mode already.
        is_http = isinstance(self, HttpCase)
        with nullcontext() if is_http else self.enter_registry_test_mode():
            cron = self.env.ref("outsourcing_mgmt.ir_cron_check_files")
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return (
            self.env["mail.message"]
            .sudo()
            .search([("subject", "like", "A file was changed")])
        )


@tagged("post_install", "-at_install")
class TestHashesOfTender(ChangedFiles, BidCommon, HttpCase):
    """A specification that was swapped on the server decides nothing."""

    @classmethod
    def _create_draft_tender(cls, *args, **values):
        tender = super()._create_draft_tender(*args, **values)
        cls.document = tender.env["outsourcing.tender.document"].create(
            {
                "tender_id": tender.id,
                "name": "Specification",
                "file_name": "../../x\u202egnp.pdf",
                "file": base64.b64encode(PDF),
            }
        )
        return tender

    def test_opening(self):
        self._declare(self.tender)
        for user in self.vendor_users:
            self._sealed_bid(user)
        self._close(self.tender)
        self._swap(self.document, "file")
        with (
            self.assertRaisesRegex(UserError, "no longer matches"),
            self.cr.savepoint(),
        ):
            self._open_bids(self.tender.with_user(self.procurement_user))
        self.assertEqual(self.tender.state, "closed")
        self.assertFalse(self.tender.sudo().bid_ids.attachment_ids)
        self._assert_in_chain(self.tender)

    def test_download(self):
        self.authenticate(self.alpha_user.login, self.alpha_user.login)
        url = f"/tenders/{self.tender.id}/documents/{self.document.id}"
        answer = self.url_open(url)
        self.assertEqual(answer.content, PDF)
        self.assertIn("x_gnp.pdf", answer.headers["Content-Disposition"])
        self._swap(self.document, "file")
        with mute_logger("odoo.http"):
            answer = self.url_open(url)
        self.assertEqual(answer.status_code, 409)
        self.assertNotIn(OTHER, answer.content)

    def test_printing(self):
        report = "outsourcing_mgmt.report_tender_notice"
        Report = self.env["ir.actions.report"].with_user(self.procurement_user)
        self.assertTrue(Report._render_qweb_html(report, self.tender.ids))
        self._swap(self.document, "file")
        with self.assertRaisesRegex(UserError, "no longer matches"):
            Report._render_qweb_html(report, self.tender.ids)

    def test_every_night(self):
        self.assertFalse(self._run_check())
        self._swap(self.document, "file")
        told = self._run_check()
        self.assertEqual(told.notified_partner_ids, self.auditor_user.partner_id)
        self.assertIn(self.document.display_name, told.subject)
        self.assertEqual(find_changed(self.document), self.document)

    def test_files_of_a_bidder_are_those_that_were_sealed(self):
        self._declare(self.tender)
        bid = self._sealed_bid(self.alpha_user)
        self._sealed_bid(self.beta_user)
        self._sealed_bid(self.gamma_user)
        self._close(self.tender)
        self._open_bids(self.tender.with_user(self.procurement_user))
        bid.invalidate_recordset()
        files = bid.sudo().attachment_ids
        self.assertEqual(files.mapped("name"), ["concept.pdf"])
        bid.sudo().message_post(
            body="See", attachments=[("concept.pdf", OTHER), ("better.pdf", OTHER)]
        )
        bid.invalidate_recordset()
        self.assertEqual(bid.sudo().attachment_ids, files)
        self.assertFalse(bid._has_changed_files())
        with self.assertRaises(UserError):
            bid.with_user(self.procurement_user).write({"attachment_ids": [(5,)]})
        self.assertFalse(self._run_check())
        self._swap(bid)
        self.assertTrue(bid._has_changed_files())
        told = self._run_check()
        self.assertEqual(told.notified_partner_ids, self.auditor_user.partner_id)

    def test_own_file_of_a_draft(self):
        """Drafts have no digest yet and are changed by their vendor."""
        bid = self._draft_bid(self.alpha_user)
        [file] = portal.read_bid(bid)["files"]
        self.assertEqual(portal.get_file(bid, file["id"])[1], PDF)


@tagged("post_install", "-at_install")
class TestHashesOfContract(ChangedFiles, ContractCommon):
    """A signed copy that was swapped is found, and nothing more is signed on it."""

    def test_signed_copy(self):
        contract = self._create_signed()
        self.assertFalse(self._run_check())
        report = "outsourcing_mgmt.report_outsourcing_contract"
        Report = self.env["ir.actions.report"].with_user(self.procurement_user)
        self.assertTrue(Report._render_qweb_html(report, contract.ids))
        self._swap(contract, "signed_copy")
        with self.assertRaisesRegex(UserError, "no longer matches"):
            Report._render_qweb_html(report, contract.ids)
        told = self._run_check()
        self.assertEqual(told.notified_partner_ids, self.auditor_user.partner_id)
        self._assert_in_chain(contract)

    def test_signing_without_a_tender(self):
        signer = new_test_user(self.env, "contract_signer", "base.group_portal")
        signer.partner_id.parent_id = self.vendor
        contract = self._create_contract()
        self._send_to_sign(contract)
        # sudo: vendors have no rights; their route acts so.
        mine = contract.with_user(signer).sudo()
        sign_contract_by_name(mine, signer.partner_id, "Ann Bright")
        contract.with_user(self.procurement_user).action_sign()
        self.assertEqual(contract.state, "signed")
