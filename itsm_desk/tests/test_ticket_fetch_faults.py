import base64
import threading
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from .fake_fetching import DOMAIN, FetchCase, write_mail
from .fake_mail_servers import Mailbox, serving_imap

LONGEST_WAIT = 30


@tagged("post_install", "-at_install")
class TestTicketFetchFaults(FetchCase):
    """What is fetched is never lost: conflicts, odd and large mails, many at once."""

    def setUp(self):
        super().setUp()
        with serving_imap({"one": Mailbox([write_mail("first")])}) as server:
            self._fetch(server.port, "one")
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            ticket = env["itsm.ticket"].search([("team_id", "=", self.team_id)])
            reason = env.ref("itsm_desk.itsm_pending_reason_requester")
            ticket.with_user(self.technician_id).action_take()
            ticket.with_user(self.technician_id).action_pend(
                reason.id, "Which printer?"
            )
            self.ticket_id = ticket.id
        self.assertEqual(self.sleep.call_count, 0, "Nothing has collided so far.")

    def _reply(self, number=1):
        headers = f"In-Reply-To: <first@client.{DOMAIN}>\n"
        return write_mail(f"reply-{number}", f"Re: Broken {number}", headers=headers)

    def _save(self, cr, place="on_site"):
        """Save the ticket as its technician in another connection."""
        env = api.Environment(cr, self.technician_id, {})
        env["itsm.ticket"].browse(self.ticket_id).write({"place": place})
        env.flush_all()

    def _read_ticket(self):
        """Return what the reply may have changed of the ticket."""

        def read(tickets, mails):
            ticket = tickets.browse(self.ticket_id)
            events = tickets.env["itsm.ticket.event"].search(
                [("ticket_id", "=", ticket.id), ("kind", "=", "message")]
            )
            replies = mails.filtered(lambda mail: "Re: " in mail.subject)
            return {
                "tickets": len(tickets),
                "state": ticket.state,
                "place": ticket.place,
                "messages": len(
                    ticket.message_ids.filtered(
                        lambda message: "reply-" in (message.message_id or "")
                    )
                ),
                "heard": events.partner_id.mapped("name"),
                "received": replies.mapped("state"),
                "kept": [bool(mail.raw) for mail in replies],
            }

        return self._read(read)

    def test_reply_while_the_ticket_is_saved(self):
        """It waits for the other, is refused as out of date, and is taken again."""
        box = Mailbox([self._reply()])
        with serving_imap({"one": box}) as server, self.registry.cursor() as other:
            self._save(other)
            fetching = threading.Thread(
                target=self._fetch, args=(server.port, "one"), daemon=True
            )
            fetching.start()
            self._wait_for_lock()
            other.commit()
            fetching.join(timeout=LONGEST_WAIT)
        self.assertFalse(fetching.is_alive())
        self.assertTrue(self.sleep.called, "Nothing collided.")
        self.assertEqual(
            self._read_ticket(),
            {
                "tickets": 1,
                "state": "in_progress",
                "place": "on_site",
                "messages": 1,
                "heard": ["Mei"],
                "received": ["answered"],
                "kept": [False],
            },
        )

    def _wait_for_lock(self):
        """Wait until a transaction waits for the row that another one has."""
        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type ="
                    " 'Lock' AND datname = current_database()"
                )
                if cr.fetchone()[0]:
                    return
            threading.Event().wait(0.05)
        self.fail("Nobody waits for the ticket.")

    def test_reply_that_always_collides_waits_for_the_desk(self):
        """Somebody saves the ticket before each try: the mail is kept, and told."""
        update, tries = self.registry["itsm.ticket"].message_update, []

        def save_first(ticket, *args, **kwargs):
            tries.append(ticket.state)
            with self.registry.cursor() as other:
                self._save(other, ("on_site", "remote")[len(tries) % 2])
            return update(ticket, *args, **kwargs)

        box = Mailbox([self._reply()])
        told = []
        with (
            serving_imap({"one": box}) as server,
            patch.object(self.registry["itsm.ticket"], "message_update", save_first),
            patch.object(
                self.registry["itsm.inbound.mail"],
                "_tell",
                lambda mails, team, subject, body: told.append(1 / 0),
            ),
        ):
            self._fetch(server.port, "one")
        self.assertEqual(tries, ["pending"] * 5)
        found = self._read_ticket()
        self.assertEqual((found["received"], found["kept"]), (["failed"], [True]))
        self.assertEqual((found["state"], found["messages"]), ("pending", 0))
        # Whoever finds it gives it to the ticket.
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.technician_id, {})
            mail = env["itsm.inbound.mail"].search([("state", "=", "failed")])
            mail.ticket_id = self.ticket_id
            mail.action_file_by_hand()
        self.assertEqual(self._read_ticket()["received"], ["answered"])

    def test_same_replies_in_two_mailboxes(self):
        """Fetched in parallel, each is on the ticket once."""
        replies = [self._reply(number) for number in range(6)]
        boxes = {"one": Mailbox(replies), "two": Mailbox(replies)}
        with serving_imap(boxes) as server:
            self._fetch(server.port, "one", "two")
        found = self._read_ticket()
        self.assertEqual(found["messages"], 6)
        self.assertEqual(found["received"], ["answered"] * 6)
        self.assertEqual(found["heard"], ["Mei"])
        self.assertEqual(found["tickets"], 1)

    def test_large_and_malformed_mails(self):
        """Each becomes a ticket or waits with its raw text; the next one is filed."""
        mails = {
            "large": _write_large(20 * 1024 * 1024),
            "deep": write_mail("deep", "Deep", _write_deep(60), headers=DEEP),
            "cut": write_mail("cut", "Cut", "--x\nContent-Ty", headers=MIXED),
            "bytes": write_mail("bytes", "Bytes").replace(b"help", b"\xff\x00\xfe\x80"),
            "fields": write_mail("fields", "Many", headers="X-A: b\n" * 5000),
            "folded": write_mail("folded", "Long " * 5000),
            "empty": write_mail("empty", "Empty", ""),
            "good": write_mail("good", "Good"),
        }
        box = Mailbox(mails.values())
        with serving_imap({"one": box}) as server:
            self._fetch(server.port, "one")
        found = self._read(
            lambda _tickets, entries: {
                entry.message_id.strip("<").partition("@")[0]: (
                    entry.state,
                    bool(entry.ticket_id or entry.raw),
                )
                for entry in entries
            }
        )
        for name in mails:
            with self.subTest(name):
                state, is_kept = found.get(name, ("lost", False))
                self.assertIn(state, ("filed", "failed"))
                self.assertTrue(is_kept)
        self.assertEqual(found["good"][0], "filed")
        self.assertEqual(found["large"][0], "filed")
        size = self._read(
            lambda tickets, _mails: tickets.filtered(
                lambda ticket: ticket.subject == "Large"
            ).message_ids.attachment_ids.mapped("file_size")
        )
        self.assertEqual(size, [20 * 1024 * 1024])

    def test_storm_of_one_sender(self):
        """All are filed; the desk is told once, and nothing of ours answers."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            limit = env["itsm.inbound.mail"]._get_storm_limit()
        count = limit + 10
        mails = [write_mail(f"storm-{i}", f"Storm {i}") for i in range(count)]
        boxes = {
            "one": Mailbox(mails[: count // 2]),
            "two": Mailbox(mails[count // 2 :]),
        }
        with serving_imap(boxes) as server:
            self._fetch(server.port, "one")
            self._fetch(server.port, "two")
        tickets, answers, told = self._read(
            lambda tickets, _mails: (
                len(tickets),
                tickets.env["mail.message"].search_count(
                    [
                        ("model", "=", "itsm.ticket"),
                        ("res_id", "in", tickets.ids),
                        ("message_type", "=", "auto_comment"),
                    ]
                ),
                tickets.env["mail.message"].search_count(
                    [("subject", "like", "Many mails of mei@")]
                ),
            )
        )
        self.assertEqual(tickets, count + 1)
        self.assertEqual(answers, limit)
        self.assertEqual(told, 1)


MIXED = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n'
DEEP = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b0"\n'


def _write_large(size):
    """Return a mail with a file of ``size`` bytes."""
    lines = base64.encodebytes(b"\x01" * size)
    return b"".join(
        [
            write_mail("large", "Large", "--x", headers=MIXED),
            b"Content-Type: text/plain\n\nPlease look at this.\n--x\n",
            b"Content-Type: application/octet-stream\n",
            b'Content-Disposition: attachment; filename="dump.bin"\n',
            b"Content-Transfer-Encoding: base64\n\n",
            lines,
            b"--x--\n",
        ]
    )


def _write_deep(depth):
    """Return the body of a mail whose parts lie in one another."""
    rows = []
    for level in range(depth):
        rows.append(
            f'--b{level}\nContent-Type: multipart/mixed; boundary="b{level + 1}"\n'
        )
    return "\n".join([*rows, f"--b{depth}\nContent-Type: text/plain\n\nHello"])
