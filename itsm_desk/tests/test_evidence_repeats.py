import base64

from markupsafe import Markup

from odoo import fields
from odoo.tests import tagged

from ..models.base.grants import server_write
from ..models.evidence.repeats import Needles
from ..models.quality.complaint_filing import file_complaint
from .test_evidence_redaction import RedactionCommon
from .test_knowledge_article import KnowledgeCommon

SECRET = "my password is swordfish9"
QUOTES = {
    "block": Markup(
        "<p>Thank you, we look at it.</p><blockquote><p>Hello,</p>"
        f"<p>{SECRET}</p><p>Best regards</p></blockquote>"
    ),
    "plain": Markup(
        "<pre>Thank you, we look at it.\n\n&gt; Hello,\n&gt;\n"
        f"&gt; {SECRET}\n&gt; Best regards</pre>"
    ),
    "outlook": Markup(
        "<div>Thank you, we look at it.</div><div><b>From:</b> a@x.example</div>"
        "<div><b>Sent:</b> Friday</div><div>Hello,</div>"
        "<div>my <b>password</b> is swordfish9</div>"
    ),
    "wrapped": Markup(
        "<pre>Thank you, we look at it.\n&gt; Hello, my\n&gt; password is\n"
        "&gt; swordfish9 Best regards</pre>"
    ),
    "hidden": Markup(
        f'<div style="display:none">{SECRET}</div><p>Thank you, we look at it.</p>'
    ),
}
RAW = f"""From: %s
To: desk@example.com
Subject: {SECRET}
Message-ID: <again@example.com>
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

%s
"""


@tagged("post_install", "-at_install")
class TestEvidenceRepeats(RedactionCommon, KnowledgeCommon):
    """A text that is removed stands nowhere in the database any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._file(description="<p>Mail does not open</p>").sudo()
        cls.ticket.with_user(cls.technician).action_take()
        cls.text = Markup(f"<p>Hello,</p><p>{SECRET}</p><p>Best regards</p>")

    def _say(self, user, body, **values):
        return self.ticket.with_user(user).message_post(
            body=body, message_type="comment", subtype_xmlid="mail.mt_comment", **values
        )

    def _scan(self):
        """Return where the word still stands, in all tables and files."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT col.table_name, col.column_name FROM information_schema.columns col
              JOIN information_schema.tables tab USING (table_schema, table_name)
             WHERE table_schema = current_schema() AND tab.table_type = 'BASE TABLE'
               AND col.data_type IN ('text', 'character varying', 'jsonb', 'tsvector')
               AND tab.table_name NOT LIKE 'ir!_%%' ESCAPE '!'
            """
        )
        found = set()
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}"'  # noqa: S608
                f' WHERE "{column}"::text ILIKE %s LIMIT 1',
                ["%swordfish9%"],
            )
            if self.env.cr.fetchone():
                found.add(f"{table}.{column}")
        files = self.env["ir.attachment"].search(
            [("res_field", "in", [False, "raw"]), ("create_date", "!=", False)],
            order="id desc",
            limit=100,
        )
        for file in files:
            if b"swordfish9" in (file.raw or b"") or "swordfish9" in (file.name or ""):
                found.add(f"ir_attachment of {file.res_model}: {file.name}")
        return found

    def _redact(self, **values):
        request = self._ask(**values)
        request.with_user(self.second).action_approve()
        self.env.cr.precommit.run()
        return request

    def test_quotes(self):
        """Answers lose what they quote, and keep what their authors said."""
        asked = self._say(self.requester, self.text)
        answers = {
            name: self._say(self.technician, body) for name, body in QUOTES.items()
        }
        said = self._say(self.technician, "Hello, we come at ten. Best regards")
        self._make_mails()
        self.assertIn("mail_message.body", self._scan())
        request = self._redact(message_id=asked.id)
        left = self.ticket.message_ids.filtered(
            lambda message: "swordfish9" in (message.body or "")
        )
        self.assertFalse(left.mapped("body"))
        self.assertFalse(self._scan())
        for name, answer in answers.items():
            with self.subTest(name):
                self.assertIn("Thank you, we look at it.", answer.body)
                self.assertIn("Removed on", answer.body)
                self.assertEqual(answer.author_id, self.technician.partner_id)
        self.assertIn("Hello, we come at ten. Best regards", said.body)
        removed = request.item_ids.filtered(lambda item: item.res_id in answers)
        self.assertLessEqual(
            {answer.id for answer in answers.values()},
            {
                item.res_id
                for item in request.item_ids
                if item.res_model == "mail.message"
            },
            removed,
        )

    def test_copies_in_other_records(self):
        """Notes, forms, articles and problems that were made of the description."""
        ticket = self.ticket
        server_write(ticket, {"description": self.text})
        mine = ticket.with_user(self.technician)
        problem = self.env["itsm.problem"].browse(
            ticket.with_user(self.manager).action_create_problem()["res_id"]
        )
        action = mine.action_create_article()
        article = self.env["itsm.article"].browse(action["res_id"]).sudo()
        self._fill_form(ticket, self.technician)
        mine.solution = Markup(f"<p>Reset.</p><p>{SECRET}</p>")
        mine.cause = f"He wrote: {SECRET}"
        activity = ticket.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self.technician.id,
            note=Markup("<p>Came back:</p>") + self.text,
            summary="A mail did not arrive",
        )
        self.env["mail.scheduled.message"].with_user(self.technician).create(
            {
                "model": "itsm.ticket",
                "res_id": ticket.id,
                "author_id": self.technician.partner_id.id,
                "body": QUOTES["block"],
                "scheduled_date": fields.Datetime.add(fields.Datetime.now(), days=1),
            }
        )
        self.env["bus.bus"]._sendone("x", "y", {"body": f"<p>{SECRET}</p>"})
        self.env.cr.precommit.run()
        before = self._scan()
        self.assertLessEqual(
            {
                "itsm_article.body",
                "itsm_handling.cause",
                "itsm_handling.solution",
                "itsm_problem.description",
                "itsm_ticket.description",
                "itsm_ticket_text.public_vector",
                "mail_activity.note",
                "mail_scheduled_message.body",
            },
            before,
        )
        self._redact(with_description=True)
        self.assertFalse(self._scan())
        self.assertIn("Reset.", ticket.handling_id.solution)
        self.assertIn("Came back:", activity.note)
        self.assertTrue(problem.description)
        self.assertTrue(article.body)

    def test_published_articles(self):
        """What was published already is blanked in all versions, and not found."""
        server_write(self.ticket, {"description": self.text})
        self.article.body = QUOTES["block"]
        self._publish(self.article)
        server_write(self.ticket, {"article_ids": self.article.ids})
        self.article.sudo()._index_search()
        self.assertIn("itsm_article_version.body", self._scan())
        self._redact(with_description=True)
        self.assertFalse(self._scan())
        self.assertIn("we look at it", self.article.sudo().version_id.body)

    def test_raw_mails(self):
        """Kept raw mails go: with the message, and of the same text come twice."""
        asked = self._say(
            self.requester,
            self.text,
            attachments=[("original_email.eml", f"Subject: x\n\n{SECRET}".encode())],
        )
        body = base64.encodebytes(f"Hello,\n{SECRET}\nBest regards".encode()).decode()
        address = self.requester.partner_id.email_normalized
        # sudo: the gateway keeps what it cannot file
        entry = self.env["itsm.inbound.mail"].sudo()
        entry = entry.create(
            {
                "message_id": "<again@example.com>",
                "received_at": fields.Datetime.now(),
                "sender": address,
                "subject": SECRET,
                "state": "failed",
                "raw": base64.b64encode((RAW % (address, body)).encode()),
                "company_id": self.company.id,
            }
        )
        self._redact(message_id=asked.id)
        self.assertFalse(entry.raw)
        self.assertFalse(self._scan())

    def test_common_words_stay(self):
        """Greetings, names and short words are no copies of a text with them."""
        name = self.requester.partner_id.name
        asked = self._say(
            self.requester,
            Markup(f"<p>Hello,</p><p>{SECRET}</p><p>{name}</p><p>OK</p>"),
        )
        said = self._say(self.technician, Markup(f"<p>Hello,</p><p>{name}, OK</p>"))
        activity = self.ticket.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.technician.id, summary="OK"
        )
        before = said.body
        self._redact(message_id=asked.id)
        self.assertEqual((said.body, activity.summary), (before, "OK"))
        self.assertFalse(self._scan())

    def _let_an_hour_pass(self):
        """Make messages and entries of the ticket an hour older, as time would."""
        self.env.flush_all()
        for table, column in (
            ("mail_message", "model = 'itsm.ticket' AND res_id"),
            ("itsm_ticket_event", "ticket_id"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET create_date = create_date - interval '1 hour'"  # noqa: S608
                f" WHERE {column} = %s",
                [self.ticket.id],
            )
        self.env.invalidate_all()

    def test_what_was_said_before_is_no_copy(self):
        """Nobody removes another's words by saying them again."""
        promise = "you promised the new screen by Friday"
        words = f"{promise}, and nobody came"
        self._solve(self.ticket)
        self.ticket.with_user(self.requester).action_reopen(words)
        before = self._say(self.requester, words)
        self._let_an_hour_pass()
        mine = self._say(self.technician, promise)
        self._redact(message_id=mine.id)
        self.assertIn("Removed on", mine.body)
        self.assertIn(words, before.body)
        self.assertIn(words, self.ticket.event_ids.mapped("reason"))
        self.assertEqual(self.ticket.reopen_reason, words)

    def test_a_word_is_no_copy_of_a_short_message(self):
        """A word of one message stays in sentences of others, and in articles."""
        mine = self._say(self.requester, "Mail")
        said = self._say(self.technician, "Restart the Mail server")
        self.article.body = Markup("<p>Restart the Mail server</p>")
        server_write(self.ticket, {"article_ids": self.article.ids})
        self.env["bus.bus"]._sendone("x", "y", {"body": "Mail of another company"})
        self.env.cr.precommit.run()
        self._redact(message_id=mine.id)
        self.assertIn("Removed on", mine.body)
        self.assertIn("Restart the Mail server", said.body)
        self.assertIn("Restart the Mail server", self.article.sudo().body)
        self.env.cr.execute(
            "SELECT 1 FROM bus_bus WHERE message LIKE '%another company%'"
        )
        self.assertTrue(self.env.cr.fetchone())

    def test_drafts_of_others_stay(self):
        """Only drafts about the ticket lose the text."""
        other = self._file(description="<p>Another</p>")
        drafts = self.env["mail.compose.message"]
        for ticket in (self.ticket, other):
            drafts += drafts.with_user(self.technician).create(
                {
                    "model": "itsm.ticket",
                    "res_ids": str(ticket.ids),
                    "composition_mode": "comment",
                    "body": self.text,
                }
            )
        mine = self._say(self.requester, self.text)
        self._redact(message_id=mine.id)
        about, another = drafts.sudo()
        self.assertNotIn("swordfish9", about.body)
        self.assertIn("swordfish9", another.body)

    def test_a_complaint_is_not_told(self):
        """The list of what was removed names no complaint, which has other readers."""
        mine = self._say(self.requester, self.text)
        complaint = file_complaint(
            self.env(user=self.requester),
            {
                "subject": "Nobody answered",
                "description": f"I wrote: {SECRET}",
                "ticket_id": self.ticket.id,
            },
        )
        request = self._redact(message_id=mine.id)
        self.assertNotIn("swordfish9", complaint.sudo().description)
        self.assertNotIn("itsm.complaint", request.item_ids.mapped("res_model"))
        self.assertIn("Text in another document", request.item_ids.mapped("label"))

    def test_odd_texts_take_no_time(self):
        needles = Needles(
            ["<p>x1</p>", "\n".join(f"{n}{'!' * 900}" for n in range(300))]
        )
        needles.find_in("!" * 100_000)
