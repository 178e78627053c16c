import hashlib
from datetime import timedelta
from unittest.mock import patch

from markupsafe import Markup

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base import mail_message
from ..models.base.current_mail import CurrentMail
from ..models.base.grants import server_write
from ..models.knowledge.itsm_search_log import record_search
from ..tools.mail_head import Head
from .common import DeskCommon
from .test_knowledge_article import KnowledgeCommon

SECRET = "my password is hunter2"


class RedactionCommon(DeskCommon):
    """A ticket with a password in its texts, and where words of it stand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._new_user("second", "group_itsm_supervisor")
        cls.team.member_ids |= cls.second
        cls.ticket = cls._solve(cls._file(description=f"<p>{SECRET}</p>"))
        cls.message = cls.ticket.with_user(cls.requester).message_post(
            body=SECRET,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            attachments=[("pass.txt", SECRET.encode())],
        )
        cls.file = cls.message.sudo().attachment_ids

    def _ask(self, user=None, **values):
        action = self.ticket.with_user(user or self.lead).action_redact(
            "A password was sent", **values
        )
        return self.env[action["res_model"]].browse(action["res_id"])

    def _find_secret(self):
        """Return where the words still stand in the database."""
        self.env.flush_all()
        texts = {
            "itsm_ticket": ("subject", "description", "reopen_reason"),
            "mail_tracking_value": ("old_value_char", "new_value_char"),
            "mail_activity": ("summary",),
            "itsm_search_log": ("question", "words"),
            "itsm_article_term": ("name",),
            "itsm_handling": ("refusal_reason",),
            "itsm_ticket_event": ("reason",),
            "mail_message": ("subject", "body"),
            "mail_mail": ("body_html",),
        }
        found = set()
        for table, names in texts.items():
            for name in names:
                self.env.cr.execute(
                    f"SELECT count(*) FROM {table} WHERE {name} LIKE %s",  # noqa: S608
                    ["%hunter2%"],
                )
                if self.env.cr.fetchone()[0]:
                    found.add(f"{table}.{name}")
        self.env.invalidate_all()
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "itsm.ticket"), ("res_id", "=", self.ticket.id)]
        )
        if any(b"hunter2" in (file.raw or b"") for file in files):
            found.add("file")
        return found


@tagged("post_install", "-at_install")
class TestEvidenceRedaction(RedactionCommon):
    """What should never have been written is blanked by two persons, and provably."""

    def test_two_persons_blank_a_message_with_its_copies(self):
        # The words reopened the solved ticket, and went to these places.
        before = self._find_secret()
        self.assertGreaterEqual(
            before,
            {
                "file",
                "itsm_handling.refusal_reason",
                "itsm_ticket.description",
                "itsm_ticket_event.reason",
                "mail_message.body",
            },
        )
        request = self._ask(message_id=self.message.id, attachment_ids=self.file.ids)
        self.assertEqual(self._find_secret(), before, "nothing happens before")
        digest = hashlib.sha256(self.file.raw).hexdigest()
        request.with_user(self.second).action_approve()
        self.assertFalse(self._find_secret())
        self.assertRecordValues(
            request,
            [
                {
                    "state": "done",
                    "requester_id": self.lead.id,
                    "decided_by_id": self.second.id,
                }
            ],
        )
        self.assertTrue(request.decided_at)
        self.assertIn(digest, request.item_ids.mapped("digest"))
        self.assertIn("Removed on", self.message.body)
        self.assertIn(f"({self.company.itsm_tz})", self.message.body)
        self.assertEqual(self.message.author_id, self.requester.partner_id)
        self.assertEqual(self.file.name, "removed.txt")
        note = self.ticket.sudo().message_ids[:1]
        self.assertIn(self.second.name, note.body)
        with self.assertRaises(UserError):
            request.with_user(self.second).action_approve()

    def test_the_subject_of_a_mail_goes_with_its_text(self):
        """Who sends a password in the subject of an answer is helped, too."""
        ticket = self._solve(self._file())
        mail = ticket.with_user(self.requester).message_post(
            body=Markup("<p>It is hunter2</p><blockquote>Solved</blockquote>"),
            subject=f"Re: {ticket.name} {SECRET}",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertIn("hunter2", ticket.reopen_reason)
        entered = CurrentMail(head=Head(mail.message_id, subject=mail.subject))
        # sudo: the gateway enters what it received
        received = self.env["itsm.inbound.mail"].sudo()
        received = received._enter(entered)
        self.assertIn("hunter2", received.subject)
        self.ticket, old = ticket, self.ticket
        request = self._ask(message_id=mail.id)
        request.with_user(self.second).action_approve()
        self.assertNotIn("hunter2", f"{mail.subject} {mail.body}")
        self.assertNotIn("hunter2", received.subject)
        self.assertNotIn("hunter2", ticket.reopen_reason)
        reasons = ticket.sudo().event_ids.mapped("reason")
        self.assertNotIn("hunter2", str(reasons))
        labels = [(item.res_model, item.label) for item in request.item_ids]
        self.assertIn(("mail.message", "Message: Subject"), labels)
        self.assertIn("itsm.inbound.mail", dict(labels))
        self.assertIn("hunter2", old.description, "another ticket")

    def test_the_description_is_meant_where_nothing_is_named(self):
        request = self._ask()
        self.assertTrue(request.with_description)
        request.with_user(self.quality).action_approve()
        self.assertNotIn("hunter2", self.ticket.description)
        self.assertFalse(self._find_secret() - {"file"})

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_who_may_ask_and_agree(self):
        for user in (self.technician, self.requester, self.quality, self.second):
            with self.subTest(asks=user.login), self.assertRaises(UserError):
                self._ask(user)
        with self.assertRaises(UserError):
            self.ticket.with_user(self.lead).action_redact(" ")
        request = self._ask()
        deciders = (self.lead, self.technician, self.requester, self.outsider)
        for user in deciders:
            with self.subTest(agrees=user.login), self.assertRaises(UserError):
                request.with_user(user).action_approve()
        for vals in (
            {"state": "done"},
            {"decided_by_id": self.second.id},
            {"requester_id": self.second.id},
            {"message_id": self.message.id},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                request.with_user(self.manager).write(vals)
        with self.assertRaises(AccessError):
            self.env["itsm.redaction"].with_user(self.manager).sudo().create(
                {
                    "ticket_id": self.ticket.id,
                    "reason": "x",
                    "requester_id": self.second.id,
                }
            )
        with self.assertRaises(UserError):
            request.with_user(self.manager).unlink()
        self.assertIn("hunter2", self.ticket.description)
        self.assertTrue(
            request.with_user(self.manager).can_approve
            and not request.with_user(self.lead).can_approve
        )
        request.with_user(self.lead).action_refuse("Asked by mistake")
        self.assertEqual(request.state, "refused")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_only_of_this_ticket(self):
        other = self._file(description="Other")
        foreign = other.sudo().message_ids[:1]
        alien = self.env["ir.attachment"].create({"name": "x", "raw": b"x"})
        for values in (
            {"message_id": foreign.id},
            {"attachment_ids": alien.ids},
            {"message_id": "1 OR 1"},
            {"attachment_ids": "x"},
            {"message_id": self.message.id, "attachment_ids": [-1]},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self._ask(**values)

    def test_items_are_kept_and_requests_expire(self):
        request = self._ask()
        with freeze_time("2125-01-01"):
            with self.assertRaises(UserError):
                request.with_user(self.second).action_approve()
            self.env["itsm.redaction"]._expire()
        self.assertEqual(request.state, "expired")
        done = self._ask()
        done.with_user(self.second).action_approve()
        item = self.env["itsm.redaction.item"].search(
            [("redaction_id", "=", done.id)], limit=1
        )
        with self.assertRaises(AccessError):
            item.sudo().digest = "0"
        with self.assertRaises(AccessError):
            item.sudo().unlink()

    def test_windows(self):
        window = self.env["itsm.ticket.redact"].with_user(self.lead)
        window = window.create(
            {
                "ticket_id": self.ticket.id,
                "reason": "A password was sent",
                "message_id": self.message.id,
                "file_ids": [(6, 0, self.file.ids)],
            }
        )
        action = window.action_confirm()
        request = self.env["itsm.redaction"].browse(action["res_id"])
        self.assertEqual(request.message_id, self.message)
        self.assertFalse(request.with_description)
        self.assertEqual(self.ticket.with_user(self.lead).redaction_count, 1)
        window = self.env["itsm.redaction.refuse"].with_user(self.second)
        window.create(
            {"redaction_id": request.id, "reason": "No secret"}
        ).action_confirm()
        self.assertEqual(request.refuse_reason, "No secret")


@tagged("post_install", "-at_install")
class TestEvidenceRedactionByApi(DeskCommon, HttpCase):
    """The same by JSON-2, each with the key of the person who acts."""

    def _call(self, user, model, verb, **values):
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "Test", self.env.cr.now() + timedelta(days=1))
        )
        return self.url_open(
            f"/json/2/{model}/{verb}",
            headers={"Authorization": f"Bearer {key}"},
            json=values,
        )

    def test_asked_and_agreed_by_keys(self):
        ticket = self._file(description=f"<p>{SECRET}</p>").sudo()
        values = {"ids": ticket.ids, "reason": "A password was sent"}
        with mute_logger("odoo.http"):
            answer = self._call(
                self.technician, "itsm.ticket", "action_redact", **values
            )
        self.assertFalse(answer.ok)
        answer = self._call(self.lead, "itsm.ticket", "action_redact", **values)
        self.assertTrue(answer.ok, answer.text)
        ids = [answer.json()["res_id"]]
        with mute_logger("odoo.http"):
            answer = self._call(self.lead, "itsm.redaction", "action_approve", ids=ids)
        self.assertFalse(answer.ok)
        answer = self._call(self.quality, "itsm.redaction", "action_approve", ids=ids)
        self.assertTrue(answer.ok, answer.text)
        ticket.invalidate_recordset()
        self.assertNotIn("hunter2", ticket.description)


@tagged("post_install", "-at_install")
class TestRedactionOfSubject(RedactionCommon, KnowledgeCommon):
    """A subject is repeated in mails, in older values and in the search of articles."""

    def test_the_subject_goes_from_everywhere(self):
        self._publish(self.article)
        server_write(self.ticket.sudo(), {"article_ids": self.article.ids})
        self.ticket.with_user(self.lead).subject = SECRET
        self._fill_form(self.ticket, self.technician)
        self.ticket.with_user(self.technician).action_solve()
        # As the chatter keeps a change; within one transaction with its creation the
        # ticket has none.
        field = self.env["ir.model.fields"]._get("itsm.ticket", "subject")
        with patch.object(mail_message, "is_deferred"):
            self.ticket.sudo()._message_log(
                tracking_value_ids=[
                    Command.create({"field_id": field.id, "new_value_char": SECRET})
                ]
            )
        self.ticket.with_user(self.lead).activity_schedule(
            "mail.mail_activity_data_todo", summary=f"Look at {SECRET}"
        )
        self.article.sudo()._index_search()
        for kind, typed, ticket in (
            ("read", SECRET[:-1], self.env["itsm.ticket"]),
            ("filed", SECRET, self.ticket),
        ):
            record_search(
                *(self.env(user=self.requester), "0" * 32, kind, typed),
                **{"ticket_id": ticket.id, "article_id": self.article.id},
            )
        self.env.flush_all()
        self.assertGreaterEqual(
            self._find_secret(),
            {
                "itsm_ticket.subject",
                "mail_tracking_value.new_value_char",
                "mail_activity.summary",
                "itsm_article_term.name",
                "itsm_search_log.question",
                "itsm_search_log.words",
            },
        )
        request = self._ask(with_subject=True, with_description=True)
        request.with_user(self.second).action_approve()
        self.assertFalse(
            self._find_secret()
            - {"file", "mail_message.body", "itsm_handling.refusal_reason"}
        )
        self.assertEqual(self.ticket.subject, "(Removed subject)")
        logs = self.env["itsm.search.log"].search([("session", "=", "0" * 32)])
        self.assertEqual(logs.mapped("question"), ["(Removed subject)"] * 2)
        self.assertIn("itsm.ticket", request.item_ids.mapped("res_model"))
