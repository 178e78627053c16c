from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .fake_fetching import DOMAIN, FetchCase, write_mail
from .fake_mail_servers import Mailbox, catching_mails, serving_imap


@tagged("post_install", "-at_install")
class TestTicketFetch(FetchCase):
    """Mails from a real IMAP server, answers to a real SMTP server, real commits."""

    def test_same_mails_in_two_mailboxes(self):
        """Fetched in parallel, each becomes one ticket."""
        mails = [write_mail(f"both-{i}", subject=f"Broken {i}") for i in range(8)]
        boxes = {"one": Mailbox(mails), "two": Mailbox(mails)}
        with serving_imap(boxes) as server:
            self._fetch(server.port, "one", "two")
        subjects = self._read(lambda tickets, _mails: tickets.mapped("subject"))
        self.assertEqual(sorted(subjects), sorted(f"Broken {i}" for i in range(8)))
        for box in boxes.values():
            self.assertEqual(box.seen, [True] * 8)

    def test_acknowledgement_is_sent_soon(self):
        box = Mailbox([write_mail("ack", subject="No tone")])
        with (
            serving_imap({"one": box}) as server,
            catching_mails() as (catcher, port),
            patch.object(
                IrMail_Server, "_disable_send", classmethod(lambda cls: False)
            ),
        ):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["ir.mail_server"].create(
                    {"name": "Fetch", "smtp_host": "127.0.0.1", "smtp_port": port}
                )
            self._fetch(server.port, "one")
            self.assertFalse(catcher.mails, "Fetching waits for no mail server.")
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["mail.mail"].process_email_queue()
        mails = [mail for mail in catcher.mails if "No tone" in str(mail["Subject"])]
        self.assertEqual(len(mails), 1)
        [mail] = mails
        self.assertIn(f"mei@{DOMAIN}", mail["To"])
        # Odoo keeps the name where the server sends for one address only.
        self.assertIn("Fetch (", mail["From"])
        self.assertIn(f"@{DOMAIN}", mail["From"])
        self.assertEqual(mail["Auto-Submitted"], "auto-replied")
        self.assertIn(f"<ack@client.{DOMAIN}>", mail["References"])
        name = self._read(lambda tickets, _mails: tickets.name)
        self.assertIn(name, mail["Subject"])
        triggers = self._read(
            lambda tickets, _mails: tickets.env["ir.cron.trigger"].search_count(
                [
                    (
                        "cron_id",
                        "=",
                        tickets.env.ref("mail.ir_cron_mail_scheduler_action").id,
                    )
                ]
            )
        )
        self.assertTrue(triggers, "The queue waits for its next hour.")

    def test_what_fails_waits_for_the_desk(self):
        """An error of any kind keeps the mail; the next one is filed."""
        mails = [("bad", "Bad"), ("good", "Good"), ("worse", "Bad")]
        boxes = {"one": Mailbox([write_mail(*mail) for mail in mails])}
        new = self.registry["itsm.ticket"].message_new

        def fail(tickets, values, *args, **kwargs):
            if values.get("subject") == "Bad":
                tickets.env.cr.execute("SELECT 1 / 0")
            return new(tickets, values, *args, **kwargs)

        with (
            serving_imap(boxes) as server,
            patch.object(self.registry["itsm.ticket"], "message_new", fail),
        ):
            self._fetch(server.port, "one")
        subjects, failed = self._read(
            lambda tickets, mails: (
                tickets.mapped("subject"),
                [
                    (mail.subject, mail.team_id.id, bool(mail.raw))
                    for mail in mails
                    if mail.state == "failed"
                ],
            )
        )
        self.assertEqual(subjects, ["Good"])
        self.assertEqual(failed, [("Bad", self.team_id, True)] * 2)
        # The address is right: it is the mail that waits.
        self.assertEqual(
            self._read(lambda tickets, _mails: tickets.team_id.alias_id.alias_status),
            "valid",
        )
