import base64
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    UserError,
)
from odoo.tests import tagged

from ..models.base.grants import server_write
from ..models.chat import files
from ..models.chat import itsm_chat_message as chat_message
from ..models.chat.adapters import get_adapter
from ..models.chat.itsm_chat_message import take_message
from ..models.chat.itsm_chat_person import (
    find_person,
    link_to_user,
)
from .fake_wecom import (
    make_callback,
)
from .test_chat_wecom import WeComCommon

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@tagged("post_install", "-at_install")
class TestChatMessages(WeComCommon):
    """What becomes of messages, and what is answered."""

    def setUp(self):
        super().setUp()
        self._switch_on()
        del self.fake.sent[:]

    def _tickets(self):
        return self.env["itsm.ticket"].search(
            [("partner_id", "=", self.requester.partner_id.id)], order="id"
        )

    def test_a_message_becomes_a_ticket_once(self):
        self._linked()
        self._write("Printer jams\nsince this morning")
        self._write("Printer jams\nsince this morning")
        ticket = self._tickets()
        self.assertRecordValues(
            ticket,
            [
                {
                    "subject": "Printer jams",
                    "channel": "chat",
                    "service_id": self.service.id,
                    "team_id": self.team.id,
                    "state": "new",
                    "user_id": False,
                }
            ],
        )
        self.assertIn("since this morning", ticket.description)
        row = self.env["itsm.chat.message"].search([("direction", "=", "in")])
        self.assertRecordValues(row, [{"ticket_id": ticket.id, "state": "done"}])
        self.assertFalse(row.text, "what is said stands in the ticket")
        self._send()
        [(sender, text)] = self.fake.texts
        self.assertEqual(sender, "zhangsan")
        self.assertIn(ticket.name, text)

    def test_more_messages_answer_the_open_ticket(self):
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets()
        self._write("It is on floor 3", key="2")
        self.assertEqual(self._tickets(), ticket)
        message = ticket.message_ids.sorted("id")[-1:]
        self.assertIn("floor 3", message.body)
        self.assertEqual(message.author_id, self.requester.partner_id)
        self._write("# A new mouse, please", key="3")
        second = self._tickets() - ticket
        self.assertEqual(second.subject, "A new mouse, please")
        self._write(f"About {ticket.name}: floor 4", key="4")
        self.assertIn("floor 4", ticket.message_ids.sorted("id")[-1:].body)

    def test_answers_go_back(self):
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets().with_user(self.technician)
        ticket.message_post(
            body="A private thought",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        ticket.message_post(
            body="I come at ten",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(ticket.user_id, self.technician)
        self.assertTrue(ticket.first_response_at)
        self._solve(ticket)
        self._write("Still broken", key="2")
        self.assertEqual(ticket.sudo().state, "in_progress")
        self._send()
        said = "\n".join(text for _person, text in self.fake.texts)
        self.assertIn("I come at ten", said)
        self.assertIn("is solved", said)
        self.assertNotIn("private thought", said)

    def test_others_learn_nothing(self):
        """Answers go to the requester alone, while the account is theirs and on."""
        person = self._linked()
        self._write("Printer jams")
        ticket = self._tickets()
        count = self.env["itsm.chat.message"].search_count([])
        person.with_user(self.manager).action_unlink_contact()
        link_to_user(person, self.stranger)
        answer = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        mine = ticket.with_user(self.technician)
        mine.message_post(body="One", **answer)
        person.with_user(self.manager).action_unlink_contact()
        link_to_user(person, self.requester)
        self.account.action_switch_off()
        mine.message_post(body="Two", **answer)
        self.assertEqual(self.env["itsm.chat.message"].search_count([]), count)

    def test_unknown_people_are_asked_who_they_are(self):
        self._write("Printer jams", sender="lisi")
        self._write("Hello?", key="2", sender="lisi")
        self._send()
        [(sender, text)] = self.fake.texts
        self.assertEqual(sender, "lisi")
        self.assertIn("/service-desk/chat/link/", text)
        person = self.env["itsm.chat.person"].search([("userid", "=", "lisi")])
        self.assertFalse(person.partner_id)
        link_to_user(person, self.requester)
        self.assertEqual(self._tickets()[:1].subject, "Printer jams")
        self.assertEqual(len(self._tickets()), 1)
        with self.assertRaises(UserError):
            link_to_user(person, self.stranger)

    def _send_file(self, name, content, kind="image", key="1"):
        """Let somebody send a file, as a callback tells it."""
        media = f"media-{key}"
        self.fake.files.pop(media, None)
        if content is not None:
            self.fake.files[media] = (name, content)
        callback = make_callback("", key=key, kind=kind, media=media)
        take_message(self.trusted, get_adapter(self.trusted).receive(*callback))
        self._send()

    def _files(self, ticket):
        return [
            (file.name, file.raw) for file in ticket.sudo().message_ids.attachment_ids
        ]

    def test_files_are_taken_over(self):
        """Into the ticket that is in work; else a new one is filed of it."""
        self._linked()
        self._send_file("屏幕.gif", GIF)
        ticket = self._tickets()
        self.assertEqual((ticket.subject, ticket.channel), ("屏幕.gif", "chat"))
        self.assertEqual(self._files(ticket), [("屏幕.gif", GIF)])
        self._send_file("../a.amr", b"voice", kind="voice", key="2")
        self._send_file("b.mp4", b"film", kind="video", key="3")
        self._send_file("", b"%PDF-1.4", kind="file", key="4")
        self.assertEqual(self._tickets(), ticket)
        self.assertEqual(
            {content for _name, content in self._files(ticket)},
            {GIF, b"voice", b"film", b"%PDF-1.4"},
        )
        names = {name for name, _content in self._files(ticket)}
        self.assertLess({"屏幕.gif", "a.amr", "b.mp4"}, names)
        message = ticket.sudo().message_ids.filtered("attachment_ids")[:1]
        self.assertEqual(message.author_id, self.requester.partner_id)
        self.assertIn(f"Added to {ticket.name}", self.fake.texts[-1][1])
        rows = self.env["itsm.chat.message"].search([("direction", "=", "in")])
        self.assertEqual(set(rows.mapped("state")), {"done"})
        self.assertFalse(any(rows.mapped("media_id")))

    def test_a_file_is_taken_once(self):
        """WeCom repeats a callback that it heard no answer to."""
        self._linked()
        for _time in range(2):
            self._send_file("a.gif", GIF)
        self.assertEqual(len(self._files(self._tickets())), 1)

    def test_files_wait_for_their_person(self):
        self._send_file("a.gif", GIF)
        self.assertFalse(self._tickets())
        link_to_user(find_person(self.trusted, "zhangsan"), self.requester)
        self._send()
        self.assertEqual(self._files(self._tickets()), [("a.gif", GIF)])

    def test_files_that_are_not_taken_over(self):
        """Too large, gone, empty, no picture: told to who sent it; no ticket."""
        self._linked()
        self.patch(chat_message, "MAX_FILE_BYTES", 1024 * 1024)
        for key, content, words in (
            ("1", GIF + b"x" * 1024 * 1024, "larger than 1 MB"),
            ("2", None, "does not keep it"),
            ("3", b"", "empty"),
            ("4", b"<script>alert(1)</script>", "no picture"),
        ):
            with self.subTest(words=words):
                self._send_file("a.gif", content, key=key)
                self.assertIn("The picture", self.fake.texts[-1][1])
                self.assertIn(words, self.fake.texts[-1][1])
        self.assertFalse(self._tickets())

    def test_a_file_that_cannot_be_fetched(self):
        """It is tried again, with a new access token where that has ended."""
        self._linked()
        self.fake.answers.append({"errcode": 50001, "errmsg": "busy"})
        self._send_file("a.gif", GIF)
        row = self.env["itsm.chat.message"].search([("direction", "=", "in")])
        self.assertEqual((row.state, row.tries), ("fetching", 1))
        self.assertIn("50001", row.error)
        server_write(self.trusted, {"access_token": "stale"})
        row._work()
        self.assertEqual(self._files(self._tickets()), [("a.gif", GIF)])
        self._send()
        self.fake.answers += [{"errcode": 50001, "errmsg": "busy"}] * 5
        self._send_file("b.gif", GIF, key="2")
        row = self.env["itsm.chat.message"].search([("state", "=", "fetching")])
        for _try in range(4):
            row._work()
        self.assertEqual(row.state, "failed")
        self._send()
        self.assertIn("did not give it out", self.fake.texts[-1][1])
        row.with_user(self.manager).action_send_again()
        self._send()
        self.assertEqual(len(self._files(self._tickets())), 2)

    def test_so_many_files_an_hour(self):
        self._linked()
        self.patch(files, "FILES_AN_HOUR", 2)
        for key in "123":
            self._send_file("a.gif", GIF, key=key)
        self.assertEqual(len(self._files(self._tickets())), 2)
        self.assertIn("2 files an hour", self.fake.texts[-1][1])

    def test_what_carries_no_file_is_named(self):
        self._linked()
        for key, kind, name in (
            ("1", "location", "The place"),
            ("2", "link", "The link"),
            ("3", "sphfeed", "sphfeed"),
        ):
            with self.subTest(kind=kind):
                self._send_file("", None, kind=kind, key=key)
                self.assertIn(name, self.fake.texts[-1][1])
                self.assertIn("cannot be taken over", self.fake.texts[-1][1])
        self._write("", key="4")
        self._send()
        self.assertIn("Nothing was written", self.fake.texts[-1][1])
        self.assertFalse(self._tickets())

    def test_what_cannot_be_sent_is_tried_again(self):
        self._linked()
        self._write("Printer jams")
        row = self.env["itsm.chat.message"].search([("state", "=", "queued")])
        for _try in range(5):
            self.fake.answers.append({"errcode": 60020, "errmsg": "not allow ip"})
            row._work()
        self.assertEqual(row.state, "failed")
        self.assertIn("60020", row.error)
        with self.assertRaises(AccessError):
            row.with_user(self.technician).action_send_again()
        row.with_user(self.manager).action_send_again()
        self._send()
        self.assertEqual(row.state, "done")
        self.assertFalse(row.text)

    def test_the_requester_stays(self):
        """Who wrote it in a messenger alone signs it off."""
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets().with_user(self.technician)
        with self.assertRaises(UserError):
            ticket.partner_id = self.stranger.partner_id

    def test_rows_are_the_servers(self):
        self._linked()
        self._write("Printer jams")
        row = self.env["itsm.chat.message"].search([("direction", "=", "in")])
        mine = row.with_user(self.manager)
        for act in (
            lambda: mine.write({"state": "queued"}),
            lambda: mine.read(["text"]),
            lambda: mine.unlink(),
            lambda: row.write({"state": "queued"}),
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(AccessError):
            row.person_id.with_user(self.manager).write({"userid": "boss"})

    def test_what_is_blanked_is_not_sent(self):
        self._linked()
        self._write("Printer jams")
        self._send()
        ticket = self._tickets()
        answer = ticket.with_user(self.technician).message_post(
            body="The word is\n hunter2",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        rows = self.env["itsm.chat.message"]
        row = rows.search([("text", "like", "hunter2")])
        self.assertTrue(row)
        asked = ticket.with_user(self.manager).action_redact(
            "A password", message_id=answer.id
        )
        request = self.env[asked["res_model"]].browse(asked["res_id"])
        request.with_user(self.quality).action_approve()
        self.assertFalse(row.text)
        self.assertEqual(row.state, "dropped")
        self.assertFalse(rows.search([("state", "=", "queued")]))

    def test_nobody_links_somebody_else(self):
        """Who is linked is asked for words and sign-offs of the requester."""
        person = find_person(self.trusted, "manager")
        asked = self._linked()
        people = self.env["itsm.chat.person"]
        requester = self.requester.partner_id.id
        admin = self._new_user("root_chat", "group_itsm_manager")
        admin.group_ids |= self.env.ref("base.group_system")
        for user in (self.manager, admin, self.technician, self.requester):
            mine = person.with_user(user)
            for attack in (
                lambda mine=mine: mine.write({"partner_id": requester}),
                lambda mine=mine: mine.write({"linked_by_id": self.requester.id}),
                lambda user=user: people.with_user(user).create(
                    {
                        "account_id": self.account.id,
                        "userid": "mine",
                        "partner_id": requester,
                    }
                ),
                lambda user=user: (
                    people.with_user(user)
                    .with_context(default_partner_id=requester)
                    .create({"account_id": self.account.id, "userid": "mine"})
                ),
                lambda user=user: self.account.with_user(user).write(
                    {"person_ids": [Command.update(person.id, {"partner_id": 1})]}
                ),
                lambda user=user: asked.with_user(user).unlink(),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attack()
        with self.assertRaises(AccessError):
            asked.with_user(self.technician).action_unlink_contact()
        asked.with_user(self.manager).action_unlink_contact()
        self.assertFalse(asked.partner_id | asked.linked_by_id.partner_id)

    def test_whoever_left_is_not_answered(self):
        """A person who was linked is asked again when his user is archived."""
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets()
        self.requester.active = False
        self._write("Still here", key="2")
        self.assertNotIn("Still here", "".join(ticket.message_ids.mapped("body")))
        self.assertFalse(ticket._get_told_person())

    def test_who_was_linked_is_told(self):
        person = self._linked()
        self.env.cr.flush()
        person.with_user(self.manager).action_unlink_contact()
        self.env.cr.flush()
        authors = person.message_ids.filtered("tracking_value_ids").author_id
        self.assertEqual(
            authors, self.env.ref("base.partner_root") | self.manager.partner_id
        )

    def test_another_corporation_has_other_people(self):
        """Names of people are those of the corporation, and of its server."""
        person = self._linked()
        self.account.action_switch_off()
        self.account.write({"agent_id": "1000003"})
        self.assertTrue(person.partner_id)
        self.account.write({"corp_id": "ww-of-the-manager"})
        self.assertFalse(person.partner_id)

    def test_linking_answers_nothing(self):
        """What waited is filed by the system, whoever links."""
        self._write("Printer jams")
        person = self.env["itsm.chat.person"].search([("userid", "=", "zhangsan")])
        link_to_user(person.with_user(self.technician).sudo(), self.technician)
        ticket = self.env["itsm.ticket"].search([("subject", "=", "Printer jams")])
        self.assertFalse(ticket.first_response_at)
        self.assertFalse(ticket.user_id)

    def test_follow_ups_stay_in_the_messenger(self):
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets()
        self._solve(ticket)
        ticket.with_user(self.requester).action_sign_off(5)
        self._write(f"{ticket.name} jams again", key="2")
        follow_up = ticket.child_ids
        self.assertRecordValues(
            follow_up,
            [{"channel": "chat", "partner_id": self.requester.partner_id.id}],
        )
        self.assertTrue(follow_up._get_told_person())
        self._write("Please come", key="3")
        self.assertEqual(self._tickets(), ticket | follow_up)
        self.assertIn("come", follow_up.message_ids.sorted("id")[-1:].body)
        self._send()
        self.assertIn(follow_up.name, self.fake.texts[-2][1])
        self.assertIn(follow_up.name, self.fake.texts[-1][1])

    def test_late_answers_are_follow_ups(self):
        """A text after the sign-off deadline is told where it went."""
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets()
        self._solve(ticket)
        server_write(ticket, {"sign_off_deadline": "2026-01-01 00:00:00"})
        self._write("It jams again", key="2")
        self.assertEqual(ticket.state, "closed")
        self._send()
        self.assertIn(ticket.child_ids.name, self.fake.texts[-1][1])
        self.assertTrue(ticket.child_ids.chat_person_id)

    def test_follow_ups_of_other_ways_are_answered_there(self):
        self._linked()
        self._write("Printer jams")
        ticket = self._tickets()
        self._solve(ticket)
        mine = ticket.with_user(self.requester)
        mine.action_sign_off(5)
        mine.message_post(
            body="It jams again",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(ticket.child_ids.channel, "portal")
        self.assertTrue(ticket.child_ids._get_told_person())
        self._write("Hurry", key="2")
        self.assertEqual(self._tickets(), ticket | ticket.child_ids)

    def test_merged_tickets_go_on_in_the_messenger(self):
        self._linked()
        other = self._file(self.requester, subject="The same").sudo()
        self._write("Printer jams")
        ticket = self._tickets() - other
        for one in ticket | other:
            one.with_user(self.technician).action_take()
        ticket.with_user(self.technician).action_merge(other.id)
        self.assertTrue(other._get_told_person())
        self._write("Hurry", key="2")
        self.assertEqual(self._tickets(), ticket | other)
        self._write(f"{ticket.name} hurry", key="3")
        self._send()
        self.assertIn(other.name, self.fake.texts[-1][1])

    def test_a_new_person_is_not_mistaken_for_a_message(self):
        """Two first messages at once: the second one is taken after the first."""
        find_person(self.trusted, "zhangsan")
        people = self.env.registry["itsm.chat.person"]
        with (
            patch.object(people, "search", lambda self, *args, **kwargs: self),
            self.assertRaises(ConcurrencyError),
        ):
            self._write("Printer jams")
        self._write("Printer jams")
        rows = self.env["itsm.chat.message"].search([("direction", "=", "in")])
        self.assertEqual(rows.mapped("state"), ["waiting"])
