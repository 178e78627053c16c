from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestWords(DeskCommon):
    """Who is said to have written something has written it."""

    def _get_record(self):
        return self._file()

    def _get_victim(self):
        return self.requester.partner_id

    def _get_users(self):
        return self.technician | self.lead | self.manager

    def test_posting_as_somebody_else(self):
        record = self._get_record()
        victim = self._get_victim()
        victim.email = victim.email or "victim@example.com"
        before = record.sudo().message_ids
        root = self.env.ref("base.partner_root")
        for user in self._get_users():
            mine = record.with_user(user)
            Message = self.env["mail.message"].with_user(user)
            place = {"model": record._name, "res_id": record.id, "body": "Agreed"}
            for attack in (
                lambda mine=mine: mine.message_post(body="x", author_id=victim.id),
                lambda mine=mine: mine.message_post(body="x", author_id=root.id),
                lambda mine=mine: mine.message_post(body="x", author_id=False),
                lambda mine=mine: mine.message_post(
                    body="x", email_from=victim.email_formatted
                ),
                lambda mine=mine: mine.message_post(
                    body="x",
                    author_id=mine.env.user.partner_id.id,
                    email_from="boss@example.org",
                ),
                lambda mine=mine: mine.message_notify(
                    body="x", author_id=victim.id, partner_ids=root.ids
                ),
                lambda Model=Message, vals=place: Model.create(
                    {**vals, "author_id": victim.id}
                ),
                lambda Model=Message, vals=place: Model.with_context(
                    default_author_id=victim.id
                ).create({**vals, "email_from": victim.email}),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attack()
        self.assertEqual(record.sudo().message_ids, before)

    def test_changing_who_said_it(self):
        record = self._get_record()
        victim = self._get_victim()
        for user in self._get_users():
            message = record.with_user(user).message_post(body="Mine")
            self.assertEqual(message.author_id, user.partner_id)
            for vals in (
                {"author_id": victim.id},
                {"email_from": "victim@example.com"},
                {"date": "2020-01-01 00:00:00"},
                {"model": "res.partner", "res_id": victim.id},
                {"message_type": "email"},
            ):
                with (
                    self.subTest(user=user.login, vals=vals),
                    self.assertRaises(AccessError),
                ):
                    message.write(vals)
            moved = user.partner_id.with_user(user).sudo().message_post(body="Moved")
            with self.assertRaises(AccessError):
                moved.with_user(user).write(
                    {"model": record._name, "res_id": record.id}
                )
