import threading

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTicketRace(BaseCase):
    """Two technicians, two database connections, one ticket, one owner."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            users = env["res.users"]
            for login in ("race_one", "race_two"):
                users |= new_test_user(
                    env, login=login, groups="itsm_desk.group_itsm_technician"
                )
            requester = env["res.partner"].create({"name": "Race"})
            team = env["itsm.team"].create(
                {"name": "Race", "member_ids": [(6, 0, users.ids)]}
            )
            ticket = env["itsm.ticket"].create(
                {
                    "subject": "Race",
                    "partner_id": requester.id,
                    "team_id": team.id,
                    "channel": "mail",
                }
            )
            self.user_ids = users.ids
            self.ticket_id = ticket.id
            self.made = [ticket, team, users, users.partner_id | requester]
            self.made = [(rec._name, rec.ids) for rec in self.made]
        self.addCleanup(self._remove)

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute(
                "UPDATE itsm_ticket SET state = 'new' WHERE id = %s", [self.ticket_id]
            )
            for model, ids in self.made:
                env[model].browse(ids).unlink()

    def _open(self, user_id):
        """Return an environment in a connection of its own."""
        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, user_id, {})

    def _take(self, env, results, ready=None):
        """Take the ticket; try again as the server does when it was too late."""
        if ready:
            ready.wait(timeout=30)
        for _attempt in range(5):
            try:
                env["itsm.ticket"].browse(self.ticket_id).action_take()
                env.cr.commit()
                results[env.uid] = "won"
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                env.cr.rollback()
                env.transaction.clear()
            except UserError as error:
                env.cr.rollback()
                results[env.uid] = str(error)
                return

    @mute_logger("odoo.sql_db")
    def test_exactly_one_wins(self):
        ready, results = threading.Barrier(2), {}
        # Made here: the thread that runs the tests holds the registry's lock.
        threads = [
            threading.Thread(
                target=self._take, args=(self._open(user_id), results, ready)
            )
            for user_id in self.user_ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        self.assertEqual(sorted(results), sorted(self.user_ids))
        winners = [user_id for user_id, result in results.items() if result == "won"]
        self.assertEqual(len(winners), 1, results)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ticket = env["itsm.ticket"].browse(self.ticket_id)
            self.assertEqual(ticket.user_id.id, winners[0])
            name = ticket.user_id.name
        [loser] = [result for result in results.values() if result != "won"]
        self.assertIn(f"already taken by {name}", loser)

    @mute_logger("odoo.sql_db")
    def test_late_reader_is_refused(self):
        """Who read the ticket before the other took it does not overwrite him."""
        first, second = (self._open(user_id) for user_id in self.user_ids)
        ticket = second["itsm.ticket"].browse(self.ticket_id)
        self.assertFalse(ticket.user_id)
        results = {}
        self._take(first, results)
        self.assertEqual(results, {first.uid: "won"})
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            ticket.action_take()
        second.cr.rollback()
        second.transaction.clear()
        self._take(second, results)
        self.assertIn("already taken by", results[second.uid])
