import threading
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.ticket import itsm_ticket_sign_off as signing
from ..models.ticket.ticket_links import get_sign_off_token
from ..models.vendor.itsm_vendor_job import say, send_to_vendor
from .common import SIGNATURE


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
            cr.execute(
                "DELETE FROM itsm_mail_intent "
                "WHERE res_model = 'itsm.ticket' AND res_id = %s",
                [self.ticket_id],
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

    def _solve(self):
        """Solve the ticket in a transaction of its own; return the link's token."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user_ids[0], {})
            ticket = env["itsm.ticket"].browse(self.ticket_id)
            ticket.action_take()
            ticket.action_start()
            code = env.ref("itsm_desk.itsm_resolution_code_fixed")
            ticket.write(
                {
                    "cause": "The mailbox was full.",
                    "action_taken": "Old mail was archived.",
                    "minutes_spent": 15,
                    "resolution_code_id": code.id,
                }
            )
            ticket.action_solve()
            return get_sign_off_token(ticket)

    def _decide(self, env, results, ready, act):
        """Send the form behind the link; the server tries again."""
        ticket = env["itsm.ticket"].sudo().browse(self.ticket_id)
        self.assertEqual(ticket.state, "solved")
        ready.wait(timeout=30)
        for _attempt in range(5):
            try:
                act(ticket)
                env.cr.commit()
                results.append("done")
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                env.cr.rollback()
                env.transaction.clear()
            except UserError as error:
                env.cr.rollback()
                results.append(str(error))
                return

    @mute_logger("odoo.sql_db")
    def test_one_sign_off_by_the_link(self):
        """Two windows at once, one signs off and one refuses: one of them is told."""
        token = self._solve()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            public_id = env.ref("base.public_user").id
        acts = (
            lambda ticket: signing.sign_off_by_link(
                ticket, token, 5, "Thanks", SIGNATURE, "Race"
            ),
            lambda ticket: signing.refuse_solution_by_link(ticket, token, "Broken"),
        )
        ready, results = threading.Barrier(2), []
        threads = [
            threading.Thread(
                target=self._decide, args=(self._open(public_id), results, ready, act)
            )
            for act in acts
        ]
        with patch.object(signing, "find_sender_address", lambda: "192.0.2.1"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(timeout=60)
        self.assertEqual(len(results), 2, results)
        self.assertEqual(results.count("done"), 1, results)
        [told] = [text for text in results if text != "done"]
        self.assertGreater(len(told), 20)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ticket = env["itsm.ticket"].browse(self.ticket_id)
            self.assertIn(ticket.state, ("closed", "in_progress"))
            bodies = ticket.message_ids.mapped("body")
            self.assertEqual("".join(bodies).count("Decided by the link"), 1)

    def _send_to_vendor(self):
        """Send the ticket to a vendor in a transaction of its own.

        :return: ids of the job and of a person of the vendor
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user_ids[0], {})
            ticket = env["itsm.ticket"].browse(self.ticket_id)
            ticket.action_take()
            # sudo: the world of the test.
            person = new_test_user(
                env(user=SUPERUSER_ID),
                login="race_vendor",
                groups="base.group_portal,itsm_desk.group_itsm_vendor",
            )
            # sudo: as above; what the step itself asks is tried elsewhere.
            job = send_to_vendor(ticket.sudo(), person.partner_id, person, "Look at it")
            self.addCleanup(self._remove_vendor, job.id, person.id)
            return job.id, person.id

    def _remove_vendor(self, job_id, user_id):
        self.made += [("res.users", [user_id])]
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.users"].browse(user_id).partner_id
            self.made += [(partner._name, partner.ids)]
            cr.execute(
                "DELETE FROM itsm_mail_intent "
                "WHERE res_model = 'itsm.vendor.job' AND res_id = %s",
                [job_id],
            )
            cr.execute(
                "UPDATE itsm_ticket SET vendor_partner_id = NULL, vendor_user_id = NULL"
                " WHERE id = %s",
                [self.ticket_id],
            )

    @mute_logger("odoo.sql_db")
    def test_one_message_of_a_vendor(self):
        """Two clicks at the same moment say it once; the server tries the later one."""
        job_id, person_id = self._send_to_vendor()
        jobs = []
        for env in (self._open(person_id), self._open(person_id)):
            job = env["itsm.vendor.job"].sudo().browse(job_id)
            self.assertFalse(job.returned_at)
            jobs.append(job)
        first, second = jobs
        say(first, "On my way")
        first.env.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            say(second, "On my way")
        second.env.cr.rollback()
        second.env.transaction.clear()
        say(second, "On my way")
        second.env.cr.commit()
        messages = second.ticket_id.message_ids
        said = messages.filtered(lambda message: "On my way" in (message.body or ""))
        self.assertEqual(len(said), 1)
