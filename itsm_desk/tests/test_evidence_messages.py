from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.base.mail_message import MEND_MINUTES
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestEvidenceMessages(DeskCommon):
    """What was said on a ticket, and who hears of it, is changed by nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._file()
        cls.ticket.with_user(cls.technician).action_take()
        mine = cls.ticket.with_user(cls.requester)
        cls.said = mine.message_post(body="It is broken", **cls._as_comment())
        cls.note = cls.ticket.sudo()._message_log(body="Noted by the server")
        cls.answer = cls.ticket.with_user(cls.technician).message_post(
            body="We look at it", **cls._as_comment()
        )

    @staticmethod
    def _as_comment():
        return {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}

    def _age(self, message, minutes):
        message.flush_recordset()
        self.env.cr.execute(
            "UPDATE mail_message SET create_date = create_date - %s * interval "
            "'1 minute' WHERE id = %s",
            [minutes, message.id],
        )
        message.invalidate_recordset()

    @mute_logger("odoo.models.unlink", "odoo.addons.base.models.ir_rule")
    def test_nobody_changes_what_others_said(self):
        people = (self.technician, self.lead, self.manager, self.requester)
        people += (self.env.ref("base.user_admin"), self.env.ref("base.user_root"))
        attacks = {
            "rewritten": lambda message: message.write({"body": "All is well"}),
            "emptied": lambda message: message.write({"body": ""}),
            "subject": lambda message: message.write({"subject": "Other"}),
            "hidden": lambda message: message.write({"is_internal": True}),
            "made a note": lambda message: message.write(
                {"subtype_id": self.env.ref("mail.mt_note").id}
            ),
            "deleted": lambda message: message.unlink(),
            "edited in the chatter": lambda message: (
                self.ticket.with_user(message.env.user)
                .sudo()
                ._message_update_content(message.sudo(), body="All is well")
            ),
            "deleted in the chatter": lambda message: (
                self.ticket.with_user(message.env.user)
                .sudo()
                ._message_update_content(message.sudo(), body="", strict=False)
            ),
        }
        for user in people:
            for message in (self.said | self.note | self.answer).with_user(user):
                if message.sudo().author_id == user.partner_id:
                    continue
                for name, attack in attacks.items():
                    if message == self.note and name in ("hidden", "made a note"):
                        # It is one.
                        continue
                    for one in (message, message.sudo()):
                        if one.env.su and name == "subject":
                            # Core gives a message the subject of its mail.
                            continue
                        with (
                            self.subTest(user=user.login, how=name, sudo=one.env.su),
                            self.assertRaises(UserError),
                        ):
                            attack(one)
        self.assertIn("It is broken", self.said.body)

    def test_nobody_changes_how_a_message_went(self):
        """Who was told, where answers are filed, what a mail was: for nobody, ever."""
        lead = self.lead.partner_id
        self.env["mail.notification"].create(
            {
                "mail_message_id": self.said.id,
                "res_partner_id": lead.id,
                "notification_type": "inbox",
            }
        )
        self.said.invalidate_recordset()
        other = self._file().with_user(self.technician)
        attacks = {
            "who was told": {"notified_partner_ids": [Command.clear()]},
            "who was told, one": {"notified_partner_ids": [Command.unlink(lead.id)]},
            "rating": {"rating_ids": [Command.clear()]},
            "Message-Id": {"message_id": "<other@example.com>"},
            "sent to": {"outgoing_email_to": "somebody@example.com"},
            "came to": {"incoming_email_to": "somebody@example.com"},
            "copies": {"incoming_email_cc": "somebody@example.com"},
            "answers": {"reply_to_force_new": not self.said.reply_to_force_new},
            "layout": {"email_layout_xmlid": "mail.mail_notification_light"},
            "activity": {
                "mail_activity_type_id": self.env.ref("mail.mail_activity_data_todo").id
            },
        }
        for user in (self.technician, self.manager, self.requester):
            for message in (self.said | self.answer).with_user(user):
                for name, vals in attacks.items():
                    with (
                        self.subTest(user=user.login, how=name),
                        self.assertRaises(AccessError),
                        self.cr.savepoint(),
                    ):
                        message.write(vals)
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.said.with_user(self.technician).reply_to = self.technician.email
        self.assertIn(lead, self.said.sudo().notified_partner_ids)
        # What core notes while it mails, and marks of one's own.
        self.said.sudo().message_id = "<sent@example.com>"
        self.answer.with_user(self.technician).write(
            {"starred_partner_ids": [Command.link(self.technician.partner_id.id)]}
        )
        for vals in (
            {
                "notification_ids": [
                    Command.create(
                        {
                            "res_partner_id": self.requester.partner_id.id,
                            "notification_type": "email",
                            "notification_status": "sent",
                        }
                    )
                ]
            },
        ):
            with (
                self.subTest(created=vals),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                other.env["mail.message"].create(
                    {"model": other._name, "res_id": other.id, "body": "x", **vals}
                )

    def test_answers_to_a_message_are_led_nowhere_else(self):
        """Core files an answer where the newest message of that Message-Id stands."""
        other = self._file().with_user(self.technician)
        taken = self.answer.sudo().message_id
        note = other.message_post(body="x", message_id=taken)
        self.assertNotEqual(note.message_id, taken)
        messages = self.env["mail.message"].with_user(self.technician)
        channel = self.env["discuss.channel"].with_user(self.technician)
        channel = channel._create_group(
            partners_to=self.technician.partner_id.ids, name="Ours"
        )
        said = channel.message_post(body="x", message_type="comment")
        attacks = {
            "new": lambda: messages.create(
                {"model": other._name, "res_id": other.id, "message_id": taken}
            ),
            "elsewhere": lambda: messages.create(
                {"model": channel._name, "res_id": channel.id, "message_id": taken}
            ),
            "on nothing": lambda: messages.create({"body": "x", "message_id": taken}),
            "in a conversation": lambda: channel.message_post(
                body="x", message_type="comment", message_id=taken
            ),
            "afterwards": lambda: said.write({"message_id": taken}),
        }
        for name, attack in attacks.items():
            with (
                self.subTest(name),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                attack()
        same = messages.sudo().search([("message_id", "=", taken)])
        self.assertEqual(same, self.answer.sudo())

    def test_core_notes_how_its_queue_went(self):
        """Its job is evaluated code; a mail server may give a Message-Id of its own."""
        said = self.answer.sudo()
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

    def test_authors_mend_their_text_at_once(self):
        mine = self.answer.with_user(self.technician)
        self.ticket.with_user(self.technician).sudo()._message_update_content(
            mine.sudo(), body="We look at it now"
        )
        self.assertIn("look at it now", mine.body)
        for vals in (
            *({"body": text} for text in ("<p><br></p>", "<p>\u200b</p>", False)),
            {"subject": "Other"},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                mine.write(vals)
        with self.assertRaises(AccessError):
            mine.unlink()
        file = self.env["ir.attachment"].create({"name": "a.txt", "raw": b"a"})
        mine.sudo().attachment_ids = file
        with self.assertRaises(UserError):
            mine.sudo().attachment_ids = False
        self._age(mine, MEND_MINUTES + 1)
        for vals in ({"body": "Never said"}, {"attachment_ids": [(4, file.id)]}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                mine.write(vals)

    def test_what_is_no_text_goes_on(self):
        """Stars, reactions, notifications, recorded changes, activities with files."""
        mine = self.said.with_user(self.technician)
        mine.toggle_message_starred()
        self.assertTrue(mine.starred)
        guest = self.env["mail.guest"]
        mine.sudo()._message_reaction("+", "add", self.technician.partner_id, guest)
        self.assertTrue(mine.sudo().reaction_ids)
        mine.set_message_done()
        activity = self.ticket.with_user(self.technician).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.technician.id
        )
        file = self.env["ir.attachment"].with_user(self.technician)
        file = file.create({"name": "a.txt", "raw": b"a"})
        message = activity._action_done(feedback="Done", attachment_ids=file.ids)[0]
        self.assertTrue(message)
        # What is new is not compared with anything before.
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.ticket.with_user(self.technician).subject = "Printer is broken"
        self.env.flush_all()
        self.env.cr.precommit.run()
        tracked = self.env["mail.tracking.value"].search(
            [
                ("mail_message_id.model", "=", self.ticket._name),
                ("mail_message_id.res_id", "=", self.ticket.id),
            ]
        )
        self.assertTrue(tracked)
        admin = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            tracked[:1].with_user(admin).new_value_char = "Other"
        with self.assertRaises(AccessError):
            tracked[:1].with_user(admin).unlink()

    def test_messages_go_with_their_ticket(self):
        ticket = self._file()
        message = ticket.sudo().message_ids[:1]
        with self.assertRaises(AccessError):
            message.with_user(self.manager).unlink()
        ticket.with_user(self.manager).unlink()
        self.assertFalse(message.exists())

    def test_a_mail_that_is_no_message_goes_after_it_was_sent(self):
        mail = self.env["mail.mail"].create(
            {
                "model": "itsm.ticket",
                "res_id": self.ticket.id,
                "message_type": "email_outgoing",
                "body_html": "<p>Reminder</p>",
                "email_to": "somebody@example.com",
            }
        )
        message = mail.mail_message_id
        with self.assertRaises(AccessError):
            message.with_user(self.technician).unlink()
        mail.unlink()
        self.assertFalse(message.exists())

    def test_nobody_takes_others_off_the_followers(self):
        ticket = self.ticket
        requester = self.requester.partner_id
        follower = ticket.sudo().message_follower_ids.filtered(
            lambda row: row.partner_id == requester
        )
        self.assertTrue(follower)
        note = self.env.ref("mail.mt_note")
        window = self.env["mail.followers.edit"]
        for user in (self.technician, self.lead, self.manager):
            mine = ticket.with_user(user)
            attacks = {
                "call": lambda mine=mine: mine.message_unsubscribe(requester.ids),
                "partners": lambda mine=mine: mine.write(
                    {"message_partner_ids": [(3, requester.id)]}
                ),
                "rows": lambda mine=mine: mine.write(
                    {"message_follower_ids": [(2, follower.id)]}
                ),
                "muted": lambda mine=mine: mine.message_subscribe(
                    requester.ids, subtype_ids=note.ids
                ),
                "window": lambda user=user: (
                    window.with_user(user)
                    .create(
                        {
                            "res_model": ticket._name,
                            "res_ids": str(ticket.ids),
                            "operation": "remove",
                            "partner_ids": [(6, 0, requester.ids)],
                        }
                    )
                    .edit_followers()
                ),
            }
            for name, attack in attacks.items():
                with (
                    self.subTest(user=user.login, how=name),
                    self.assertRaises(UserError),
                ):
                    attack()
        admin = follower.with_user(self.env.ref("base.user_admin"))
        with self.assertRaises(AccessError):
            admin.unlink()
        with self.assertRaises(AccessError):
            admin.partner_id = self.stranger.partner_id
        self.assertIn(requester, ticket.sudo().message_partner_ids)

    def test_everybody_may_stop_to_follow(self):
        mine = self.ticket.with_user(self.requester)
        mine.message_unsubscribe(self.requester.partner_id.ids)
        self.assertNotIn(
            self.requester.partner_id, self.ticket.sudo().message_partner_ids
        )
        note = self.ticket.sudo().message_ids[:1]
        self.assertIn("does not follow any more", note.body)
        self.assertEqual(note.author_id, self.requester.partner_id)


@tagged("post_install", "-at_install")
class TestEvidenceRoutes(DeskCommon, HttpCase):
    """The same by the routes of the web client and of links in mails."""

    def test_links_of_mails_and_the_chatter(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        said = ticket.with_user(self.requester).message_post(
            body="It is broken",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        answer = ticket.with_user(self.technician).message_post(
            body="We look", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.authenticate("desk_manager", "desk_manager")
        with mute_logger("odoo.http"):
            for message in (said, answer):
                reply = self.make_jsonrpc_request_raw(message)
                self.assertIn("error", reply)
        self.authenticate("desk_tech", "desk_tech")
        self.assertNotIn("error", self.make_jsonrpc_request_raw(answer, "Now"))
        self.assertIn("Now", answer.body)
        partner = self.requester.partner_id
        token = self.env["mail.thread"]._encode_link(
            "/mail/unfollow",
            {"model": ticket._name, "res_id": ticket.id, "pid": partner.id},
        )
        self.authenticate(None, None)
        address = (
            f"/mail/unfollow?model={ticket._name}&res_id={ticket.id}&pid={partner.id}"
        )
        with mute_logger("odoo.http", "odoo.addons.mail.controllers.mail"):
            self.assertEqual(self.url_open(f"{address}&token=wrong").status_code, 403)
        self.assertIn(partner, ticket.sudo().message_partner_ids)
        self.assertEqual(self.url_open(f"{address}&token={token}").status_code, 200)
        ticket.invalidate_recordset()
        self.assertNotIn(partner, ticket.sudo().message_partner_ids)

    def make_jsonrpc_request_raw(self, message, body="All is well"):
        """Edit a message as the chatter does; the answer as it came."""
        return self.url_open(
            "/mail/message/update_content",
            json={
                "params": {
                    "message_id": message.id,
                    "update_data": {"body": body, "attachment_ids": []},
                }
            },
        ).json()
