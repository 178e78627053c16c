from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketPause(DeskCommon):
    """A pause for the requester: with a question, reminded, and not for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar.tz = "UTC"
        cls.company.itsm_tz = "UTC"
        cls.reason_requester.write(
            {"needs_question": True, "remind_days": 1, "limit_days": 3}
        )

    def setUp(self):
        super().setUp()
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)

    def _begin(self):
        mine = self._file().with_user(self.technician)
        mine.action_take()
        mine.action_start()
        return mine

    def _asked(self, ticket):
        """Return how often a reminder was sent."""
        return sum(
            "we need your answer" in (message.body or "")
            for message in ticket.sudo().message_ids
        )

    def test_question_in_the_same_step(self):
        mine = self._begin()
        for question in (None, "", "  ", 7):
            with self.subTest(question=question), self.assertRaises(UserError):
                mine.action_pend(self.reason_requester.id, question)
        self.assertEqual(mine.state, "in_progress")
        with self.assertRaises(AccessError):
            mine.write({"pending_question": "Trick"})
        mine.action_pend(self.reason_requester.id, "Which printer?")
        message = mine.sudo().message_ids.filtered(
            lambda one: "Which printer?" in (one.body or "")
        )
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(message.author_id, self.technician.partner_id)
        mine.with_user(self.requester).message_post(
            body="The blue one",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(mine.state, "in_progress")
        self.assertFalse(mine.pending_question or mine.pause_ends_at)
        # Other reasons may have a question, and need none.
        mine.action_pend(self.reason_parts.id)
        self.assertFalse(mine.pause_reminder_at or mine.pause_ends_at)

    def test_reminded_and_ended(self):
        # Thursday, with a weekend before the end.
        with freeze_time("2026-03-05 09:00:00") as clock:
            mine = self._begin()
            mine.action_pend(self.reason_requester.id, "Which printer?")
            self.assertEqual(str(mine.pause_reminder_at), "2026-03-06 23:59:59")
            self.assertEqual(str(mine.pause_ends_at), "2026-03-10 23:59:59")
            self.env["itsm.ticket"]._cron_remind_pauses()
            self.assertEqual(self._asked(mine), 0)
            clock.move_to("2026-03-07 00:30:00")
            self.env["itsm.ticket"]._cron_remind_pauses()
            self.env["itsm.ticket"]._cron_remind_pauses()
            self.assertEqual(self._asked(mine), 1)
            self.assertEqual(str(mine.pause_reminder_at), "2026-03-09 23:59:59")
            clock.move_to("2026-03-10 01:00:00")
            self.env["itsm.ticket"]._cron_remind_pauses()
            self.assertEqual(self._asked(mine), 2)
            self.assertFalse(mine.pause_reminder_at)
            clock.move_to("2026-03-11 00:30:00")
            self.env["itsm.ticket"]._cron_remind_pauses()
        self.assertEqual(mine.state, "in_progress")
        called = mine.sudo().activity_ids
        self.assertEqual(called.user_id, self.technician)
        self.assertIn("Which printer?", called.note)

    def test_window(self):
        mine = self._begin()
        window = Form(
            self.env["itsm.ticket.pend"]
            .with_user(self.technician)
            .with_context(active_id=mine.id)
        )
        window.reason_id = self.reason_requester
        with self.assertRaisesRegex(AssertionError, "question is a required field"):
            window.save()
        window.question = "Which printer?"
        window.save().action_confirm()
        self.assertEqual(mine.pending_question, "Which printer?")
