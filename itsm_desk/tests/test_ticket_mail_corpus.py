import json
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged
from odoo.tools import email_normalize, mute_logger
from odoo.tools.mail import email_split, html2plaintext

from odoo.addons.mail.tests.common import MailCommon

from .common import DeskCommon

MAILS = Path(__file__).parent / "mails"
DOMAIN = "company.example.com"
SEED = """From: Huang Mei <{sender}>
To: it-desk@company.example.com
Subject: {subject}
Message-ID: <seed-{name}@mail.company.example.com>
Date: Fri, 27 Nov 2026 08:00:00 +0800
Content-Type: text/plain; charset="utf-8"

Please help.
{end}
"""


class Undone(Exception):
    """Takes back what one mail did."""


@tagged("post_install", "-at_install")
class TestTicketMailCorpus(DeskCommon, MailCommon):
    """Raw mails as programs send them, through the gateway, as its user.

    ``mails/expect.json`` says what a fair user expects of each: the scene is what
    exists before, and only what is named is compared.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {
                "name": DOMAIN,
                "bounce_alias": "bounce",
                "catchall_alias": "catchall",
                "default_from": "notifications",
            }
        )
        cls.company.alias_domain_id = cls.domain
        people = {
            cls.requester: ("requester", "Huang Mei"),
            cls.technician: ("technician", "Qian Hao"),
            cls.boss: ("head", "Liu Jian"),
            cls.stranger: ("member3", "Zheng Tao"),
        }
        for user, (name, full_name) in people.items():
            user.write({"email": f"{name}@{DOMAIN}", "name": full_name})
        cls.env["itsm.team"].search([("alias_name", "=", "it-desk")]).alias_name = False
        cls.team.write(
            {
                "name": "IT Service Desk",
                "alias_name": "it-desk",
                "alias_domain_id": cls.domain.id,
            }
        )
        cls.second_team.write(
            {
                "name": "Second Line",
                "alias_name": "second-line",
                "alias_domain_id": cls.domain.id,
            }
        )
        cls.wangli = cls.env["res.partner"].create(
            {"name": "Wang Li", "email": f"wangli@{DOMAIN}"}
        )
        cls.cases = json.loads((MAILS / "expect.json").read_text())

    # ------------------------------------------------------------
    # SCENES
    # ------------------------------------------------------------

    def _feed(self, raw):
        return self.env["mail.thread"].message_process(None, raw)

    def _seed(self, name, **values):
        """File a ticket by mail, which is acknowledged."""
        values = {
            **{"sender": f"requester@{DOMAIN}", "subject": "Printer", "end": ""},
            **values,
        }
        ticket_id = self._feed(SEED.format(name=name, **values).encode())
        ticket = self.env["itsm.ticket"].browse(ticket_id)
        self.assertTrue(ticket, "The scene is not set.")
        return ticket

    def _set_scene(self, scene, **values):
        """Return ``{letter: ticket}`` of what exists before the mail.

        :param values: of the first ticket's mail
        """
        if scene == "none":
            return {}
        if scene == "busy_wangli":
            for number in range(20):
                self._seed(f"busy-{number}", sender=f"wangli@{DOMAIN}")
            return {}
        if scene == "many":
            tickets = {"a": self._seed("a")}
            for _number in range(12):
                self._answer(tickets["a"])
            return tickets
        ticket = self._seed("a", **values)
        tickets = {"a": ticket}
        mine = ticket.with_user(self.technician)
        if scene == "two":
            tickets["b"] = self._seed("b")
        elif scene == "owned":
            mine.action_take()
        elif scene == "pending":
            mine.action_take()
            mine.action_pend(self.reason_requester.id)
        elif scene == "solved":
            self._solve(ticket)
        elif scene == "solved_late":
            with freeze_time(fields.Datetime.now() - timedelta(days=40)):
                self._solve(ticket)
        elif scene == "closed":
            self._solve(ticket)
            ticket.with_user(self.requester).action_sign_off(4)
        elif scene == "followed":
            self._solve(ticket)
            ticket.with_user(self.requester).action_sign_off(4)
            self._answer(ticket, "It is back.")
        elif scene == "cancelled":
            mine.action_take()
            mine.action_cancel("Bought a new one")
        return tickets

    def _answer(self, ticket, text="One more thing."):
        """Answer a ticket as its requester, by mail."""
        self.sequence = getattr(self, "sequence", 0) + 1
        self._feed(
            (
                f"From: requester@{DOMAIN}\nTo: it-desk@{DOMAIN}\n"
                "Subject: Re: Printer\n"
                f"Message-ID: <answer-{self.sequence}@mail.{DOMAIN}>\n"
                f"In-Reply-To: {self._last(ticket)}\n\n{text}\n"
            ).encode()
        )

    def _last(self, ticket):
        """Return the id of the last mail that the desk sent about ``ticket``."""
        messages = ticket.message_ids.filtered(
            lambda message: message.message_type == "auto_comment"
        )
        return (messages[:1] or ticket.message_ids[:1]).message_id

    def _fill(self, raw, tickets):
        for letter, ticket in tickets.items():
            for key, value in (
                ("DESK", self._last(ticket)),
                ("SEED", f"<seed-{letter}@mail.{DOMAIN}>"),
                ("NAME", ticket.name),
            ):
                raw = raw.replace(f"%%{key}:{letter}%%".encode(), value.encode())
        return raw

    @contextmanager
    def _undone(self):
        clear = self.registry.clear_cache
        with patch.object(self.registry, "clear_cache", wraps=clear) as clearing:
            try:
                with self.cr.savepoint():
                    yield
                    raise Undone
            except Undone:
                self.env.invalidate_all()
        if clearing.called:
            # What was read of parameters since is undone, too.
            self.registry.clear_all_caches()

    # ------------------------------------------------------------
    # COMPARING
    # ------------------------------------------------------------

    def _play(self, case, tickets):
        """Feed one mail and return what came of it, for :meth:`_compare`.

        :param dict tickets: what :meth:`_set_scene` returned
        """
        if case.get("settings"):
            self._apply_settings(case["settings"])
        before = self.env["itsm.ticket"].search([])
        contacts = self.env["res.partner"].search_count([])
        ticket = tickets.get(case["expect"].get("lands_on", "a"))
        messages = ticket.message_ids if ticket else self.env["mail.message"]
        raw = self._fill((MAILS / case["file"]).read_bytes(), tickets)
        for _time in range(case.get("feed", 1)):
            with self.mock_mail_gateway():
                self._feed(raw)
                self._send_queue()
            if _time == 0:
                sent = list(self._mails)
        self.env.flush_all()
        new = self.env["itsm.ticket"].search([]) - before
        added = ticket.message_ids - messages if ticket else messages
        added = added.filtered(
            lambda item: (
                item.message_type in ("email", "notification")
                and not item.tracking_value_ids
                and not item.is_internal
                or item.subtype_id == self.env.ref("mail.mt_note")
                and item.body
            )
        )
        follow_ups = new & ticket.child_ids if ticket else new.browse()
        if added:
            outcome = "reply"
        elif new:
            outcome = "new"
        else:
            outcome = "ignored"
            if any("could not be" in str(mail["body"]) for mail in sent):
                outcome = "bounced"
        return {
            "tickets": tickets,
            "ticket": ticket,
            "new": new - follow_ups,
            "follow_ups": follow_ups,
            "added": added,
            "outcome": outcome,
            "sent": sent,
            "contacts": self.env["res.partner"].search_count([]) - contacts,
            "entry": self.env["itsm.inbound.mail"].search([], order="id desc", limit=1),
        }

    def _apply_settings(self, settings):
        for name, value in settings.items():
            if name.startswith("team."):
                self.team[name.partition(".")[2]] = value
            else:
                self.env["ir.config_parameter"].set_param(name, value)

    def _compare(self, want, got):
        """Compare all that ``want`` names with what came of the mail."""
        self.assertIn(got["outcome"], want["outcome"], got["entry"].note)
        record = got["new"][:1] if got["outcome"] == "new" else got["ticket"]
        if got["outcome"] in ("ignored", "bounced") and not got["ticket"]:
            self.assertFalse(got["new"])
        self._compare_people(want, got, record)
        self._compare_text(want, got, record)
        self._compare_state(want, got, record)
        self._compare_sent(want, got)
        if "calls" in want:
            self.assertEqual(len(got["ticket"].activity_ids), want["calls"])
        if want.get("is_now"):
            dates = record.message_ids.mapped("date")
            self.assertLessEqual(max(dates), fields.Datetime.now())

    def _compare_people(self, want, got, record):
        if "teams" in want:
            self.assertEqual(record.team_id.mapped("name"), want["teams"])
        if "teams_all" in want:
            names = got["new"].team_id.mapped("name")
            self.assertEqual(sorted(names), sorted(want["teams_all"]))
        if "requester" in want:
            wanted = want["requester"]
            wanted = [wanted] if isinstance(wanted, str) else wanted
            self.assertIn(record.partner_id.email_normalized, wanted)
        if "requester_name" in want:
            self.assertEqual(record.partner_id.name, want["requester_name"])
        if "count" in want:
            self.assertEqual(len(got["new"]), want["count"])
        for address in want.get("email_cc", ()):
            self.assertIn(address, record.email_cc)
        for address in want.get("cc_lacks", ()):
            self.assertNotIn(address, record.email_cc or "")
        if "new_contacts_max" in want:
            self.assertLessEqual(got["contacts"], want["new_contacts_max"])
        for address in want.get("followers", ()):
            self.assertIn(address, record.message_partner_ids.mapped("email"))

    def _compare_text(self, want, got, record):
        if got["outcome"] == "new":
            html = record.description or ""
            files = record.message_ids.attachment_ids
        else:
            html = "".join(map(str, got["added"].mapped("body")))
            files = got["added"].attachment_ids
        text = " ".join(html2plaintext(html).split())
        for words in want.get("body", ()):
            self.assertIn(" ".join(words.split()), text)
        for words in want.get("body_lacks", ()):
            self.assertNotIn(words, text)
        for words in want.get("html_lacks", ()):
            self.assertNotIn(words, html)
        if want.get("no_replacement"):
            self.assertNotIn("\ufffd", record.subject + html)
        if "subject" in want:
            self.assertEqual(record.subject, want["subject"])
        for words in want.get("subject_contains", ()):
            self.assertIn(words, record.subject)
        if want.get("subject_set"):
            self.assertTrue((record.subject or "").strip())
        if want.get("subject_one_line"):
            self.assertEqual(len(record.subject.splitlines()), 1)
        names = files.mapped("name")
        for name in want.get("attachments", ()):
            self.assertIn(name, names)
        self.assertGreaterEqual(len(files), want.get("attachment_count_min", 0))
        if want.get("description_no_cid"):
            self.assertNotIn("cid:", record.description)
            self.assertIn("/web/image/", record.description)
        if want.get("mentions_number"):
            self.assertIn(got["tickets"]["a"].name, f"{record.subject} {record.name}")

    def _compare_state(self, want, got, record):
        for name in ("channel", "state", "reopen_count"):
            if name in want:
                self.assertEqual(record[name], want[name])
        if want.get("owner") is False:
            self.assertFalse(record.user_id)
        elif "owner" in want:
            self.assertEqual(record.user_id, self.technician)
        if "first_response" in want:
            self.assertEqual(bool(record.first_response_at), want["first_response"])
        if "followups" in want:
            children = got["ticket"].child_ids
            self.assertEqual(len(children), want["followups"])
            text = html2plaintext(
                "".join(map(str, [*children.mapped("description")]))
                + "".join(map(str, children.message_ids.mapped("body")))
            )
            for words in want.get("followup_body", ()):
                self.assertIn(words, text)
            names = self.env["ir.attachment"].search(
                [("res_model", "=", "itsm.ticket"), ("res_id", "in", children.ids)]
            )
            for name in want.get("followup_attachments", ()):
                self.assertIn(name, names.mapped("name"))
            if "followup_subject" in want:
                self.assertEqual(children.subject, want["followup_subject"])
            if want.get("desk_called"):
                self.assertTrue(children.activity_ids)
        if "no_step_on" in want:
            ticket = got["tickets"][want["no_step_on"]]
            self.assertEqual(ticket.state, "solved")
            self.assertFalse(ticket.reopen_count)
        if want.get("not_dead"):
            self.assertTrue(got["ticket"].activity_ids)
        for name in ("entry_state", "entry_kind"):
            if name in want:
                self.assertEqual(got["entry"][name.partition("_")[2]], want[name])
        if want.get("raw_kept"):
            self.assertTrue(got["entry"].raw)

    def _compare_sent(self, want, got):
        addresses = {
            email_normalize(address)
            for mail in got["sent"]
            for address in email_split(",".join(mail["email_to"] or []))
        }
        acknowledged = [
            mail for mail in got["sent"] if "we have received" in mail["body"]
        ]
        if "ack" in want:
            self.assertEqual(bool(acknowledged), want["ack"])
        for mail in acknowledged:
            self.assertEqual(mail["headers"]["Auto-Submitted"], "auto-replied")
            self.assertIn(got["entry"].message_id, mail["references"])
            names = (got["new"] | got["follow_ups"]).mapped("name")
            self.assertTrue([name for name in names if name in mail["subject"]])
            self.assertIn(self.team.company_id.name, mail["body"])
            for address in want.get("ack_from_lacks", ()):
                self.assertNotIn(address, mail["email_from"])
            self.assertIn(f"@{DOMAIN}", mail["email_from"])
        for address in want.get("no_mail_to", ()):
            self.assertNotIn(address, addresses)
        for address in want.get("mail_to", ()):
            self.assertIn(address, addresses)
        for address in want.get("notified", ()):
            people = got["added"].notified_partner_ids.mapped("email")
            self.assertIn(address, people)
        for words in want.get("sent_says", ()):
            self.assertIn(words, "".join(str(mail["body"]) for mail in got["sent"]))
        if want.get("silent"):
            self.assertFalse(got["sent"])

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    @mute_logger(
        "odoo.addons.mail.models.mail_thread",
        "odoo.addons.itsm_desk.models.mail.mail_thread",
        "odoo.addons.itsm_desk.models.mail.mail_content",
        "odoo.tools.mail",
    )
    def test_corpus(self):
        scenes = {}
        for case in self.cases:
            scene = case["scene"], case.get("ticket", {})
            scenes.setdefault(json.dumps(scene, sort_keys=True), []).append(case)
        for scene, cases in scenes.items():
            name, values = json.loads(scene)
            with self._undone():
                tickets = self._set_scene(name, **values)
                with self.mock_mail_gateway():
                    # Mails of the scene are no answers.
                    self._send_queue()
                for case in cases:
                    with self.subTest(mail=case["file"]), self._undone():
                        self._compare(case["expect"], self._play(case, tickets))

    def test_corpus_is_whole(self):
        """Each mail has its expectation, and there are enough of them."""
        files = {path.name for path in MAILS.glob("*.eml")}
        self.assertEqual(files, {case["file"] for case in self.cases})
        self.assertGreaterEqual(len(files), 80)
