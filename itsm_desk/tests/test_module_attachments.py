from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SIGNATURE, DeskCommon


@tagged("post_install", "-at_install")
class TestAttachments(DeskCommon):
    """Files of a ticket are reached through the ticket."""

    def test_signature_of_the_requester(self):
        ticket = self._solve(self._file())
        ticket.with_user(self.requester).action_sign_off(5, signature=SIGNATURE)
        place = {
            "res_model": "itsm.ticket",
            "res_field": "signature",
            "res_id": ticket.id,
        }
        Attachment = self.env["ir.attachment"]
        domain = [(name, "=", value) for name, value in place.items()]
        file = Attachment.sudo().search(domain)
        checksum = file.checksum
        for user in (self.technician, self.manager, self.env.ref("base.user_admin")):
            mine = file.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"raw": b"other"}),
                lambda mine=mine: mine.sudo().write({"res_field": False}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.with_context(_force_unlink=True).unlink(),
                lambda mine=mine: mine.create({"name": "x", "raw": b"x", **place}),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRaises(UserError),
                ):
                    attack()
        self.assertEqual(Attachment.sudo().search(domain), file)
        self.assertEqual(file.checksum, checksum)

    def test_files_of_the_chatter(self):
        ticket = self._file()
        message = ticket.with_user(self.requester).message_post(
            body="See", attachments=[("screen.txt", b"black")]
        )
        file = message.sudo().attachment_ids
        self.assertEqual((file.res_model, file.res_id), ("itsm.ticket", ticket.id))
        for user in (self.requester, self.technician, self.env.ref("base.user_admin")):
            mine = file.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"raw": b"white"}),
                lambda mine=mine: mine.write({"res_id": False}),
                lambda mine=mine: mine.unlink(),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRaises(UserError),
                ):
                    attack()
        self.assertEqual(file.raw, b"black")
