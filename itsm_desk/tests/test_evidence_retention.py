from unittest.mock import patch

from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.evidence import itsm_retention
from ..models.knowledge.itsm_search_log import record_search
from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestEvidenceRetention(DeskCommon):
    """Texts and personal figures end with their time, ticket by ticket."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2025-01-15 09:00:00"):
            cls.tickets = cls.env["itsm.ticket"]
            for _number in range(3):
                ticket = cls._solve(cls._file(description="<p>Mine alone</p>"))
                ticket.with_user(cls.requester).action_sign_off(2, "Rude")
                ticket.with_user(cls.requester).message_post(
                    body="Mine alone", attachments=[("mine.txt", b"Mine alone")]
                )
                cls.tickets |= ticket.sudo()
        cls.open = cls._file(description="<p>Mine alone</p>")

    def _run(self, months=0, people=0, left=1, batch=200):
        """Run the job; it stops after a batch where ``left`` seconds are 0."""
        self.company.write(
            {"itsm_keep_text_months": months, "itsm_keep_people_months": people}
        )
        self.patch(
            type(self.env["ir.cron"]),
            "_commit_progress",
            lambda _cron, _done, remaining: left,
        )
        self.patch(itsm_retention, "BATCH", batch)
        self.env["itsm.retention"]._cron_forget()
        self.env.invalidate_all()

    def test_one_person_ends_nothing_at_once(self):
        """Neither by the window of the desk nor by the company: it waits a month."""
        admin = new_test_user(
            self.env, "keeper_admin", "base.group_user,base.group_erp_manager"
        )
        manager = self.manager
        told = [("subject", "=", "The service desk will keep less")]
        for act in (
            lambda: (
                self.env["itsm.settings"]
                .with_user(manager)
                .create({"itsm_keep_text_months": 1})
                .action_apply()
            ),
            lambda: self.company.with_user(admin).write({"itsm_keep_text_months": 1}),
        ):
            self.company.write({"itsm_keep_text_months": 0, "itsm_kept_longer": False})
            before = self.env["mail.message"].search_count(told)
            with freeze_time("2026-01-15 09:00:00"):
                act()
                self.assertEqual(self.company.itsm_keep_text_months, 1)
                self.env["itsm.retention"]._cron_forget()
            self.assertFalse(any(self.tickets.mapped("text_forgotten_at")))
            self.assertGreater(self.env["mail.message"].search_count(told), before)
        with freeze_time("2026-02-15 09:00:00"):
            months = self.company._itsm_get_months()
        self.assertEqual(months["itsm_keep_text_months"], 1)

    def test_texts_end_and_the_rest_stays(self):
        with freeze_time("2025-07-14 09:00:00"):
            self._run(months=6)
        self.assertFalse(any(self.tickets.mapped("text_forgotten_at")))
        ticket = self.tickets[0]
        history = len(ticket.event_ids)
        with freeze_time("2025-07-16 09:00:00"):
            self._run(months=6)
        for ticket in self.tickets:
            self.assertTrue(ticket.text_forgotten_at)
            self.assertNotIn("Mine alone", ticket.description)
            bodies = "".join(map(str, ticket.message_ids.mapped("body")))
            self.assertNotIn("Mine alone", bodies)
            files = ticket.message_ids.attachment_ids
            self.assertEqual(set(files.mapped("name")), {"removed.txt"})
            self.assertNotIn(b"Mine", b"".join(files.mapped("raw")))
        self.assertEqual(len(ticket.event_ids), history)
        self.assertEqual(ticket.rating_value, 2)
        self.assertEqual(ticket.cause, "The mailbox was full.")
        self.assertEqual(ticket.work_line_ids.user_id, self.technician)
        self.assertIn("Mine alone", self.open.description)

    def test_personal_figures_end(self):
        with freeze_time("2025-07-16 09:00:00"):
            self._run(people=6)
        for ticket in self.tickets:
            self.assertFalse(ticket.work_line_ids.user_id)
            self.assertEqual(ticket.minutes_spent, 15)
            self.assertFalse(ticket.rating_comment)
            rating = ticket.rating_ids
            self.assertFalse(rating.rated_partner_id or rating.feedback)
            self.assertEqual(rating.rating, 2)
            self.assertEqual(ticket.user_id, self.technician)
            self.assertIn("Mine alone", ticket.description)

    def test_questions_end_with_the_texts(self):
        with freeze_time("2025-01-15 09:00:00"):
            record_search(
                self.env(user=self.requester), "a" * 32, "filed", "My printer at home"
            )
            log = self.env["itsm.search.log"].search([("session", "=", "a" * 32)])
        with freeze_time("2045-07-16 09:00:00"):
            self._run(people=6)
            self.assertTrue(log.question)
            self._run(months=6)
        self.assertFalse(log.question or log.words)

    def test_cancelled_tickets(self):
        """Their time begins with the cancellation, whatever is written later."""
        with freeze_time("2025-01-15 09:00:00"):
            ticket = self._file(description="<p>Mine alone</p>").sudo()
            ticket.with_user(self.technician).action_cancel("Not needed")
        # The database's clock is not frozen.
        self.env.cr.execute(
            "UPDATE itsm_ticket SET create_date = '2025-01-15 09:00:00' WHERE id = %s",
            [ticket.id],
        )
        with freeze_time("2025-07-14 09:00:00"):
            self._run(months=6)
        self.assertFalse(ticket.text_forgotten_at)
        for months in ({"months": 6}, {"people": 6}):
            with freeze_time("2025-07-16 09:00:00"):
                self._run(**months)
        self.assertTrue(ticket.text_forgotten_at)
        self.assertTrue(ticket.people_forgotten_at)

    def test_nothing_ends_without_a_setting(self):
        with freeze_time("2045-07-16 09:00:00"):
            self._run()
        self.assertFalse(any(self.tickets.mapped("text_forgotten_at")))
        self.assertFalse(any(self.tickets.mapped("people_forgotten_at")))

    def test_a_run_that_is_stopped_goes_on(self):
        """The job stops when its time is over, and the next run does the rest."""
        with freeze_time("2025-07-16 09:00:00"):
            self._run(months=6, batch=2, left=0)
            self.assertEqual(len(self.tickets.filtered("text_forgotten_at")), 2)
            self._run(months=6, batch=2, left=0)
        self.assertTrue(all(self.tickets.mapped("text_forgotten_at")))

    @mute_logger("odoo.addons.itsm_desk.models.evidence.itsm_retention")
    def test_one_that_fails_is_left_whole(self):
        bad = self.tickets[1]
        forget = itsm_retention._forget_texts

        def fail(ticket):
            forget(ticket)
            if ticket == bad:
                # pylint: disable=translation-required
                raise ValueError("Out of order")

        with (
            freeze_time("2025-07-16 09:00:00"),
            patch.object(itsm_retention, "_forget_texts", fail),
        ):
            self._run(months=6, batch=1)
        self.assertIn("Mine alone", bad.description)
        self.assertFalse(bad.text_forgotten_at)
        self.assertTrue(all((self.tickets - bad).mapped("text_forgotten_at")))
