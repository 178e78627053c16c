import base64
import re
from contextlib import nullcontext
from email import message_from_bytes, policy
from email.message import EmailMessage
from unittest.mock import patch
from urllib.parse import quote_plus

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import hmac, mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ..models.ticket.ticket_links import (
    get_link_secrets,
    get_page_link,
    get_sign_off_token,
    get_sign_off_url,
)
from .common import DeskCommon
from .test_vendor_job import VendorCommon

MAIL = """Return-Path: <{sender}>
To: {to}
Cc: {cc}
From: {sender}
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Date: Mon, 05 Jan 2015 10:00:00 +0000
Message-ID: <{message_id}>
{headers}
{body}
"""


@tagged("post_install", "-at_install")
class TestTicketMail(DeskCommon, MailCommon):
    """Real mails through the gateway."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.company_id.alias_domain_id = cls.mail_alias_domain
        cls.team.alias_domain_id = cls.mail_alias_domain
        cls.address = f"first-line@{cls.mail_alias_domain.name}"
        cls.sequence = 0

    def _mail(
        self,
        sender,
        subject="Broken",
        body="It does not work.",
        reply_to=None,
        **values,
    ):
        """Send a mail to the team, or as a reply to a message."""
        type(self).sequence += 1
        headers = values.pop("headers", "")
        if reply_to:
            headers += f"In-Reply-To: {reply_to.message_id}\n"
            headers += f"References: {reply_to.message_id}\n"
        text = MAIL.format(
            sender=sender,
            to=values.pop("to", self.address),
            cc=values.pop("cc", ""),
            subject=subject,
            message_id=f"desk-{self.sequence}@client.example.com",
            headers=headers,
            body=body,
        )
        with (
            self.mock_mail_gateway(),
            mute_logger("odoo.addons.mail.models.mail_thread"),
        ):
            ticket_id = self.env["mail.thread"].message_process(None, text)
            self._send_queue()
        return self.env["itsm.ticket"].browse(ticket_id or [])

    # ------------------------------------------------------------
    # FILING
    # ------------------------------------------------------------

    def test_mail_of_an_employee(self):
        ticket = self._mail(
            "Requester <requester@desk.example.com>", cc="Boss <boss@desk.example.com>"
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "subject": "Broken",
                    "partner_id": self.requester.partner_id.id,
                    "partner_email": "requester@desk.example.com",
                    "department_id": self.department.id,
                    "team_id": self.team.id,
                    "company_id": self.company.id,
                    "channel": "mail",
                    "state": "new",
                    "user_id": False,
                }
            ],
        )
        self.assertIn("boss@desk.example.com", ticket.email_cc)
        self.assertIn("It does not work.", ticket.description)
        self.assertIn(self.requester.partner_id, ticket.message_partner_ids)

    def test_one_message_id_for_all_mails(self):
        """Devices give all mails one Message-ID: what is another mail is filed."""
        raw = (
            "From: scanner@desk.example.com\nTo: %s\nSubject: %s\nDate: %s\n"
            "Message-ID: <scan@device.example.com>\n\n%s\n"
        )
        first = (self.address, "Toner", "Fri, 27 Nov 2026 09:12:44 +0800", "Is low")
        second = (self.address, "Paper", "Sat, 28 Nov 2026 09:12:44 +0800", "Is out")
        third = (self.address, "Paper", "Sun, 29 Nov 2026 09:12:44 +0800", "Is out")
        ids = [
            self.env["mail.thread"].message_process(None, raw % values)
            for values in (first, second, first, second, third)
        ]
        self.assertEqual([bool(key) for key in ids], [True, True, False, False, True])
        self.assertEqual(len(set(ids[:2] + ids[4:])), 3)
        self.assertEqual(self.env["itsm.ticket"].browse(ids[1]).subject, "Paper")
        # What has no date is compared with nothing.
        undated = raw.replace("Date: %s\n", "%.0s")
        self.assertFalse(self.env["mail.thread"].message_process(None, undated % first))

    def test_acknowledgement(self):
        ticket = self._mail("requester@desk.example.com")
        [sent] = [mail for mail in self._mails if ticket.name in mail["subject"]]
        self.assertIn("requester@desk.example.com", str(sent["email_to"]))
        self.assertIn(ticket.name, sent["body"])
        self.assertIn(get_page_link(ticket), sent["body"])
        for secret in (ticket.sudo().access_token, "signup", "hash="):
            self.assertNotIn(secret, sent["body"], "Opens more, or for ever.")
        message = ticket.message_ids.filtered(
            lambda item: item.message_type == "auto_comment"
        )
        self.assertEqual(len(message), 1)
        self.assertFalse(ticket.first_response_at)

    def test_technician_asks_by_mail(self):
        ticket = self._mail("tech@desk.example.com")
        self.assertEqual(ticket.partner_id, self.technician.partner_id)
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.first_response_at)

    def test_unknown_sender(self):
        ticket = self._mail("Newcomer <newcomer@elsewhere.example.com>")
        self.assertEqual(ticket.partner_id.email, "newcomer@elsewhere.example.com")
        self.assertEqual(ticket.partner_id.name, "Newcomer")
        self.company.itsm_accept_unknown = False
        before = self.env["itsm.ticket"].search_count([])
        self.assertFalse(self._mail("other@elsewhere.example.com"))
        self.assertEqual(self.env["itsm.ticket"].search_count([]), before)
        self.assertFalse(
            self.env["res.partner"].search(
                [("email", "=", "other@elsewhere.example.com")]
            )
        )
        [bounce] = self._mails
        self.assertIn("could not be accepted", bounce["body"])
        self.assertTrue(self._mail("requester@desk.example.com"))

    def test_storm_is_filed_and_not_answered(self):
        """Two programs that answer each other stop, whatever their headers say."""
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 1)
        self.env["ir.config_parameter"].set_param("itsm_desk.mail_storm_limit", 3)
        sent = []
        for _i in range(6):
            self.assertTrue(self._mail("robot@elsewhere.example.com"))
            sent.append(
                [mail for mail in self._mails if "robot@" in str(mail["email_to"])]
            )
        self.assertEqual([len(mails) for mails in sent], [1, 1, 1, 0, 0, 0])
        told = self.env["mail.message"].search(
            [("subject", "=", "Many mails of robot@elsewhere.example.com")]
        )
        self.assertEqual(len(told), 1, "The desk is told once.")
        self.assertEqual(told.partner_ids, self.lead.partner_id)

    def test_autoresponder_of_the_requester(self):
        """Sixty rounds with a program that marks nothing end by themselves."""
        ticket = self._mail("requester@desk.example.com")
        rounds = 0
        question = ticket.message_ids[:1]
        for _i in range(20):
            self._mail(
                "requester@desk.example.com",
                body="I got your mail.",
                reply_to=question,
            )
            rounds += any("requester@" in str(mail["email_to"]) for mail in self._mails)
        self.assertLessEqual(rounds, 10)
        self.assertGreaterEqual(len(ticket.message_ids), 20)

    def test_autoresponder_that_thanks(self):
        """Two programs that thank each other stop, also where one is an employee's."""
        self.env["ir.config_parameter"].set_param("itsm_desk.mail_storm_limit", 3)
        ticket = self._solve(self._mail("requester@desk.example.com"))
        rounds = []
        for _i in range(6):
            self._mail(
                "requester@desk.example.com",
                body="Thank you.",
                reply_to=ticket.message_ids[:1],
            )
            rounds.append(
                any("requester@" in str(mail["email_to"]) for mail in self._mails)
            )
        self.assertEqual(ticket.state, "solved")
        self.assertTrue(rounds[0])
        self.assertFalse(any(rounds[3:]), rounds)

    def test_list_that_thanks(self):
        """What a list sent on is not answered by a program."""
        ticket = self._solve(self._mail("requester@desk.example.com"))
        with self.mock_mail_gateway():
            self._send_queue()
        self._mail(
            "requester@desk.example.com",
            body="Thank you, it works.",
            reply_to=ticket.message_ids[:1],
            headers="List-Id: <finance.desk.example.com>\n",
        )
        self.assertEqual(ticket.state, "solved")
        addresses = str([mail["email_to"] for mail in self._mails])
        self.assertNotIn("requester@", addresses)
        self.assertIn("tech@", addresses)
        self.assertNotIn(self.company.email, addresses, "Our mails have no reader.")

    def test_answer_address_of_somebody_else(self):
        """Nobody files in the name of an employee by naming the address."""
        for sender in ("evil@evil.example", "no-reply@evil.example"):
            with self.subTest(sender=sender):
                ticket = self._mail(
                    f"{sender}", headers="Reply-To: Boss <boss@desk.example.com>\n"
                )
                if not ticket:
                    # What nobody reads is the report of a program.
                    continue
                self.assertEqual(ticket.partner_id.email_normalized, sender)
                self.assertFalse(
                    [m for m in self._mails if "boss@" in str(m["email_to"])]
                )
                notes = "".join(map(str, ticket.message_ids.mapped("body")))
                self.assertIn("asks for an answer to boss@desk.example.com", notes)

    def test_answer_address_of_a_form(self):
        """A form is answered where it says so, and the ticket tells who sent it."""
        for sender in ("no-reply@forms.example", f"web@{self.mail_alias_domain.name}"):
            with self.subTest(sender=sender):
                ticket = self._mail(
                    sender, headers="Reply-To: Li Na <li.na@customer.example>\n"
                )
                self.assertEqual(ticket.partner_id.email, "li.na@customer.example")
                notes = "".join(map(str, ticket.message_ids.mapped("body")))
                self.assertIn(f"Sent by {sender}", notes)

    def test_subject_is_no_template(self):
        ticket = self._mail(
            "requester@desk.example.com",
            subject="{{ object.env.user.password }}",
            body="<script>alert(1)</script>",
        )
        self.assertEqual(ticket.subject, "{{ object.env.user.password }}")
        self.assertNotIn("<script>", ticket.description)

    # ------------------------------------------------------------
    # ANSWERING
    # ------------------------------------------------------------

    def test_number_after_a_note(self):
        """An answer by the number reaches the requester, also after a note."""
        ticket = self._mail("requester@desk.example.com")
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.message_post(body="Look at this", subtype_xmlid="mail.mt_note")
        self._mail(
            "tech@desk.example.com",
            subject=f"Re: {ticket.name.lower()}",
            body="Please restart it.",
        )
        message = ticket.message_ids[:1]
        self.assertIn("Please restart it.", message.body)
        self.assertFalse(message.is_internal)
        self.assertIn(self.requester.partner_id, message.notified_partner_ids)
        self.assertTrue(ticket.first_response_at)

    def test_vendor_answers_by_mail(self):
        """A technician of the vendor that has the ticket writes to the desk."""
        vendor = self.env["res.partner"].create({"name": "V", "is_company": True})
        person = VendorCommon._new_person.__func__(type(self), "v_person", vendor)
        ticket = self._mail("requester@desk.example.com")
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_start()
        with self.mock_mail_gateway():
            mine.action_send_to_vendor(vendor.id, "Replace the fuser")
        mail = self.env["mail.mail"].search(
            [("model", "=", "itsm.vendor.job")], order="id desc", limit=1
        )
        self.assertIn(self.mail_alias_domain.catchall_email, mail.reply_to)
        for reply, subject in (
            (mail.mail_message_id, "Re: a ticket for V"),
            (None, f"AW: {ticket.name}: a ticket for V"),
        ):
            with self.subTest(subject=subject):
                self._mail(
                    "v_person@example.com",
                    subject=subject,
                    body="The part comes on Monday.",
                    reply_to=reply,
                    to=self.mail_alias_domain.catchall_email,
                )
                message = ticket.message_ids[:1]
                self.assertEqual(message.author_id, person.partner_id)
                self.assertIn("comes on Monday", message.body)
                self.assertTrue(message.is_internal)
                self.assertEqual(
                    message.notified_partner_ids, self.technician.partner_id
                )
                self.assertFalse(
                    [m for m in self._mails if "requester@" in str(m["email_to"])]
                )
        self.assertNotIn(person.partner_id, ticket.message_partner_ids)
        self.assertEqual(ticket.state, "in_progress")
        # Who has it no more is a stranger, and shown to the desk.
        mine.action_take_back("Too slow")
        self._mail(
            "v_person@example.com", body="Late news.", reply_to=mail.mail_message_id
        )
        message = ticket.message_ids[:1]
        self.assertIn("Late news.", message.body)
        self.assertTrue(message.is_internal)

    def test_cancelled_without_anybody(self):
        """An answer to it reaches the managers where the team has nobody."""
        ticket = self._mail("requester@desk.example.com")
        ticket.with_user(self.manager).action_cancel("Asked twice")
        self.team.write({"leader_id": False, "member_ids": [(5,)]})
        self._mail(
            "requester@desk.example.com",
            body="No, I need it.",
            reply_to=ticket.message_ids[-1:],
        )
        self.assertIn(self.manager, ticket.activity_ids.user_id)

    def test_technician_answers_by_mail(self):
        ticket = self._mail("requester@desk.example.com")
        question = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        with freeze_time("2026-03-04 09:00:00"):
            self._mail("tech@desk.example.com", reply_to=question)
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "assigned",
                    "user_id": self.technician.id,
                    "first_responder_id": self.technician.id,
                    # The server's clock, not the date that the mail claims.
                    "first_response_at": fields.Datetime.to_datetime(
                        "2026-03-04 09:00:00"
                    ),
                }
            ],
        )

    def test_automatic_answers_do_not_count(self):
        ticket = self._mail("requester@desk.example.com")
        question = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self._mail(
            "tech@desk.example.com",
            reply_to=question,
            headers="Auto-Submitted: auto-replied\n",
        )
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.first_response_at)
        self._solve(ticket)
        self._mail(
            "requester@desk.example.com",
            reply_to=ticket.message_ids[:1],
            headers="Auto-Submitted: auto-replied\n",
        )
        self.assertEqual(ticket.state, "solved")

    def test_readers_of_the_copy_never_own(self):
        ticket = self._mail(
            "requester@desk.example.com",
            cc="stranger@desk.example.com, portal.requester@example.com",
        )
        question = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        for sender in (
            "stranger@desk.example.com",
            "portal.requester@example.com",
            "boss@desk.example.com",
            "outsider@desk.example.com",
            "requester@desk.example.com",
            "nobody@elsewhere.example.com",
        ):
            self._mail(sender, reply_to=question)
            self.assertFalse(ticket.user_id, sender)
            self.assertFalse(ticket.first_response_at, sender)
        self.assertEqual(ticket.state, "new")

    # ------------------------------------------------------------
    # ASKING AGAIN
    # ------------------------------------------------------------

    def test_reply_resumes(self):
        ticket = self._mail("requester@desk.example.com")
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_pend(self.reason_parts.id)
        self._mail("requester@desk.example.com", reply_to=ticket.message_ids[:1])
        self.assertEqual(ticket.state, "pending", "Parts do not come by mail.")
        mine.action_resume()
        mine.action_pend(self.reason_requester.id)
        self._mail("stranger@desk.example.com", reply_to=ticket.message_ids[:1])
        self.assertEqual(ticket.state, "pending")
        self._mail("requester@desk.example.com", reply_to=ticket.message_ids[:1])
        self.assertEqual(ticket.state, "in_progress")

    def test_reply_in_time_reopens(self):
        ticket = self._solve(self._mail("requester@desk.example.com"))
        solution = ticket.message_ids[:1]
        self._mail("stranger@desk.example.com", reply_to=solution)
        self.assertEqual(ticket.state, "solved")
        self._mail(
            "requester@desk.example.com", reply_to=solution, body="Still broken."
        )
        self.assertRecordValues(ticket, [{"state": "in_progress", "reopen_count": 1}])
        self.assertFalse(ticket.child_ids)

    def test_late_reply_opens_a_follow_up(self):
        with freeze_time("2026-03-04 09:00:00"):
            ticket = self._solve(self._mail("requester@desk.example.com"))
        solution = ticket.message_ids[:1]
        with freeze_time("2026-04-04 09:00:00"):
            self._mail("requester@desk.example.com", reply_to=solution, body="Again!")
        self.assertRecordValues(
            ticket,
            [{"state": "closed", "sign_off_method": "unsigned", "reopen_count": 0}],
        )
        self.assertRecordValues(
            ticket.child_ids,
            [
                {
                    "state": "new",
                    "partner_id": self.requester.partner_id.id,
                    "team_id": self.team.id,
                    "channel": "mail",
                }
            ],
        )
        self.assertIn("Again!", ticket.child_ids.description)

    def test_reply_to_a_signed_ticket_opens_a_follow_up(self):
        ticket = self._solve(self._mail("requester@desk.example.com"))
        ticket.with_user(self.requester).action_sign_off(5)
        self._mail("requester@desk.example.com", reply_to=ticket.message_ids[:1])
        self.assertEqual(ticket.state, "closed")
        self.assertEqual(len(ticket.child_ids), 1)

    def test_solution_brings_the_signed_link(self):
        ticket = self._mail("requester@desk.example.com")
        with self.mock_mail_gateway():
            self._solve(ticket)
            self._send_queue()
        [sent] = [mail for mail in self._mails if "is solved" in mail["subject"]]
        self.assertIn("requester@desk.example.com", str(sent["email_to"]))
        self.assertIn(get_sign_off_token(ticket), sent["body"])
        self.assertIn("Old mail was archived.", sent["body"])

    def test_only_the_requester_gets_the_link(self):
        ticket = self._mail("requester@desk.example.com")
        ticket.message_subscribe(self.stranger.partner_id.ids)
        self._solve(ticket)
        with self.mock_mail_gateway():
            ticket.with_user(self.technician).message_post(
                body="Please sign.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        token = get_sign_off_token(ticket)
        holders = [
            str(mail["email_to"]) for mail in self._mails if token in mail["body"]
        ]
        self.assertEqual(len(holders), 1)
        self.assertIn("requester@desk.example.com", holders[0])
        self.assertGreater(len(self._mails), 1)

    def test_link_goes_to_the_address_of_filing_only(self):
        """The solver changes the address of the contact, and gets no link."""
        ticket = self._mail("requester@desk.example.com")
        partner = ticket.partner_id
        keeper = new_test_user(
            self.env, "keeper", groups="base.group_user,base.group_partner_manager"
        )
        partner.user_ids.sudo().active = False
        partner.with_user(keeper).write({"email": "me@private.example.com"})
        with self.mock_mail_gateway():
            self._solve(ticket)
            self._send_queue()
        [sent] = [mail for mail in self._mails if "is solved" in mail["subject"]]
        self.assertIn("me@private.example.com", str(sent["email_to"]))
        self.assertNotIn(get_sign_off_token(ticket), sent["body"])
        self.assertNotIn("?link=", sent["body"])
        self.assertIn("me@private.example.com", str(ticket.message_ids.mapped("body")))

    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_typed_code_gets_no_link(self):
        ticket = self._mail("requester@desk.example.com")
        self._solve(ticket)
        token = get_sign_off_token(ticket)
        renderer = self.env["mail.render.mixin"]
        for code in (
            "object._get_sign_off_url()",
            "object._get_sign_off_token()",
            "object.sudo()._sign_token(object.partner_id.id)",
            "object.sudo()._portal_ensure_token()",
            "object.sudo()._notify_get_recipients_groups(object.message_ids[:1], 'x')",
        ):
            with self.subTest(code=code):
                try:
                    text = renderer._render_template(
                        "{{ " + code + " }}", ticket._name, ticket.ids
                    )
                except UserError:
                    continue
                for secret in get_link_secrets(ticket):
                    self.assertNotIn(secret, str(text))
        with self.mock_mail_gateway():
            renderer._render_template(
                "{{ object.sudo().message_post(body='Please sign', "
                "message_type='comment', subtype_xmlid='mail.mt_comment', "
                "partner_ids=object.partner_id.ids) }}",
                ticket._name,
                ticket.ids,
            )
        self.assertTrue(self._mails)
        for mail in self._mails:
            self.assertNotIn(token, mail["body"])
            self.assertNotIn("?link=", mail["body"])

    def test_secret_of_the_database_signs_nothing(self):
        """A Settings administrator reads it, and what else the link was made of."""
        ticket = self._solve(self._mail("requester@desk.example.com")).sudo()
        admin = self.env.ref("base.user_admin")
        scope = (ticket.id, ticket.partner_id.id, str(ticket.solved_at))
        forged = hmac(self.env, "itsm-ticket-sign-off", scope)
        self.assertFalse(ticket._is_sign_off_token(forged))
        self.assertTrue(ticket.handling_id.link_secret)
        for record, name in (
            (ticket.handling_id, "link_secret"),
            (ticket, "access_token"),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                record.with_user(admin).sudo(False).read([name])

    # ------------------------------------------------------------
    # LINKS IN WHAT IS QUOTED
    # ------------------------------------------------------------

    def _assert_clean(self, ticket, *kept):
        """No message or file of the ticket holds a link that opens or signs it."""
        ticket = ticket.sudo()
        messages = ticket.message_ids
        texts = [*messages.mapped("body"), ticket.description or ""]
        for file in messages.attachment_ids:
            mail = message_from_bytes(file.raw, policy=policy.default)
            texts += [file.raw.decode("latin-1"), *self._read_texts(mail)]
        text = re.sub(r"[\s>=]|&gt;|<br/?>", "", "".join(map(str, texts)))
        for secret in get_link_secrets(ticket):
            self.assertNotIn(secret, text)
        for words in kept:
            self.assertIn(re.sub(r"\s", "", words), text)

    def _read_texts(self, mail):
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                yield part.get_content()

    def test_quoted_links(self):
        """Whoever answers the mail of a solution quotes its live link."""
        ticket = self._solve(self._mail("requester@desk.example.com"))
        sign, page = get_sign_off_url(ticket), get_page_link(ticket)
        old = f"{ticket.get_base_url()}{ticket.sudo()._get_share_url(redirect=True)}"
        quotes = {
            "whole": f"Thanks!\n> Sign off: {sign}\n> See {page} and {old}\n",
            "broken": "Thanks!\n> "
            + "\n> ".join(sign[i : i + 50] for i in range(0, len(sign), 50)),
            "scanner": "Thanks!\nhttps://links.example.com/?url="
            f"{quote_plus(sign)}&and={quote_plus(page)}&then={quote_plus(old)}",
            "brackets": f"Thanks! Sign off <{sign}>, <{old}>",
        }
        for name, body in quotes.items():
            with self.subTest(quoted=name):
                self._mail(
                    "private@else.example.com",
                    body=body,
                    reply_to=ticket.message_ids[:1],
                )
                self._assert_clean(ticket, "Thanks!")
        self.assertEqual(ticket.state, "solved")
        self.assertGreaterEqual(len(ticket.message_ids), 5)

    def test_programs_quote_links(self):
        """Holiday notices, reports of mails that came back, and what waits by hand."""
        ticket = self._solve(self._mail("requester@desk.example.com"))
        sign, page = get_sign_off_url(ticket), get_page_link(ticket)
        body = f"On holiday!\n> Sign off: {sign}\n> See {page}\n"
        automatic = "Auto-Submitted: auto-replied\n"
        message = ticket.message_ids[:1]
        self._mail(
            "requester@desk.example.com",
            body=body,
            headers=automatic,
            reply_to=message,
        )
        self._assert_clean(ticket, "On holiday!")
        self._mail(
            f"MAILER-DAEMON@{self.mail_alias_domain.name}",
            to=self.mail_alias_domain.bounce_email,
            body=body,
            reply_to=message,
        )
        self._assert_clean(ticket)
        entries = self.env["itsm.inbound.mail"]
        for is_failing in (False, True):
            known = entries.search([])
            broken = patch.object(
                self.registry["itsm.ticket"],
                "message_new",
                side_effect=ValueError("broken"),
            )
            with self.subTest(fails=is_failing), mute_logger("odoo.sql_db"):
                with broken if is_failing else nullcontext():
                    self._mail(
                        "stranger@else.example.com",
                        body=body,
                        headers="" if is_failing else automatic,
                    )
                entry = entries.search([]) - known
                self.assertEqual(entry.state, "failed" if is_failing else "ignored")
                raw = base64.b64decode(entry.sudo().raw)
                self.assertIn(b"On holiday!", raw)
                self.assertNotIn(get_sign_off_token(ticket).encode(), raw)
                self.assertNotIn(page.partition("link=")[2].encode(), raw)

    def test_quoted_links_in_html_and_files(self):
        ticket = self._solve(self._mail("requester@desk.example.com"))
        sign, page = get_sign_off_url(ticket), get_page_link(ticket)
        html = f'<p>Thanks!</p><a href="{sign}">Sign</a> <a href="{page}&amp;x=1">P</a>'
        inner = EmailMessage()
        inner["Subject"] = "is solved"
        inner.set_content(f"Sign off: {sign}", cte="quoted-printable")
        inner.add_alternative(html, subtype="html", cte="base64")
        mail = EmailMessage()
        mail["From"] = "private@else.example.com"
        mail["To"] = self.address
        mail["Subject"] = "Re: is solved"
        mail["Message-ID"] = "<forwarded@else.example.com>"
        mail["In-Reply-To"] = ticket.message_ids[:1].message_id
        mail.set_content(f"Thanks! {sign}")
        mail.add_alternative(html, subtype="html")
        mail.add_attachment(inner)
        mail.add_attachment(
            inner.as_bytes(), "application", "octet-stream", filename="a.eml"
        )
        mail.add_attachment(f"Link: {sign}", filename="note.txt")
        mail.add_attachment(b"\x00\xff", "image", "png", filename="../x\u202egnp.png")
        for save_original in (False, True):
            mail.replace_header(
                "Message-ID", f"<forwarded-{save_original}@else.example.com>"
            )
            with (
                self.mock_mail_gateway(),
                mute_logger("odoo.addons.mail.models.mail_thread"),
            ):
                self.env["mail.thread"].message_process(
                    None, mail.as_bytes(), save_original=save_original
                )
            self._assert_clean(ticket, "Thanks!")
        files = ticket.message_ids.sudo().attachment_ids
        self.assertGreaterEqual(len(files), 9)
        self.assertIn(b"\x00\xff", files.mapped("raw"), "Other files stay as they are.")
        self.assertIn("x_gnp.png", files.mapped("name"))

    def test_links_of_others_stay(self):
        link = "https://vendor.example.com/my/invoices/1?access_token=abc123"
        ticket = self._mail("requester@desk.example.com", body=f"See {link} please")
        self.assertIn("access_token=abc123", ticket.description)
