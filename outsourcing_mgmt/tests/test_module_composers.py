import contextlib

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestAttackComposers(MailCase, ContractCommon):
    """Ways of core to write on a document that take values of the caller."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.record = cls._create_active()
        cls.victim = cls.vendor
        cls.readers = [cls.procurement_user, cls.hr_user, cls.manager_user]
        cls.stranger_to_it = cls.plain_user
        cls.victim.email = cls.victim.email or "victim@example.com"
        cls.place = {"model": cls.record._name, "res_id": cls.record.id}

    def _new_template(self, user):
        """A template of any employee, on what everybody reads."""
        return (
            self.env["mail.template"]
            .with_user(user)
            .create(
                {
                    "name": "Mine",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    "subject": "Agreed",
                    "body_html": "<p>Agreed</p>",
                }
            )
        )

    def _send_template(self, user, **values):
        values = {"email_to": "rival@example.com", **values}
        return self._new_template(user).send_mail(
            user.partner_id.id, email_values=values
        )

    def _compose(self, user, **values):
        composer = (
            self.env["mail.compose.message"]
            .with_user(user)
            .create(
                {
                    "body": "<p>Agreed</p>",
                    "composition_mode": "mass_mail",
                    "model": self.record._name,
                    "partner_ids": user.partner_id.ids,
                    "res_ids": str(self.record.ids),
                    "subject": "Agreed",
                    **values,
                }
            )
        )
        return composer.action_send_mail()

    def _schedule(self, user, **values):
        return (
            self.env["mail.scheduled.message"]
            .with_user(user)
            .create(
                {
                    **self.place,
                    "author_id": user.partner_id.id,
                    "body": "Agreed",
                    "scheduled_date": "2099-01-01 00:00:00",
                    **values,
                }
            )
        )

    def _get_change(self):
        """The command that makes up a change of the document."""
        field = self.env["ir.model.fields"]._get(self.record._name, "state")
        return [
            (
                0,
                0,
                {
                    "field_id": field.id,
                    "old_value_char": "Draft",
                    "new_value_char": "Approved",
                },
            )
        ]

    def _get_messages(self):
        return self.env["mail.message"].search(
            [("model", "=", self.record._name), ("res_id", "=", self.record.id)]
        )

    def assertNothing(self, attacks):
        """Each attack is refused, and leaves no message and no mail."""
        before, mails = self._get_messages(), self.env["mail.mail"].search([])
        followers = self.record.sudo().message_partner_ids
        for name, attack in attacks.items():
            with (
                self.subTest(attack=name),
                self.mock_mail_gateway(),
                mute_logger("odoo.addons.mail.models.mail_thread"),
                self.assertRaises(UserError),
            ):
                attack()
                self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(self._get_messages(), before, name)
            self.assertEqual(self.env["mail.mail"].search([]), mails, name)
            self.assertEqual(self.record.sudo().message_partner_ids, followers, name)

    def test_writing_as_somebody_else(self):
        """Neither one's name, nor the moment, nor where answers go is made up."""
        author = {"author_id": self.victim.id}
        sender = {"email_from": self.victim.email_formatted}
        away = {"reply_to": "rival@elsewhere.example"}
        for user in self.readers:
            mine = self.record.with_user(user)
            own = {**self.place, "author_id": user.partner_id.id}
            self.assertNothing(
                {
                    "composer, author": lambda user=user: self._compose(user, **author),
                    "composer, sender": lambda user=user: self._compose(user, **sender),
                    "composer, kept": lambda user=user: self._compose(
                        user, **author, **sender, auto_delete=False
                    ),
                    "composer, answers": lambda user=user: self._compose(
                        user, **away, reply_to_force_new=True
                    ),
                    "composer, domain": lambda user=user: self._compose(
                        user,
                        **author,
                        res_ids=False,
                        res_domain=str([("id", "=", self.record.id)]),
                    ),
                    "composer, one": lambda user=user: self._compose(
                        user, **author, **sender, composition_mode="comment"
                    ),
                    "template, author": lambda user=user: self._send_template(
                        user, **self.place, **author
                    ),
                    "template, sender": lambda user=user: self._send_template(
                        user, **self.place, **sender
                    ),
                    "template, said": lambda user=user: self._send_template(
                        user,
                        **self.place,
                        **author,
                        message_type="comment",
                        subtype_id=self.env.ref("mail.mt_comment").id,
                    ),
                    "template, earlier": lambda user=user, own=own: self._send_template(
                        user, **own, date="2020-01-01 00:00:00"
                    ),
                    "template, change": lambda user=user, own=own: self._send_template(
                        user, **own, tracking_value_ids=self._get_change()
                    ),
                    "scheduled": lambda user=user: self._schedule(
                        user, **author
                    ).post_message(),
                    "post, change": lambda mine=mine: mine.message_post(
                        body="x", tracking_value_ids=self._get_change()
                    ),
                    "post, answers": lambda mine=mine: mine.message_post(
                        body="x", **away
                    ),
                    "message, change": lambda mine=mine: mine.env[
                        "mail.message"
                    ].create(
                        {
                            **self.place,
                            "body": "x",
                            "tracking_value_ids": self._get_change(),
                        }
                    ),
                    "message, answers": lambda mine=mine: mine.env[
                        "mail.message"
                    ].create({**self.place, "body": "x", **away}),
                }
            )

    def test_others_may_not_read(self):
        """Nor write about it, mail of it, or learn its name."""
        file = self.env["ir.attachment"].create(
            {
                "name": "secret.txt",
                "raw": b"secret",
                "res_model": self.record._name,
                "res_id": self.record.id,
            }
        )
        said = self.record.sudo().message_post(body="Secret", attachment_ids=file.ids)
        reader = self.readers[0]
        planned = self._schedule(reader)
        user = self.stranger_to_it
        self.assertFalse(self.record.with_user(user).has_access("read"))
        own = user.partner_id
        place = self.place
        Message = self.env["mail.message"].with_user(user)
        notice = {**place, "body": "x", "message_type": "user_notification"}
        channel = self.env["discuss.channel"].with_user(user)._create_group(own.ids)
        talk = {"model": channel._name, "res_id": channel.id}
        self.assertNothing(
            {
                "composer": lambda: self._compose(user),
                "composer, one": lambda: self._compose(
                    user, composition_mode="comment"
                ),
                "template": lambda: self._send_template(user, **place),
                "template, file": lambda: self._send_template(
                    user, attachment_ids=[(4, file.id)]
                ),
                "template, message": lambda: self._send_template(
                    user, mail_message_id=said.id
                ),
                "notice": lambda: Message.env["mail.thread"].message_notify(
                    **place, body="x", partner_ids=own.ids
                ),
                "notice of it": lambda: self.record.with_user(user).message_notify(
                    body="x", partner_ids=own.ids
                ),
                "notice of it, all given": lambda: self.record.with_user(
                    user
                ).message_notify(
                    body="x",
                    partner_ids=own.ids,
                    record_alias_domain_id=False,
                    record_company_id=False,
                    reply_to=False,
                    notify_author_mention=False,
                ),
                "message": lambda: Message.create({**place, "body": "x"}),
                "message of a kind": lambda: Message.create(notice),
                "answer in a conversation": lambda: Message.create(
                    {**talk, "body": "x", "parent_id": said.id}
                ),
                "answer later": lambda: Message.create({**talk, "body": "x"}).write(
                    {"parent_id": said.id}
                ),
                "answer by template": lambda: self._send_template(
                    user, **talk, parent_id=said.id
                ),
                "scheduled": lambda: self._schedule(user),
                "scheduled, read": lambda: planned.with_user(user).read(["body"]),
                "scheduled, changed": lambda: planned.with_user(self.readers[-1]).write(
                    {"body": "Never"}
                ),
                "activity": lambda: (
                    self.env["mail.activity"]
                    .with_user(user)
                    .create(
                        {
                            "res_model_id": self.env["ir.model"]._get_id(
                                self.record._name
                            ),
                            "res_id": self.record.id,
                            "user_id": user.id,
                        }
                    )
                ),
            }
        )
        self._try_to_follow(user)
        self.assertNotIn(own, self.record.sudo().message_partner_ids)
        self.assertFalse(
            planned.with_user(user).search([("id", "=", planned.id)]), "in a list"
        )

    def _try_to_follow(self, user):
        """By the window of followers, which may refuse it or do nothing."""
        wizard = (
            self.env["mail.followers.edit"]
            .with_user(user)
            .create(
                {
                    "res_model": self.record._name,
                    "res_ids": str(self.record.ids),
                    "operation": "add",
                    "partner_ids": user.partner_id.ids,
                }
            )
        )
        with contextlib.suppress(UserError), self.cr.savepoint():
            wizard.edit_followers()

    def test_readers_still_write(self):
        """By the composer, a template and later, in their own name and at once."""
        user = self.readers[0]
        before = self._get_messages()
        with self.mock_mail_gateway():
            self._compose(user, auto_delete=False)
            self._send_template(user, **self.place)
            self._schedule(user).post_message()
            self.record.with_user(user).message_post(
                body="x", partner_ids=self.readers[-1].partner_id.ids
            )
        said = self._get_messages() - before
        self.assertEqual(len(said), 4)
        self.assertEqual(said.author_id, user.partner_id)
