"""A desk whose mails are fetched from an IMAP server, with real commits."""

import threading
from contextlib import nullcontext
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, new_test_user
from odoo.tools import mute_logger

from .fake_person import InProcess

DOMAIN = "fetch.example.com"
MAIL = """From: Mei <mei@{domain}>
To: desk@{domain}
Subject: {subject}
Message-ID: <{name}@client.{domain}>
{headers}
{body}
"""
QUIET = (
    "odoo.sql_db",
    "odoo.service.model",
    "odoo.addons.mail.models.fetchmail",
    "odoo.addons.mail.models.mail_thread",
    "odoo.addons.itsm_desk.models.mail.itsm_inbound_mail",
    "odoo.addons.itsm_desk.models.mail.mail_thread",
)


def write_mail(name, subject="Broken", body="Please help.", headers=""):
    """Return a raw mail to the team (bytes)."""
    return MAIL.format(
        domain=DOMAIN, name=name, subject=subject, body=body, headers=headers
    ).encode()


class FetchCase(InProcess, BaseCase):
    """Mails from a real IMAP server, answers to a real SMTP server, real commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            domain = env["mail.alias.domain"].create(
                {
                    "name": DOMAIN,
                    "bounce_alias": "bounce",
                    "catchall_alias": "catchall",
                    "default_from": "notifications",
                }
            )
            technician = new_test_user(
                env,
                login="fetch_tech",
                email=f"tech@{DOMAIN}",
                groups="itsm_desk.group_itsm_technician",
            )
            team = env["itsm.team"].create(
                {
                    "name": "Fetch",
                    "alias_name": "desk",
                    "alias_domain_id": domain.id,
                    "member_ids": [(6, 0, technician.ids)],
                    "leader_id": technician.id,
                }
            )
            mei = env["res.partner"].create({"name": "Mei", "email": f"mei@{DOMAIN}"})
            self.made = [
                (record._name, record.ids)
                for record in (team, domain, technician, technician.partner_id | mei)
            ]
            self.team_id, self.domain_id = team.id, domain.id
            self.technician_id = technician.id
        self.addCleanup(self._remove)
        # The thread that runs the tests holds the registry's lock.
        self._start(patch.object(Registry, "_lock", nullcontext()))
        # Waiting between tries is not what is tested.
        self.sleep = self._start(patch("odoo.service.model.time.sleep"))
        for name in QUIET:
            self._start(mute_logger(name))

    def _start(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def _remove(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("DELETE FROM itsm_inbound_mail")
            cr.execute(
                "UPDATE itsm_ticket SET state = 'new', user_id = NULL"
                " WHERE team_id = %s",
                [self.team_id],
            )
            tickets = env["itsm.ticket"].search([("team_id", "=", self.team_id)])
            tickets.unlink()
            env["fetchmail.server"].search([("name", "like", "Fetch")]).unlink()
            env["ir.mail_server"].search([("name", "=", "Fetch")]).unlink()
            # Odoo gives the first domain to all companies and addresses.
            for model in ("res.company", "mail.alias"):
                env[model].search(
                    [("alias_domain_id", "=", self.domain_id)]
                ).alias_domain_id = False
            for model, ids in self.made:
                env[model].browse(ids).unlink()

    def _fetch(self, port, *users):
        """Fetch the mailboxes of ``users``, each in a thread of its own."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            servers = env["fetchmail.server"].create(
                [
                    {
                        "name": f"Fetch {user}",
                        "server": "127.0.0.1",
                        "port": port,
                        "server_type": "imap",
                        "user": user,
                        "password": "secret",
                        "state": "done",
                    }
                    for user in users
                ]
            )
            server_ids = servers.ids
        errors = []

        def run(server_id):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                errors.append(env["fetchmail.server"].browse(server_id)._fetch_mail())

        threads = [threading.Thread(target=run, args=[i]) for i in server_ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        self.assertEqual(errors, [None] * len(users))

    def _read(self, read):
        """Return what ``read`` reads from a new transaction."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            tickets = env["itsm.ticket"].search([("team_id", "=", self.team_id)])
            return read(tickets, env["itsm.inbound.mail"].search([]))
