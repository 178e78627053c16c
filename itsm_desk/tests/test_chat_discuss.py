from markupsafe import Markup

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged

from ..models.chat.filing import file_from_channel
from ..models.chat.itsm_chat_bridge import find_following
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestChatDiscuss(DeskCommon):
    """Tickets of conversations: what is told, who reads it, who ends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel = (
            cls.env["discuss.channel"]
            .with_user(cls.requester)
            ._create_group(
                partners_to=(cls.requester | cls.technician | cls.boss).partner_id.ids,
                name="Moving the boss",
            )
        )
        cls.secret = cls._say(cls.boss, "The boss is leaving")
        cls.told = cls._say(cls.requester, Markup("My printer jams <b>again</b>"))

    @classmethod
    def _say(cls, user, text):
        return cls.channel.with_user(user).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    @classmethod
    def _file_chosen(cls, user, messages, **values):
        return file_from_channel(
            cls.channel.with_user(user),
            messages.with_user(user),
            {"subject": "Printer", "service_id": cls.service.id, **values},
        )

    def _last(self, record):
        # sudo: what was said is looked at, not who may read it
        return record.sudo().message_ids.sorted("id")[-1:]

    def test_only_what_was_chosen_is_told(self):
        readers = self.channel.sudo().channel_member_ids.partner_id
        ticket = self._file_chosen(self.requester, self.told)
        self.assertEqual(ticket.partner_id, self.requester.partner_id)
        self.assertEqual(ticket.sudo().channel, "chat")
        self.assertIn("My printer jams", ticket.description)
        self.assertNotIn("leaving", ticket.description)
        self.assertIn(ticket.name, self._last(self.channel).body)
        self.assertEqual(self.channel.sudo().channel_member_ids.partner_id, readers)
        self.assertEqual(ticket.sudo().message_partner_ids, self.requester.partner_id)
        self.assertFalse(ticket.with_user(self.boss).has_access("read"))

    def test_what_follows_goes_both_ways(self):
        ticket = self._file_chosen(self.requester, self.told)
        self._say(self.boss, "It jams for me, too")
        copy = self._last(ticket)
        self.assertIn("for me, too", copy.body)
        self.assertEqual(copy.author_id, self.boss.partner_id)
        self.assertFalse(ticket.with_user(self.boss).has_access("read"))
        self.assertNotIn(self.boss.partner_id, ticket.sudo().message_partner_ids)
        count = len(self.channel.sudo().message_ids)
        mine = ticket.with_user(self.colleague)
        mine.message_post(
            body="Turn it off", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(len(self.channel.sudo().message_ids), count + 1)
        answer = self._last(self.channel)
        self.assertIn("Turn it off", answer.body)
        self.assertIn(ticket.name, answer.body)
        self.assertEqual(ticket.sudo().user_id, self.colleague)
        self.assertTrue(ticket.sudo().first_response_at)
        self.assertNotIn(
            self.colleague.partner_id,
            self.channel.sudo().channel_member_ids.partner_id,
        )
        # Nothing comes back a second time.
        copies = ticket.sudo().message_ids.filtered(
            lambda message: "Turn it off" in (message.body or "")
        )
        self.assertEqual(len(copies), 1)

    def test_notes_stay_with_the_desk(self):
        ticket = self._file_chosen(self.requester, self.told)
        count = len(self.channel.sudo().message_ids)
        mine = ticket.with_user(self.technician)
        mine.message_post(
            body="A difficult person",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        mine.action_take()
        self.assertEqual(len(self.channel.sudo().message_ids), count)

    def test_an_answer_in_the_conversation_is_the_first_response(self):
        ticket = self._file_chosen(self.requester, self.told)
        self._say(self.technician, "I come at ten")
        self.assertEqual(ticket.sudo().user_id, self.technician)
        self.assertTrue(ticket.sudo().first_response_at)
        mails = self.env["mail.mail"].sudo().search([("body_html", "ilike", "at ten")])
        self.assertFalse(mails, "who reads it in the conversation gets no mail")

    def test_it_ends_with_the_ticket(self):
        ticket = self._file_chosen(self.requester, self.told)
        self._solve(ticket)
        self.assertIn("is solved", self._last(self.channel).body)
        self._say(self.requester, "Still broken")
        self.assertEqual(ticket.sudo().state, "in_progress")
        self._fill_form(ticket)
        ticket.with_user(self.technician).action_solve()
        ticket.with_user(self.requester).action_sign_off(5)
        self.assertIn(ticket.name, self._last(self.channel).body)
        self.assertTrue(ticket.sudo().bridge_ids.ended_at)
        count = len(ticket.sudo().message_ids)
        self._say(self.requester, "The boss is leaving")
        self.assertEqual(len(ticket.sudo().message_ids), count)

    def test_members_end_it(self):
        ticket = self._file_chosen(self.requester, self.told)
        with self.assertRaises(AccessError):
            self.channel.with_user(self.stranger).action_itsm_ticket("/ticket end")
        self.channel.with_user(self.boss).action_itsm_ticket("/ticket end")
        self.assertEqual(ticket.sudo().bridge_ids.ended_by_id, self.boss)
        self._say(self.boss, "A secret")
        self.assertNotIn("A secret", "".join(ticket.sudo().message_ids.mapped("body")))
        with self.assertRaises(UserError):
            self.channel.with_user(self.boss).action_itsm_ticket("/ticket stop")
        with self.assertRaises(AccessError):
            ticket.bridge_ids.with_user(self.requester).action_end()

    def test_it_ends_when_the_requester_leaves(self):
        ticket = self._file_chosen(self.requester, self.told)
        self.channel.with_user(self.requester).action_unfollow()
        self._say(self.boss, "Now that he is gone")
        self.assertTrue(ticket.sudo().bridge_ids.ended_at)
        self.assertNotIn("gone", "".join(ticket.sudo().message_ids.mapped("body")))

    def test_a_second_ticket_gets_what_was_chosen_only(self):
        first = self._file_chosen(self.requester, self.told)
        second = self._file_chosen(self.technician, self.told)
        self.assertEqual(find_following(self.channel).ticket_id, first)
        self.assertFalse(second.sudo().bridge_ids.is_following)

    def test_technicians_file_for_members(self):
        boss = self.boss.partner_id
        ticket = self._file_chosen(self.technician, self.told, partner_id=boss.id)
        self.assertEqual(ticket.partner_id, boss)
        self.assertEqual(ticket.user_id, self.technician)
        with self.assertRaises(AccessError):
            self._file_chosen(self.requester, self.told, partner_id=boss.id)
        with self.assertRaises(UserError):
            self._file_chosen(
                self.technician,
                self.told,
                partner_id=self.stranger.partner_id.id,
            )

    def test_nothing_of_other_conversations_is_told(self):
        other = (
            self.env["discuss.channel"]
            .with_user(self.boss)
            ._create_group(
                partners_to=(self.boss | self.requester).partner_id.ids, name="Other"
            )
        )
        foreign = other.message_post(
            body="Salaries", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        for user, messages, error in (
            (self.stranger, self.told, AccessError),
            (self.portal, self.told, AccessError),
            (self.requester, foreign, UserError),
            (self.technician, foreign, AccessError),
        ):
            with self.subTest(user=user.login), self.assertRaises(error):
                self._file_chosen(user, messages)
        window = self.env["itsm.chat.file"].with_user(self.technician)
        window = window.create({"channel_id": self.channel.id, "subject": "x"})
        with self.assertRaises(AccessError):
            window.write(
                {
                    "line_ids": [
                        Command.create({"message_id": foreign.id, "is_chosen": True})
                    ]
                }
            )

    def test_a_window_reads_no_other_message(self):
        """Numbers of messages are typed by anybody; their words are told to members."""
        other = (
            self.env["discuss.channel"]
            .with_user(self.boss)
            ._create_group(partners_to=self.boss.partner_id.ids, name="Other")
        )
        foreign = other.message_post(
            body="Salaries", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        notes = self._file(self.boss).sudo().message_post(body="A note")
        windows = self.env["itsm.chat.file"].with_user(self.requester)
        lines = self.env["itsm.chat.file.line"].with_user(self.requester)
        window = windows.create(
            {
                "channel_id": self.channel.id,
                "subject": "x",
                "line_ids": [Command.create({"message_id": self.told.id})],
            }
        )
        self.assertEqual(window.line_ids.text, "My printer jams *again*")
        for message in (foreign, notes):
            values = {"message_id": message.id}
            for attack in (
                lambda values=values: windows.create(
                    {
                        "channel_id": self.channel.id,
                        "subject": "x",
                        "line_ids": [Command.create(values)],
                    }
                ),
                lambda values=values: lines.create({**values, "window_id": window.id}),
                lambda values=values: window.line_ids.write(values),
                lambda values=values: lines.new({**values, "window_id": window}).text,
                lambda values=values: lines.onchange(
                    {**values, "window_id": window.id},
                    ["message_id"],
                    {name: {} for name in ("message_id", "text", "author", "date")},
                ),
            ):
                with self.subTest(message=message.body), self.assertRaises(AccessError):
                    attack()
                self.env.invalidate_all()
        # A message of his own elsewhere is none of this conversation.
        mine = self._file(self.requester).message_post(body="Mine")
        with self.assertRaises(UserError):
            window.line_ids.write({"message_id": mine.id})

    def test_forged_words_stay_where_they_are(self):
        """Core lets employees post in the name of others; the ticket hears none."""
        ticket = self._file_chosen(self.requester, self.told)
        count = len(ticket.sudo().message_ids)
        for user, author in (
            (self.boss, self.requester),
            (self.requester, self.technician),
        ):
            self.channel.with_user(user).message_post(
                body="I agree",
                author_id=author.partner_id.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        self.assertEqual(len(ticket.sudo().message_ids), count)
        self.assertFalse(ticket.sudo().first_response_at)
        forged = self.channel.sudo().message_ids[:2]
        created = (
            self.env["mail.message"]
            .with_user(self.requester)
            .create(
                {
                    "model": "discuss.channel",
                    "res_id": self.channel.id,
                    "author_id": self.boss.partner_id.id,
                    "message_type": "comment",
                    "body": "I agree",
                }
            )
        )
        for message in forged | created:
            with self.assertRaises(UserError):
                self._file_chosen(self.requester, message)
        window = self.env["itsm.chat.file"].with_user(self.requester)
        window = window.with_context(default_channel_id=self.channel.id)
        offered = window.default_get(list(window._fields))["line_ids"]
        offered = {values["message_id"] for _code, _id, values in offered}
        self.assertFalse(offered.intersection((forged | created).ids))
        self.assertIn(self.told.id, offered)

    def test_nobody_changes_what_others_said(self):
        """Core lets members of a conversation write to its messages by RPC."""
        theirs = self.told.with_user(self.boss)
        for values in (
            {"body": "I want to leave"},
            {"attachment_ids": [Command.create({"name": "x", "raw": b"x"})]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                theirs.write(values)
        self.told.with_user(self.requester).write({"body": "My printer burns"})
        ticket = self._file_chosen(self.requester, self.told)
        self.assertIn("burns", ticket.description)

    def test_dates_are_those_of_the_server(self):
        said = (
            self.env["mail.message"]
            .with_user(self.requester)
            .create(
                {
                    "model": "discuss.channel",
                    "res_id": self.channel.id,
                    "author_id": self.requester.partner_id.id,
                    "message_type": "comment",
                    "body": "I have told you",
                    "date": "2001-02-03 04:05:06",
                }
            )
        )
        self.assertNotIn("2001", self._file_chosen(self.requester, said).description)

    def _blank(self, ticket, **values):
        asked = ticket.with_user(self.manager).action_redact("A password", **values)
        request = self.env[asked["res_model"]].browse(asked["res_id"])
        request.with_user(self.quality).action_approve()

    def _find_in_channel(self, word):
        """Return the messages of the conversation that still say a word."""
        self.env.invalidate_all()
        return self.channel.sudo().message_ids.filtered(
            lambda message: (
                word in (message.body or "")
                or any(word.encode() in file.raw for file in message.attachment_ids)
            )
        )

    def test_what_is_blanked_is_blanked_in_each_ticket(self):
        """One message of a conversation, in the texts of two tickets."""
        chosen = self._say(self.requester, "The first is hunter1")
        ticket, other = (
            self._file_chosen(self.requester, chosen, subject=subject)
            for subject in ("Keyboard", "Screen")
        )
        self._say(self.boss, "The second is hunter2")
        third = self._file_chosen(self.requester, self.told)
        followed = self._last(ticket)
        self.assertIn("hunter2", followed.body)
        told = self.channel.sudo().message_ids.filtered(
            lambda one: "hunter2" in (one.body or "")
        )
        fourth = self._file_chosen(self.requester, told)
        self._blank(ticket, with_description=True)
        self.assertFalse(self._find_in_channel("hunter1"))
        self.assertNotIn("hunter1", other.description)
        self.assertIn("printer jams", third.description)
        self._blank(ticket, message_id=followed.id)
        self.assertFalse(self._find_in_channel("hunter2"))
        self.assertNotIn("hunter2", fourth.description)

    def test_what_is_blanked_is_blanked_on_both_sides(self):
        chosen = self._say(self.requester, "The first is hunter1")
        ticket = self._file_chosen(self.requester, chosen, subject="About hunter0")
        said = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        self.channel.with_user(self.boss).message_post(
            body="The second is hunter2", attachments=[("a.txt", b"hunter2")], **said
        )
        followed = self._last(ticket)
        answer = ticket.with_user(self.technician).message_post(
            body="You said hunter3", attachments=[("b.txt", b"hunter3")], **said
        )
        for number in range(4):
            self.assertTrue(self._find_in_channel(f"hunter{number}"), number)
        self._blank(ticket, with_description=True)
        self.assertFalse(self._find_in_channel("hunter1"))
        self._blank(
            ticket, message_id=followed.id, attachment_ids=followed.attachment_ids.ids
        )
        self.assertFalse(self._find_in_channel("hunter2"))
        self._blank(
            ticket,
            message_id=answer.id,
            attachment_ids=answer.sudo().attachment_ids.ids,
        )
        self.assertFalse(self._find_in_channel("hunter3"))
        self._blank(ticket, with_subject=True)
        self.assertFalse(self._find_in_channel("hunter0"))
        # What is no part of the ticket stays.
        self.assertTrue(self._find_in_channel("leaving"))
        self.assertTrue(self._find_in_channel("My printer jams"))

    def test_what_the_desk_told_ends_with_its_time(self):
        with freeze_time("2025-01-15 09:00:00"):
            ticket = self._file_chosen(self.requester, self.told)
            self._say(self.boss, "It jams for me, too")
            ticket.with_user(self.technician).message_post(
                body="Turn it off",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                attachments=[("how.txt", b"Turn it off")],
            )
            self._solve(ticket)
            ticket.with_user(self.requester).action_sign_off(5)
        self.company.itsm_keep_text_months = 6
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda _cron, _done, remaining: 1,
        )
        with freeze_time("2025-07-16 09:00:00"):
            self.env["itsm.retention"]._cron_forget()
        self.assertTrue(ticket.sudo().text_forgotten_at)
        self.assertFalse(self._find_in_channel("Turn it off"))
        # What people said to each other is theirs.
        self.assertTrue(self._find_in_channel("for me, too"))
        self.assertTrue(self._find_in_channel("leaving"))

    def test_the_window(self):
        action = self.channel.with_user(self.requester).action_itsm_ticket(
            "/ticket The printer jams", message_id=self.told.id
        )
        window = self.env["itsm.chat.file"].with_user(self.requester)
        window = window.with_context(**action["context"])
        window = window.create(window.default_get(list(window._fields)))
        self.assertEqual(window.subject, "The printer jams")
        chosen = window.line_ids.filtered("is_chosen")
        self.assertEqual(chosen.message_id, self.told)
        self.assertEqual(chosen.text, "My printer jams *again*")
        window.action_confirm()
        ticket = self.env["itsm.ticket"].search(
            [("subject", "=", window.subject)], order="id desc", limit=1
        )
        self.assertEqual(ticket.partner_id, self.requester.partner_id)
        with self.assertRaises(AccessError):
            self.channel.with_user(self.stranger).action_itsm_ticket("/ticket x")

    def test_bridges_are_the_servers(self):
        ticket = self._file_chosen(self.requester, self.told)
        bridge = ticket.sudo().bridge_ids
        for user in (self.requester, self.technician, self.manager):
            mine = bridge.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    mine.write({"ended_at": "2026-01-01"})
                with self.assertRaises(AccessError):
                    mine.create({"ticket_id": ticket.id, "channel_id": self.channel.id})
                with self.assertRaises(AccessError):
                    _name = mine.channel_id
        with self.assertRaises(AccessError):
            bridge.write({"is_following": False})


@tagged("post_install", "-at_install")
class TestChatTour(DeskCommon, HttpCase):
    """An employee files a ticket out of a conversation, in a real browser."""

    def test_filed_from_a_conversation(self):
        channel = self.env["discuss.channel"].with_user(self.requester)
        channel = channel._create_group(
            partners_to=(self.requester | self.boss).partner_id.ids, name="Talk"
        )
        for user, text in (
            (self.boss, "The boss is leaving"),
            (self.requester, "My printer jams"),
        ):
            channel.with_user(user).message_post(
                body=text, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.start_tour(
            f"/odoo/discuss?active_id=discuss.channel_{channel.id}",
            "itsm_desk_chat_file",
            login=self.requester.login,
        )
        ticket = self.env["itsm.ticket"].search(
            [("partner_id", "=", self.requester.partner_id.id)]
        )
        self.assertRecordValues(
            ticket, [{"subject": "Printer on floor 3", "channel": "chat"}]
        )
        self.assertIn("My printer jams", ticket.description)
        self.assertNotIn("leaving", ticket.description)
        self.assertTrue(ticket.bridge_ids.is_following)
