import base64
from datetime import timedelta
from email.message import EmailMessage

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ..models.ticket.ticket_links import get_sign_off_token
from .common import DeskCommon

MAIL = b"""From: %s
To: first-line@%s
Subject: Lost
Message-ID: <%s@client.example.com>

Where is it?
"""


@tagged("post_install", "-at_install")
class TestTicketInboundMail(DeskCommon, MailCommon):
    """The list of received mails, who is told what, and the settings of mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.alias_domain_id = cls.mail_alias_domain
        cls.team.alias_domain_id = cls.mail_alias_domain

    @mute_logger(
        "odoo.addons.mail.models.mail_thread",
        "odoo.addons.itsm_desk.models.mail.mail_thread",
    )
    def _feed(self, name="m1", sender="requester@desk.example.com", domain=None):
        raw = MAIL % (
            sender.encode(),
            (domain or self.mail_alias_domain.name).encode(),
            name.encode(),
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, raw)
        return self.env["itsm.inbound.mail"].search([], order="id desc", limit=1)

    def _run_job(self, name):
        """Run a scheduled job as the scheduler does."""
        with self.enter_registry_test_mode():
            self.env.ref(f"itsm_desk.{name}").method_direct_trigger()

    # ------------------------------------------------------------
    # A COMPANY WITHOUT A TEAM
    # ------------------------------------------------------------

    def test_company_without_a_team(self):
        """Every channel files, and the managers are asked to choose a team."""
        company = self.env["res.company"].create({"name": "New", "email": "n@n.co"})
        people = self.requester | self.portal | self.technician
        people.company_ids += company
        self.portal.company_id = company
        filed = self._file_by_every_channel(company)
        for channel, result in filed.items():
            with self.subTest(channel=channel):
                self.assertIn("Nobody works at the service desk of New", result)
        self.manager.company_ids += company
        filed = self._file_by_every_channel(company)
        for channel, ticket in filed.items():
            with self.subTest(channel=channel):
                self.assertEqual(ticket.company_id, company)
                self.assertFalse(ticket.team_id)
                self.assertEqual(ticket.activity_ids.user_id, self.manager)
                ticket.with_user(self.manager).check_access("write")
        # The team that is made then takes them.
        team = self.env["itsm.team"].create({"name": "New", "company_id": company.id})
        tickets = self.env["itsm.ticket"].union(*filed.values())
        tickets.filtered(lambda ticket: not ticket.user_id).with_user(
            self.manager
        ).write({"team_id": team.id})
        later = self._file_by_every_channel(company)
        self.assertEqual({ticket.team_id for ticket in later.values()}, {team})

    def _file_by_every_channel(self, company):
        """Return ``{channel: ticket, or why it was refused}``."""
        values = {"subject": "Help", "company_id": company.id}
        result = {}
        tickets = self.env["itsm.ticket"].with_company(company)
        for channel, records, more in (
            ("back office", tickets.with_user(self.requester), {}),
            # As the page of the portal files it
            (
                "portal",
                tickets.with_user(self.portal).sudo(),
                {"channel": "portal", "partner_id": self.portal.partner_id.id},
            ),
            (
                "phone",
                tickets.with_user(self.technician),
                {"channel": "phone", "partner_id": self.stranger.partner_id.id},
            ),
        ):
            try:
                result[channel] = records.create({**values, **more}).sudo()
            except UserError as error:
                result[channel] = str(error)
        name = f"c{self.env['itsm.inbound.mail'].search_count([])}"
        raw = MAIL % (
            b"requester@desk.example.com",
            b"nowhere.example.com",
            name.encode(),
        )
        with (
            self.mock_mail_gateway(),
            mute_logger(
                "odoo.addons.mail.models.mail_thread",
                "odoo.addons.itsm_desk.models.mail.mail_thread",
            ),
        ):
            self.env["mail.thread"].message_process(
                "itsm.ticket", raw, custom_values={"company_id": company.id}
            )
        entry = self.env["itsm.inbound.mail"].search([], order="id desc", limit=1)
        result["mail"] = entry.ticket_id or entry.note
        if entry.state == "failed":
            self.assertTrue(entry.raw)
        return result

    # ------------------------------------------------------------
    # WHAT COULD NOT BE FILED
    # ------------------------------------------------------------

    def test_filed_by_hand(self):
        entry = self._feed(sender="Printer without address")
        self.assertEqual(entry.state, "failed")
        self.assertIn(b"Where is it?", base64.b64decode(entry.raw))
        mine = entry.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "choose the requester"):
            mine.action_file_by_hand()
        mine.partner_id = self.requester.partner_id
        action = mine.action_file_by_hand()
        ticket = self.env["itsm.ticket"].browse(action["res_id"])
        self.assertRecordValues(
            ticket,
            [
                {
                    "subject": "Lost",
                    "partner_id": self.requester.partner_id.id,
                    "team_id": self.team.id,
                    "channel": "mail",
                    "user_id": False,
                }
            ],
        )
        self.assertIn("Where is it?", ticket.description)
        self.assertIn(entry.raw_name, ticket.message_ids.attachment_ids.mapped("name"))
        self.assertRecordValues(
            entry, [{"state": "filed", "handled_by_id": self.technician.id}]
        )
        with self.assertRaisesRegex(UserError, "does not wait"):
            mine.action_file_by_hand()

    def test_added_by_hand(self):
        ticket = self._file()
        entry = self._feed(sender="Printer without address")
        mine = entry.with_user(self.technician)
        mine.ticket_id = ticket
        mine.action_file_by_hand()
        self.assertEqual(entry.state, "answered")
        self.assertIn(entry.raw_name, ticket.message_ids.attachment_ids.mapped("name"))

    def test_added_by_hand_as_if_it_came(self):
        """It resumes what waits for it, and its files are unpacked."""
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_start()
        mine.action_pend(self.reason_requester.id)
        mail = EmailMessage()
        mail["From"] = "requester@desk.example.com"
        mail["To"] = f"first-line@{self.mail_alias_domain.name}"
        mail["Subject"] = "Out of Office: the door"
        mail["Message-ID"] = "<by-hand@client.example.com>"
        mail.set_content("It is room 4.")
        mail.add_attachment(b"a,b", maintype="text", subtype="csv", filename="r.csv")
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process(None, mail.as_bytes())
        entry = self.env["itsm.inbound.mail"].search([], order="id desc", limit=1)
        self.assertEqual(entry.state, "ignored")
        found = entry.with_user(self.technician)
        found.ticket_id = ticket
        found.action_file_by_hand()
        self.assertEqual(ticket.state, "in_progress")
        message = ticket.message_ids.filtered(
            lambda item: item.message_type == "email" and "room 4" in item.body
        )
        self.assertEqual(message.author_id, self.requester.partner_id)
        self.assertEqual(message.attachment_ids.mapped("name"), ["r.csv"])
        self.assertRecordValues(
            entry, [{"state": "answered", "handled_by_id": self.technician.id}]
        )

    def test_strangers_mail_added_by_hand(self):
        """Whoever files it lends its sender no rights."""
        ticket = self._solve(self._file())
        entry = self._feed(sender="other@elsewhere.example.com")
        # sudo as the gateway: as if the rules had let it lie
        entry.write(
            {
                "state": "ignored",
                "ticket_id": False,
                **entry._prepare_raw(
                    MAIL % (b"other@elsewhere.example.com", b"x.example", b"m9")
                ),
            }
        )
        found = entry.with_user(self.technician)
        found.ticket_id = ticket
        found.action_file_by_hand()
        self.assertEqual(ticket.state, "solved")
        message = ticket.message_ids.filtered(lambda item: item.message_type == "email")
        self.assertTrue(message.is_internal)

    def test_lead_is_told(self):
        entry = self._feed(sender="Printer without address")
        told = self.env["mail.message"].search(
            [("subject", "=", f"Mail could not be filed: {entry.subject}")]
        )
        self.assertEqual(told.partner_ids, self.lead.partner_id)

    def test_failed_mail_comes_again(self):
        entry = self._feed(sender="No address")
        self.assertEqual(entry.state, "failed")
        again = self._feed()
        self.assertEqual(again, entry)
        self.assertEqual(again.state, "filed")

    def test_what_nobody_writes(self):
        entry = self._feed(sender="No address")
        for values in ({"state": "dismissed"}, {"sender": "x"}, {"raw": b"eA=="}):
            for user in (self.technician, self.manager):
                with self.subTest(values=values), self.assertRaises(AccessError):
                    entry.with_user(user).write(values)
        with self.assertRaises(AccessError):
            entry.with_user(self.manager).copy({"message_id": "x"})
        with self.assertRaises(AccessError):
            entry.with_user(self.manager).unlink()
        for user in (self.requester, self.specialist, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                entry.with_user(user).read(["raw"])
        entry.with_user(self.technician).action_dismiss()
        with self.assertRaises(UserError):
            entry.with_user(self.technician).partner_id = self.requester.partner_id

    def test_employees_hand_in_nothing(self):
        with self.assertRaises(AccessError):
            self.env["mail.thread"].with_user(self.technician).message_process(
                None,
                MAIL
                % (b"x@y.example", self.mail_alias_domain.name.encode(), b"forged"),
            )
        self.assertFalse(
            self.env["itsm.inbound.mail"].search([("message_id", "like", "forged")])
        )

    def test_large_mail(self):
        """20 MB are filed."""
        raw = (
            f"From: requester@desk.example.com\nTo: first-line@"
            f"{self.mail_alias_domain.name}\nSubject: Large\n"
            "Message-ID: <large@client.example.com>\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nText\n--b\n'
            'Content-Disposition: attachment; filename="a.bin"\n'
            "Content-Type: application/octet-stream\n"
            "Content-Transfer-Encoding: base64\n\n"
        ).encode()
        raw += base64.encodebytes(b"\x00" * (15 * 1024 * 1024)) + b"\n--b--\n"
        self.assertGreater(len(raw), 20 * 1024 * 1024)
        with self.mock_mail_gateway():
            ticket_id = self.env["mail.thread"].message_process(None, raw)
        ticket = self.env["itsm.ticket"].browse(ticket_id)
        self.assertEqual(
            ticket.message_ids.attachment_ids.mapped("file_size"), [15 * 1024 * 1024]
        )

    # ------------------------------------------------------------
    # WHO IS TOLD
    # ------------------------------------------------------------

    def test_followers_of_the_team(self):
        """They hear of new tickets and answers by mail or in Discuss, as each chose."""
        self.colleague.notification_type = "inbox"
        people = self.technician | self.colleague
        self.team.message_subscribe(people.partner_id.ids)
        entry = self._feed()
        first = entry.ticket_id.message_ids.filtered(
            lambda message: message.message_type == "email"
        )
        kinds = {
            notification.res_partner_id: notification.notification_type
            for notification in first.notification_ids
        }
        self.assertEqual(kinds[self.technician.partner_id], "email")
        self.assertEqual(kinds[self.colleague.partner_id], "inbox")
        ticket = self._file().sudo()
        people = ticket.message_ids.notified_partner_ids
        self.assertIn(self.technician.partner_id, people)
        self.assertIn(self.technician.partner_id, ticket.message_partner_ids)
        subtypes = self.env.ref("itsm_desk.mt_team_ticket_new")
        follower = self.second_team.message_follower_ids
        self.assertFalse(follower)
        self.assertIn(subtypes, self.team.message_follower_ids.subtype_ids)

    def test_low_rating(self):
        for rating, count in ((1, 1), (2, 1), (3, 0)):
            ticket = self._solve(self._file())
            ticket.with_user(self.requester).action_sign_off(rating)
            told = ticket.activity_ids.user_id
            # The lead, and whoever judges whether it is a complaint.
            self.assertEqual(self.lead in told, bool(count), rating)
            self.assertEqual(len(ticket.activity_ids), 2 * count, rating)

    def test_reminders(self):
        """After half of the time, on the last day, when it has passed; not at night."""
        self.company.itsm_tz = "UTC"
        self.company.itsm_sign_off_days = 5
        with freeze_time("2026-03-02 09:00:00"):
            ticket = self._solve(self._file())
        deadline = ticket.sign_off_deadline
        self.assertEqual(deadline, fields.Datetime.to_datetime("2026-03-09 23:59:59"))
        sent = []
        for moment in (
            "2026-03-05 08:00:00",
            "2026-03-06 07:00:00",
            "2026-03-06 08:00:00",
            "2026-03-09 07:00:00",
            "2026-03-09 08:00:00",
            "2026-03-09 09:00:00",
        ):
            with freeze_time(moment):
                self._run_job("ir_cron_remind_sign_off")
            ticket.invalidate_recordset()
            sent.append(self._count_messages(ticket, "please sign off"))
        self.assertEqual(sent, [0, 0, 1, 1, 2, 2])
        with freeze_time(deadline + timedelta(minutes=1)):
            self._run_job("ir_cron_close_unsigned")
        ticket.invalidate_recordset()
        self.assertEqual(ticket.sign_off_method, "unsigned")
        self.assertEqual(self._count_messages(ticket, "without your signature"), 1)
        self.assertTrue(ticket._is_sign_off_token(get_sign_off_token(ticket)))

    def _count_messages(self, ticket, subject):
        """Return how many messages to the requester have these words as subject."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "itsm.ticket"),
                ("res_id", "=", ticket.id),
                ("subject", "like", subject),
            ]
        )
        for message in messages:
            self.assertIn(self.requester.partner_id, message.notified_partner_ids)
        return len(messages)

    # ------------------------------------------------------------
    # SETTINGS
    # ------------------------------------------------------------

    def test_manager_opens_the_settings(self):
        window = self.env["itsm.settings"].with_user(self.manager).create({})
        self.assertIn("Each team has a whole address", window.mail_checklist)
        window.write({"itsm_sign_off_days": 7, "authserv_id": "mx.example.com"})
        window.action_apply()
        self.assertEqual(self.company.itsm_sign_off_days, 7)
        self.assertEqual(
            self.env["ir.config_parameter"].get_param("itsm_desk.authserv_id"),
            "mx.example.com",
        )
        for user in (self.technician, self.lead, self.requester):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["itsm.settings"].with_user(user).create({})
        window.itsm_sign_off_days = 0
        with self.assertRaises(UserError):
            window.action_apply()

    def test_administrator_sees_the_block(self):
        admin = self._new_user("admin_only")
        admin.group_ids += self.env.ref("base.group_system")
        arch = (
            self.env["res.config.settings"].with_user(admin).get_view(view_type="form")
        )["arch"]
        self.assertIn("itsm_mail_checklist", arch)

    def test_team_says_what_its_address_lacks(self):
        self.assertFalse(self.team.alias_warning)
        self.team.alias_domain_id = False
        self.assertIn("no domain", self.team.alias_warning)
        self.team.alias_name = False
        self.assertIn("no mail address", self.team.alias_warning)

    def test_alias_is_not_written_in_silence(self):
        for user in (self.lead, self.technician, self.requester):
            for values in (
                {"alias_name": "stolen"},
                {"alias_contact": "followers"},
                {"alias_domain_id": False},
            ):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(AccessError):
                        self.team.with_user(user).write(values)
        self.team.with_user(self.manager).write({"alias_name": "front-desk"})
        self.assertEqual(self.team.alias_name, "front-desk")

    def test_copied_strangers_get_answers(self):
        ticket = self._file()
        ticket.sudo().email_cc = "Eve <eve@else.example.org>"
        self.team.write({"member_ids": [Command.link(self.technician.id)]})
        with self.mock_mail_gateway():
            ticket.with_user(self.technician).message_post(
                body="We come.", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.assertIn(
            "eve@else.example.org", str([mail["email_to"] for mail in self._mails])
        )
        with self.mock_mail_gateway():
            ticket.with_user(self.technician).message_post(body="For us only.")
        self.assertNotIn("eve@", str([mail["email_to"] for mail in self._mails]))
