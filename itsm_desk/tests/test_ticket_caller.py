from email.message import EmailMessage

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ..controllers.portal_filing import TICKETS_AN_HOUR
from ..tools.upload import MAX_FILE_BYTES, clean_name
from .common import SIGNATURE, DeskCommon, ForeignVerbs


@tagged("post_install", "-at_install")
class TestTicketCaller(ForeignVerbs, DeskCommon):
    """What a caller sends along: defaults, another requester, mails, ids."""

    def _keep_default(self, user, name, value):
        self.env["ir.default"].with_user(user).set(
            "itsm.ticket", name, value, user_id=True
        )

    def test_requesters_set_no_desk_field_by_default(self):
        Ticket = self.env["itsm.ticket"].with_user(self.requester)
        values = {"subject": "No mail", "service_id": self.service.id}
        for name, value in {
            "channel": "phone",
            "team_id": self.second_team.id,
            "cause": "x",
            "minutes_spent": 5,
            "collaborator_ids": [Command.link(self.stranger.id)],
        }.items():
            with self.subTest(name=name), self.assertRaises(AccessError):
                Ticket.with_context(**{f"default_{name}": value}).create(values)
        self.assertTrue(Ticket.with_context(default_channel="portal").create(values))

    def test_requesters_set_no_desk_field_by_a_stored_default(self):
        Ticket = self.env["itsm.ticket"].with_user(self.requester)
        values = {"subject": "No mail", "service_id": self.service.id}
        self._keep_default(self.requester, "cause", "x")
        with self.assertRaises(AccessError):
            Ticket.create(values)

    def test_stored_defaults_skip_no_step(self):
        for name, value in {
            "state": "refused",
            "stop_reason": "x",
            "rating_value": 5,
            "approved_by_id": self.requester.id,
            "sign_off_method": "portal",
        }.items():
            self._keep_default(self.requester, name, value)
        ticket = self._file()
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "new",
                    "stop_reason": False,
                    "rating_value": 0,
                    "approved_by_id": False,
                    "sign_off_method": False,
                }
            ],
        )

    def test_who_filed_stays_the_requester(self):
        """Nobody gives a ticket to a friend who then signs it off."""
        tickets = {
            "back office": self._file(),
            "portal": self._file_portal(),
            "mail": self._file(
                self.env.ref("base.user_root"),
                partner_id=self.portal.partner_id.id,
                channel="mail",
            ),
        }
        for way, ticket in tickets.items():
            for user in (self.technician, self.lead, self.manager):
                mine = ticket.with_user(user)
                for vals in (
                    {"partner_id": self.stranger.partner_id.id},
                    {"channel": "phone"},
                    {"channel": "phone", "partner_id": self.stranger.partner_id.id},
                ):
                    with (
                        self.subTest(way=way, user=user.login, vals=vals),
                        self.assertRaises(UserError),
                    ):
                        mine.write(vals)
            mine.write({"partner_id": ticket.partner_id.id, "channel": ticket.channel})
        called = self._file(
            self.technician, partner_id=self.requester.partner_id.id, channel="phone"
        )
        called.write({"partner_id": self.stranger.partner_id.id})
        self.assertEqual(called.partner_id, self.stranger.partner_id)

    def test_who_reads_ratings(self):
        ticket = self._solve(self._file())
        ticket.action_sign_off(2, "Slow")
        Rating = self.env["rating.rating"]
        domain = [("res_model", "=", "itsm.ticket"), ("res_id", "=", ticket.id)]
        far_company = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far",
            "group_itsm_manager",
            company_id=far_company.id,
            company_ids=[Command.set(far_company.ids)],
        )
        for user, count in {
            self.requester: 1,
            self.technician: 1,
            self.manager: 1,
            self.stranger: 0,
            self.colleague: 1,
            self.quality: 1,
            self.outsider: 0,
            far: 0,
        }.items():
            with self.subTest(user=user.login):
                found = Rating.with_user(user).search(domain)
                self.assertEqual(len(found), count)
        other = Rating.create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.requester.partner_id.id,
            }
        )
        self.assertTrue(other.with_user(self.stranger).has_access("read"))

    def test_mails_come_from_the_gateway(self):
        ticket = self._file()
        mail = EmailMessage()
        mail["From"] = "tech@desk.example.com"
        mail["To"] = self.team.alias_email or "first-line@example.com"
        mail["Subject"] = "Re"
        mail["Message-Id"] = "<forged@example.com>"
        mail.set_content("I will do it.")
        followers = ticket.sudo().message_partner_ids
        for user in (self.stranger, self.requester, self.technician):
            for model in ("mail.thread", "itsm.ticket"):
                with (
                    self.subTest(user=user.login, model=model),
                    self.assertRaises(AccessError),
                    mute_logger("odoo.addons.mail.models.mail_thread"),
                ):
                    self.env[model].with_user(user).message_process(
                        "itsm.ticket", mail.as_string(), thread_id=ticket.id
                    )
        ticket.invalidate_recordset()
        self.assertEqual(ticket.sudo().message_partner_ids, followers)
        self.assertFalse(ticket.sudo().user_id)
        self.assertFalse(ticket.sudo().first_response_at)

    def test_verbs_answer_nobody_about_foreign_records(self):
        self._solve(self._file()).action_sign_off(4)
        self._file().with_user(self.technician).action_take()
        called = self._call_foreign_verbs(self.other_portal, "itsm_desk")
        self.assertIn("itsm.sla.clock.action_explain", called)
        self.assertIn("itsm.ticket.action_view_follow_ups", called)

    def test_odd_arguments(self):
        working = self._file()
        working.with_user(self.technician).action_take()
        solved = self._solve(self._file())
        self._call_verbs_oddly(
            self.technician,
            working,
            "action_pend",
            "action_log_call",
            "action_escalate",
            "action_cancel",
        )
        self._call_verbs_oddly(
            self.requester,
            solved,
            "action_sign_off",
            "action_refuse_solution",
            "action_reopen",
        )
        self._call_verbs_oddly(self.technician, solved, "action_sign_off_at_desk")
        self._call_verbs_oddly(
            self.boss, self._file(service_id=self.approved_service.id), "action_refuse"
        )

    def test_odd_arguments_of_every_verb(self):
        user = self._new_user("all", "group_itsm_manager")
        user.group_ids |= self.env.ref("itsm_desk.group_itsm_quality")
        self._file()
        self._file().with_user(self.technician).action_take()
        self._solve(self._file())
        self._solve(self._file()).action_sign_off(4)
        self.env["itsm.need"].with_user(self.technician).create(
            {"subject": "A second screen", "partner_id": self.requester.partner_id.id}
        )
        called = self._call_all_verbs_oddly(user, "itsm_desk")
        self.assertIn("itsm.need.action_plan", called)
        self.assertIn("itsm.ticket.action_pend", called)
        self.assertIn("itsm.ticket.action_sign_off_at_desk", called)

    def test_verbs_on_none_and_on_several(self):
        user = self._new_user("many", "group_itsm_manager")
        user.group_ids |= self.env.ref("itsm_desk.group_itsm_quality")
        for _number in range(2):
            self._file().with_user(self.technician).action_take()
            self._solve(self._file())
        called = self._call_verbs_on_many(user, "itsm_desk")
        self.assertIn("itsm.ticket.action_take", called)

    def test_public_methods_are_verbs(self):
        self.assertEqual(
            self._find_public_helpers("itsm_desk"),
            # Reads, with the rights of whoever asks.
            {"itsm.article.suggest"},
        )

    def test_a_file_name_is_only_a_name(self):
        for name, clean in {
            "../../x\u202egnp.js": "x_gnp.js",
            "..\\..\\a:b.txt": "a_b.txt",
            "\u200f\n": "_",
            "...": "file",
            5: "file",
            "报告.pdf": "报告.pdf",
        }.items():
            with self.subTest(name=name):
                self.assertEqual(clean_name(name), clean)


@tagged("post_install", "-at_install")
class TestTicketRoute(DeskCommon, HttpCase):
    """Odd and large requests to the pages of requesters."""

    def test_values_come_from_the_gateway(self):
        """A mail to any model would write for whomever it names as its sender."""
        ticket = self._file()
        mail = EmailMessage()
        mail["From"] = "tech@desk.example.com"
        mail["To"] = "anybody@example.com"
        mail["Subject"] = "Partner"
        mail["Message-Id"] = "<values@example.com>"
        mail.set_content("New.")
        said = {
            "model": "itsm.ticket",
            "res_id": ticket.id,
            "author_id": self.technician.partner_id.id,
            "message_type": "comment",
            "body": "I agree",
        }
        values = {
            "message_ids": [Command.create({"child_ids": [Command.create(said)]})]
        }
        call = {
            "model": "mail.thread",
            "method": "message_process",
            "args": ["res.partner", mail.as_string(), values],
            "kwargs": {},
        }
        for user in (self.stranger, self.requester, self.technician):
            self.authenticate(user.login, user.login)
            with (
                self.subTest(user=user.login),
                mute_logger("odoo.http", "odoo.addons.mail.models.mail_thread"),
                self.assertRaisesRegex(JsonRpcException, "AccessError"),
            ):
                self.make_jsonrpc_request("/web/dataset/call_kw", call)
        self.assertNotIn("I agree", "".join(ticket.sudo().message_ids.mapped("body")))

    def test_code_of_other_add_ons_names_values(self):
        """Core reads bills out of mails so, as whoever has the bill made."""
        mail = EmailMessage()
        mail["From"] = "somebody@example.com"
        mail["To"] = "anybody@example.com"
        mail["Message-Id"] = "<called@example.com>"
        mail.set_content("New.")
        threads = self.env["mail.thread"].with_user(self.technician)
        partner_id = threads.message_process(
            "res.partner", mail.as_string(), {"name": "Li Na", "phone": "1"}
        )
        self.assertEqual(self.env["res.partner"].browse(partner_id).phone, "1")

    def _post_ticket(self, subject, files=()):
        data = {"csrf_token": Request.csrf_token(self), "subject": subject}
        return self.url_open(
            "/my/service-tickets/new",
            data=data,
            files=[("attachments", file) for file in files] or None,
        )

    def _filed(self):
        domain = [("partner_id", "=", self.portal.partner_id.id)]
        return self.env["itsm.ticket"].search(domain)

    @mute_logger("odoo.http")
    def test_tokens_of_other_alphabets(self):
        ticket = self._solve(self._file_portal())
        url = f"/my/service-tickets/{ticket.id}"
        for login in (None, self.other_portal.login):
            self.authenticate(login, login)
            page = self.url_open(f"{url}?access_token=%C3%A9")
            self.assertEqual(page.status_code, 404)
            # A wrong link is told what an unknown number is told.
            unknown = f"/my/service-tickets/{ticket.id + 999}"
            for number in (url, unknown):
                with self.subTest(number=number, login=login):
                    page = self.url_open(f"{number}/sign_off?token=%C3%A9")
                    self.assertIn("This link is out of date", page.text)
                    # A character that no text can hold is taken off: no token.
                    page = self.url_open(f"{number}/sign_off?token=%00")
                    self.assertEqual(page.status_code, 404)
            view = f"/mail/view?model=itsm.ticket&res_id={ticket.id}"
            answer = self.url_open(f"{view}&access_token=%C3%A9")
            self.assertLess(answer.status_code, 500)
            page = self.url_open(
                f"{url}/sign_off",
                data={
                    "csrf_token": Request.csrf_token(self),
                    "token": "签字",
                    "rating": "5",
                    "signature": SIGNATURE,
                },
            )
            self.assertIn("This link is out of date", page.text)
        self.assertEqual(ticket.sudo().state, "solved")

    def test_limits_of_files(self):
        self.authenticate(self.portal.login, self.portal.login)
        small = ("a.txt", b"a", "text/plain")
        large = ("b.txt", b"b" * (MAX_FILE_BYTES + 1), "text/plain")
        self.assertIn("10 files", self._post_ticket("Many", [small] * 11).text)
        self.assertIn("10 MB", self._post_ticket("Large", [large]).text)
        almost = ("c.txt", b"c" * MAX_FILE_BYTES, "text/plain")
        self.assertIn("32 MB", self._post_ticket("All", [almost] * 4).text)
        self.assertFalse(self._filed())
        self._post_ticket("Odd", [("../../x\u202egnp.js", b"a", "text/plain")])
        files = self._filed().message_ids.attachment_ids
        self.assertEqual(files.mapped("name"), ["x_gnp.js"])

    def test_limit_of_tickets(self):
        self.authenticate(self.portal.login, self.portal.login)
        for number in range(TICKETS_AN_HOUR):
            self._file_portal(subject=f"Number {number}")
        page = self._post_ticket("One more")
        self.assertIn("within an hour", page.text)
        self.assertEqual(len(self._filed()), TICKETS_AN_HOUR)
