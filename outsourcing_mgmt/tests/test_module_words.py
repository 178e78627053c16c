from email.message import EmailMessage
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ..models.messages.mail_thread import get_link_secrets
from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestWords(ContractCommon):
    """Who is said to have written something has written it."""

    def _get_record(self):
        return self._create_active()

    def _get_victim(self):
        return self.vendor

    def _get_users(self):
        return self.manager_user | self.procurement_user | self.hr_user

    def test_token_is_the_servers(self):
        contract = self._get_record()
        token = contract.sudo()._portal_ensure_token()
        admin = self.env.ref("base.user_admin")
        for user in self._get_users() | admin:
            mine = contract.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"access_token": "known"}),
                lambda mine=mine: mine.sudo().write({"access_token": "known"}),
                lambda mine=mine: mine.read(["access_token"]),
                lambda mine=mine: mine.get_portal_url(),
                lambda mine=mine: (
                    mine.env["portal.share"]
                    .create({"res_model": mine._name, "res_id": mine.id})
                    .share_link
                ),
                lambda mine=mine: mine.search([("access_token", "like", "a")]),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attack()
        self.assertEqual(contract.sudo().access_token, token)

    def test_token_of_a_new_contract(self):
        vals = {"subject": "Cleaning", "partner_id": self.vendor.id}
        Contract = self.env["outsourcing.contract"].with_user(self.procurement_user)
        with self.assertRaises(AccessError):
            Contract.create({**vals, "access_token": "known"})
        contract = Contract.with_context(default_access_token="known").create(vals)
        self.assertNotEqual(contract.sudo().access_token, "known")

    def test_token_of_every_portal_record(self):
        portal = self.env.registry["portal.mixin"]
        checked = 0
        for model in self.env.registry.models.values():
            if not issubclass(model, portal) or model._abstract:
                continue
            if model._name.startswith(("outsourcing.", "vendor.quality.", "itsm.")):
                names = self.env[model._name]._flow_get_system_fields()
                self.assertIn("access_token", names, model._name)
                self.assertTrue(model._fields["access_token"].groups, model._name)
                checked += 1
        self.assertTrue(checked)

    def test_employees_still_mail_the_vendor(self):
        contract = self._get_record().with_user(self.procurement_user)
        message = contract.message_post(
            body="Please call",
            partner_ids=self.vendor.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(message.author_id, self.procurement_user.partner_id)

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

    @mute_logger("odoo.models.unlink")
    def test_changing_what_was_said(self):
        """By RPC, by the chatter, by the server's own code: nobody but at once."""
        record = self._get_record()
        author, *others = self._get_users()
        values = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        said = record.with_user(author).message_post(body="Agreed", **values)
        note = record.sudo()._message_log(body="Noted by the server")
        hidden = {"is_internal": True, "subtype_id": self.env.ref("mail.mt_note").id}
        for user in (*others, self.env.ref("base.user_admin"), self.env.user):
            for message in (said | note).with_user(user):
                for attack in (
                    lambda message=message: message.write({"body": "Refused"}),
                    lambda message=message: message.sudo().write({"body": "Refused"}),
                    lambda message=message: message.write({"body": ""}),
                    lambda message=message: message.unlink(),
                    lambda message=message: message.sudo().unlink(),
                    lambda message=message: (
                        record.with_user(message.env.user)
                        .sudo()
                        ._message_update_content(message.sudo(), body="", strict=False)
                    ),
                ):
                    with self.subTest(user=user.login), self.assertRaises(UserError):
                        attack()
            with self.subTest(user=user.login), self.assertRaises(UserError):
                said.with_user(user).write(hidden)
        mine = said.with_user(author)
        mine.write({"body": "Agreed, of course"})
        with self.assertRaises(AccessError):
            mine.unlink()
        said.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_message SET create_date = create_date - interval '11 minutes'"
            " WHERE id = %s",
            said.ids,
        )
        said.invalidate_recordset()
        with self.assertRaises(AccessError):
            mine.write({"body": "Never said"})

    def test_changing_how_a_message_went(self):
        """Who was told and where answers are filed: by nobody, by no other message."""
        record = self._get_record()
        author, other, *_rest = self._get_users()
        told = other.partner_id
        said = record.with_user(author).message_post(
            body="Agreed", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        if told not in said.sudo().notified_partner_ids:
            self.env["mail.notification"].create(
                {
                    "mail_message_id": said.id,
                    "res_partner_id": told.id,
                    "notification_type": "inbox",
                }
            )
        said.invalidate_recordset()
        for user in (author, other, self.env.ref("base.user_admin")):
            for vals in (
                {"notified_partner_ids": [Command.clear()]},
                {"message_id": "<other@example.com>"},
                {"outgoing_email_to": "somebody@example.com"},
                {"incoming_email_to": "somebody@example.com"},
                {"rating_ids": [Command.clear()]},
            ):
                with (
                    self.subTest(user=user.login, vals=vals),
                    self.assertRaises(AccessError),
                    self.cr.savepoint(),
                ):
                    said.with_user(user).write(vals)
        self.assertIn(told, said.sudo().notified_partner_ids)
        taken = said.sudo().message_id
        contact = author.partner_id.with_user(author)
        note = record.with_user(author).message_post(body="x", message_id=taken)
        self.assertNotEqual(note.message_id, taken)
        messages = self.env["mail.message"].with_user(author)
        for attack in (
            lambda: contact.message_post(body="x", message_id=taken),
            lambda: contact.message_post(body="x").write({"message_id": taken}),
            lambda: messages.create({"body": "x", "message_id": taken}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                attack()
        self.assertEqual(messages.sudo().search([("message_id", "=", taken)]), said)

    def test_core_notes_how_its_queue_went(self):
        """Its job is evaluated code; a mail server may give a Message-Id of its own."""
        user = self._get_users()[0]
        said = self._get_record().with_user(user)
        said = said.message_post(body="Agreed", message_type="comment").sudo()
        mail = self.env["mail.mail"].create(
            {
                "mail_message_id": said.id,
                "body_html": "<p>x</p>",
                "email_to": "somebody@example.com",
            }
        )
        server = type(self.env["ir.mail_server"])
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        for given in (said.message_id, "<given@mail.example.com>"):
            mail.state = "outgoing"
            with (
                patch.object(server, "_disable_send", return_value=False),
                patch.object(server, "_connect__", return_value=None),
                patch.object(server, "send_email", return_value=given),
                self.enter_registry_test_mode(),
            ):
                queue.method_direct_trigger()
            mail.invalidate_recordset()
            self.assertEqual(mail.state, "sent")
            self.assertEqual(said.message_id, given)

    @mute_logger("odoo.models.unlink")
    def test_taking_others_off_the_followers(self):
        record = self._get_record()
        follower, *others = self._get_users()
        partner = follower.partner_id
        record.sudo().message_subscribe(partner.ids)
        rows = record.sudo().message_follower_ids
        row = rows.filtered(lambda item: item.partner_id == partner)
        note = self.env.ref("mail.mt_note")
        for user in others:
            mine = record.with_user(user)
            for attack in (
                lambda mine=mine: mine.message_unsubscribe(partner.ids),
                lambda mine=mine: mine.sudo().message_unsubscribe(partner.ids),
                lambda mine=mine: mine.sudo().message_subscribe(partner.ids, note.ids),
                lambda mine=mine: row.with_env(mine.env).sudo().unlink(),
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    attack()
        record.with_user(follower).message_unsubscribe(partner.ids)
        self.assertNotIn(partner, record.sudo().message_partner_ids)
        self.assertIn("does not follow", record.sudo().message_ids[:1].body)


@tagged("post_install", "-at_install")
class TestLinks(ContractCommon, MailCommon):
    """What links in mails to vendors open, and what is left of them in answers."""

    def test_a_mail_to_a_vendor_opens_nothing_by_itself(self):
        """Neither with a user nor without: its page is behind the log-in."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.vendor.email = "office@bright.test"
        contract = self._create_active().with_user(self.procurement_user)
        with self.mock_mail_gateway():
            contract.message_post(
                body="Please call",
                partner_ids=self.vendor.ids,
                subtype_xmlid="mail.mt_comment",
            )
        [mail] = [mail for mail in self._mails if "office@" in str(mail["email_to"])]
        self.assertIn(f"/my/outsourcing/contracts/{contract.id}", mail["body"])
        for secret in (*get_link_secrets(contract), "signup", "token=", "hash="):
            self.assertNotIn(secret, mail["body"])

    def test_quoted_links(self):
        """Mails of earlier versions carried them; an answer leaves them nowhere."""
        contract = self._create_active().sudo()
        contract._portal_ensure_token()
        token = contract.access_token
        message = contract.message_post(body="Please call")
        mail = EmailMessage()
        mail["From"] = "somebody@else.example.com"
        mail["To"] = "catchall@example.com"
        mail["Subject"] = "Re"
        mail["Message-Id"] = "<quoted@example.com>"
        mail["In-Reply-To"] = message.message_id
        url = contract.get_base_url()
        mail.set_content(
            f"We do.\n> {url}/mail/view?model=x&access_token={token}&pid=3&hash=abc\n"
            f"> {url}/web/signup?db=x&token=abcdef&redirect=%2Fmy\n"
            f"> {token[:20]}\n> {token[20:]} and {contract._sign_token(self.vendor.id)}"
        )
        with (
            self.mock_mail_gateway(),
            mute_logger("odoo.addons.mail.models.mail_thread"),
        ):
            self.env["mail.thread"].message_process(
                "outsourcing.contract", mail.as_bytes(), thread_id=contract.id
            )
        answer = (contract.message_ids - message)[:1]
        self.assertIn("We do.", answer.body)
        self.assertIn("/mail/view", answer.body)
        for secret in (*get_link_secrets(contract), token[:20], "abcdef", "hash=abc"):
            self.assertNotIn(secret, answer.body)

    def test_odd_tokens_are_wrong_tokens(self):
        """A letter of another alphabet is no error of the server."""
        contract = self._create_active()
        public = self.env.ref("base.public_user")
        Contract = self.env["outsourcing.contract"].with_user(public)
        token = contract.sudo()._portal_ensure_token()
        for access in (
            {"token": "é"},
            {"token": ["x"]},
            {"hash": "签", "pid": "3"},
            {"hash": "x" * 64, "pid": "x"},
            {"hash": "x" * 64, "pid": None},
        ):
            with self.subTest(access=access):
                found = Contract._get_thread_with_access(contract.id, **access)
                self.assertFalse(found)
        self.assertTrue(Contract._get_thread_with_access(contract.id, token=token))
