from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

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
                for one in (message, message.sudo()):
                    with (
                        self.subTest(user=user.login, vals=vals, sudo=one.env.su),
                        self.assertRaises(AccessError),
                    ):
                        one.write(vals)
            for vals in ({"model": False, "res_id": 0}, {"res_id": 0}):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    message.sudo().write(vals)
            with self.assertRaises(AccessError):
                record.with_user(user).sudo().message_change_thread(user.partner_id)
            message.sudo().write({"author_id": user.partner_id.id})
            moved = user.partner_id.with_user(user).sudo().message_post(body="Moved")
            with self.assertRaises(AccessError):
                moved.with_user(user).write(
                    {"model": record._name, "res_id": record.id}
                )
            with self.assertRaises(AccessError):
                moved.sudo().write({"model": record._name, "res_id": record.id})

    def test_saying_something_earlier_or_later(self):
        """A message is written now, also by code that people typed."""
        record = self._get_record()
        before = record.sudo().message_ids
        for user in self._get_users():
            mine = record.with_user(user)
            for date in ("2020-01-02 08:00:00", "2099-01-02 08:00:00"):
                place = {"model": record._name, "res_id": record.id, "body": "Warned"}
                for attack in (
                    lambda mine=mine, date=date: mine.message_post(
                        body="Warned", date=date
                    ),
                    lambda mine=mine, date=date, vals=place: mine.env[
                        "mail.message"
                    ].create({**vals, "date": date}),
                ):
                    with self.subTest(user=user.login), self.assertRaises(AccessError):
                        attack()
        self.assertEqual(record.sudo().message_ids, before)

    def _evaluate(self, record, code):
        return self.env["mail.render.mixin"]._render_template(
            "{{ " + code + " }}", record._name, record.ids, "inline_template"
        )

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_typed_code_speaks_for_nobody(self):
        record = self._get_record()
        victim = self._get_victim()
        before = record.sudo().message_ids
        for code in (
            f"object.sudo().message_post(body='Agreed', author_id={victim.id})",
            f"object.sudo()._message_log(body='Agreed', author_id={victim.id})",
            "object.sudo().message_post(body='Warned', date='2020-01-02 08:00:00')",
            "object.env['mail.message'].sudo().create(dict(body='Agreed', "
            f"model=object._name, res_id=object.id, author_id={victim.id}))",
            "object.env['mail.thread'].sudo().message_process(object._name, "
            "'From: x@y.example\\nTo: z@y.example\\nMessage-Id: <m@y.example>"
            "\\n\\nAgreed', thread_id=object.id)",
        ):
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(UserError, "Failed to render"),
                mute_logger("odoo.addons.mail.models.mail_thread"),
                self.cr.savepoint(),
            ):
                self._evaluate(record, code)
            self.env.invalidate_all()
            self.assertEqual(record.sudo().message_ids, before)
        self._evaluate(record, "object.sudo().message_post(body='Mine')")
        said = record.sudo().message_ids[:1]
        self.assertEqual(said.author_id, self.env.user.partner_id)

    def test_what_is_refused_does_not_stay(self):
        """A server action goes on after an error."""
        record = self._get_record()
        victim = self._get_victim()
        user = self.env.user.partner_id
        moved = user.sudo().message_post(body="Moved", author_id=user.id)
        before = record.sudo().message_ids
        for act in (
            f"record.sudo().message_post(body='Agreed', author_id={victim.id})",
            f"record.sudo()._message_log(body='Agreed', author_id={victim.id})",
            "record.sudo().message_post(body='Warned', date='2020-01-02 08:00:00')",
            f"env['mail.message'].sudo().browse({moved.id})"
            ".write(dict(model=record._name, res_id=record.id))",
        ):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Attack",
                    "model_id": self.env["ir.model"]._get_id(record._name),
                    "state": "code",
                    "code": f"try:\n    {act}\n    action = {{'kept': 1}}\n"
                    "except Exception as error:\n"
                    "    action = {'refused': str(error)}",
                }
            )
            context = {"active_model": record._name, "active_id": record.id}
            with self.subTest(act=act):
                self.assertIn("refused", action.with_context(**context).run())
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(record.sudo().message_ids, before)
                self.assertEqual(moved.sudo().model, "res.partner")
