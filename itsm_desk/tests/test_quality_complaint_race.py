import threading
from functools import partial
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, ConcurrencyError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.quality import complaint_links
from ..models.quality.complaint_filing import file_complaint


@tagged("post_install", "-at_install")
class TestComplaintRace(BaseCase):
    """One click that comes twice, over two database connections: one complaint."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            user = new_test_user(env, login="race_complainant")
            self.user_id, self.partner_id = user.id, user.partner_id.id
        self.addCleanup(self._remove)

    def _remove(self):
        """Delete by SQL what is kept otherwise."""
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM itsm_complaint WHERE partner_id = %s RETURNING id",
                [self.partner_id],
            )
            ids = [row[0] for row in cr.fetchall()]
            for table, column in (
                ("mail_activity", "res_model"),
                ("mail_followers", "res_model"),
                ("mail_message", "model"),
            ):
                cr.execute(
                    f"DELETE FROM {table} WHERE {column} = 'itsm.complaint'"
                    " AND res_id = ANY(%s)",
                    [ids],
                )
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["res.users"].browse(self.user_id).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _click(self, env, ready, numbers):
        """File it; try again as the server does when another one was quicker."""
        # Both have looked at the database before one of them files.
        env["itsm.complaint"].sudo().search_count([])
        ready.wait(timeout=30)
        for _attempt in range(5):
            try:
                complaint = file_complaint(
                    env, {"subject": "Nobody calls", "description": "Since Monday"}
                )
                numbers.append(complaint.sudo().name)
                env.cr.commit()
                return
            except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                env.cr.rollback()
                env.transaction.clear()

    def _run(self, *clicks):
        """Let each click run over a connection of its own, at the same moment."""
        ready, threads = threading.Barrier(len(clicks)), []
        for click in clicks:
            # Made here: the thread that runs the tests holds the registry's lock.
            cr = self.registry.cursor()
            self.addCleanup(cr.close)
            env = api.Environment(cr, self.user_id, {})
            threads.append(threading.Thread(target=click, args=(env, ready)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

    @mute_logger("odoo.sql_db")
    def test_one_complaint(self):
        numbers = []
        click = partial(self._click, numbers=numbers)
        self._run(click, click)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            made = env["itsm.complaint"].search([("partner_id", "=", self.partner_id)])
            self.assertEqual(len(made), 1)
            self.assertEqual(numbers, [made.name] * 2)

    def _answer(self, env, ready, decide, complaint_id, token, results):
        """Send the form behind the link of the answer; the server tries again."""
        complaint = env["itsm.complaint"].sudo().browse(complaint_id)
        self.assertEqual(complaint.state, "answered")
        ready.wait(timeout=30)
        for _attempt in range(5):
            try:
                decide(complaint, token)
                env.cr.commit()
                results.append("done")
                return
            except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                env.cr.rollback()
                env.transaction.clear()
            except AccessError as error:
                env.cr.rollback()
                results.append(str(error))
                return

    @mute_logger("odoo.sql_db")
    def test_one_answer_by_the_link(self):
        """Two windows at once, one accepts and one does not: one of them is told."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user_id, {})
            complaint = file_complaint(
                env, {"subject": "Nobody calls", "description": "Since Monday"}
            )
            complaint = complaint.sudo()
            env.flush_all()
            cr.execute(
                "UPDATE itsm_complaint SET state = 'answered', answered_at = now(), "
                "link_secret = 'x', answer = 'Sorry' WHERE id = %s",
                [complaint.id],
            )
            env.invalidate_all()
            token = complaint_links.get_answer_token(complaint)
        results = []
        click = partial(
            self._answer, complaint_id=complaint.id, token=token, results=results
        )
        with patch.object(complaint_links, "find_sender_address", lambda: "192.0.2.1"):
            self._run(
                partial(click, decide=complaint_links.accept_by_link),
                partial(
                    click,
                    decide=partial(complaint_links.refuse_by_link, reason="Not enough"),
                ),
            )
        self.assertEqual(len(results), 2, results)
        self.assertEqual(results.count("done"), 1, results)
        [told] = [text for text in results if text != "done"]
        self.assertIn("was noted already", told)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            complaint = complaint.with_env(env)
            self.assertIn(complaint.state, ("closed", "received"))
            decided = [
                message
                for message in complaint.message_ids
                if "Decided by the link" in message.body
            ]
            self.assertEqual(len(decided), 1)
