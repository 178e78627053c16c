import threading

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

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

    @mute_logger("odoo.sql_db")
    def test_one_complaint(self):
        ready, numbers = threading.Barrier(2), []
        threads = []
        for _click in range(2):
            # Made here: the thread that runs the tests holds the registry's lock.
            cr = self.registry.cursor()
            self.addCleanup(cr.close)
            env = api.Environment(cr, self.user_id, {})
            threads.append(
                threading.Thread(target=self._click, args=(env, ready, numbers))
            )
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            made = env["itsm.complaint"].search([("partner_id", "=", self.partner_id)])
            self.assertEqual(len(made), 1)
            self.assertEqual(numbers, [made.name] * 2)
