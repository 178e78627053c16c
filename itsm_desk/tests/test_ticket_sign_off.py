import re
from datetime import datetime

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_write
from ..models.ticket.itsm_ticket_sign_off import (
    MOST_TRIES,
    refuse_solution_by_link,
    sign_off_by_link,
)
from ..models.ticket.ticket_links import get_sign_off_token
from .common import NO_SIGNATURES, SIGNATURE, DeskCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-04 09:00:00")
class TestTicketSignOff(DeskCommon):
    """Only the requester signs and rates, and never who worked on it."""

    def test_nobody_else_signs(self):
        ticket = self._solve(self._file())
        for user in (
            self.technician,
            self.colleague,
            self.lead,
            self.manager,
            self.boss,
            self.stranger,
            self.env.ref("base.user_root"),
            self.env.ref("base.user_admin"),
        ):
            for record in (ticket.with_user(user), ticket.with_user(user).sudo()):
                with self.subTest(user=user.login, su=record.env.su):
                    with self.assertRaises(UserError):
                        record.action_sign_off(5)
                    with self.assertRaises(UserError):
                        record.action_refuse_solution("no")
        self.assertEqual(ticket.state, "solved")

    def test_helpers_never_sign_their_own_work(self):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        with self.assertRaises(UserError):
            mine.collaborator_ids = [Command.link(self.requester.id)]
        self._solve(ticket)
        # Not even when the requester's contact becomes that of the technician.
        self.technician.partner_id.sudo().write({})
        with self.assertRaisesRegex(UserError, "worked on it"):
            mine.action_sign_off(5)

    def test_rating_bounds(self):
        ticket = self._solve(self._file())
        for rating in (0, 6, -1, None, "", "great", False):
            with self.assertRaisesRegex(UserError, "from 1"):
                ticket.action_sign_off(rating)
        ticket.action_sign_off("4")
        self.assertEqual(ticket.rating_value, 4)
        with self.assertRaises(UserError):
            ticket.action_sign_off(5)
        self.assertEqual(ticket.rating_value, 4)

    def test_signing_off_early(self):
        ticket = self._file()
        with self.assertRaises(UserError):
            ticket.action_sign_off(5)
        with self.assertRaises(UserError):
            ticket.action_refuse_solution("no")

    def test_portal_signs_by_hand(self):
        ticket = self._solve(self._file_portal())
        with self.assertRaisesRegex(UserError, "Sign in the field"):
            ticket.action_sign_off(5)
        for no_signature in NO_SIGNATURES:
            with (
                self.subTest(signature=no_signature),
                self.assertRaisesRegex(UserError, "cannot be read"),
            ):
                ticket.action_sign_off(5, signature=no_signature)
        self.assertEqual(ticket.state, "solved")
        ticket.action_sign_off(5, signature=f"data:image/png;base64,{SIGNATURE}")
        self.assertRecordValues(
            ticket.sudo(),
            [{"state": "closed", "sign_off_method": "portal", "rating_value": 5}],
        )
        self.assertTrue(ticket.sudo().signature)

    def test_portal_signs_by_typing_a_name(self):
        ticket = self._solve(self._file_portal())
        for name in ("", " ", "?!", "x", 7):
            with self.subTest(name=name), self.assertRaises(UserError):
                ticket.action_sign_off(5, signed_name=name)
        ticket.action_sign_off(5, signed_name=" Ann  Bright ")
        self.assertRecordValues(
            ticket.sudo(),
            [{"state": "closed", "signed_name": "Ann Bright", "signature": False}],
        )

    def test_every_way_reads_the_signature(self):
        ticket = self._solve(self._file())
        mine = ticket.with_user(self.technician)
        code = self._send_code(mine)
        token = get_sign_off_token(ticket)
        for no_signature in NO_SIGNATURES:
            with self.subTest(signature=no_signature):
                with self.assertRaises(UserError):
                    mine.action_sign_off_at_desk(code, 5, signature=no_signature)
                with self.assertRaises(UserError):
                    sign_off_by_link(ticket, token, 5, signature=no_signature)
                with self.assertRaises(UserError):
                    ticket.with_user(self.requester).action_sign_off(
                        5, signature=no_signature
                    )
        with self.assertRaises(ValidationError):
            server_write(
                ticket.sudo(),
                {"state": "closed", "sign_off_method": "mail", "signature": False},
            )
        self.assertEqual(ticket.state, "solved")

    def test_rating_row_is_guarded(self):
        ticket = self._solve(self._file())
        Rating = self.env["rating.rating"]
        model = self.env["ir.model"]._get("itsm.ticket")
        vals = {
            "res_model_id": model.id,
            "res_id": ticket.id,
            "rating": 5,
            "consumed": True,
        }
        for user in (self.technician, self.manager, self.requester):
            with self.assertRaises(AccessError):
                Rating.with_user(user).create(vals)
            with self.assertRaises(AccessError):
                Rating.with_user(user).sudo().create(vals)
            with self.assertRaises(AccessError):
                Rating.with_user(user).with_context(
                    default_res_model_id=model.id, default_res_id=ticket.id
                ).create({"rating": 5})
            with self.assertRaises(AccessError):
                ticket.with_user(user).message_post(body="x", rating_value=5)
        ticket.action_sign_off(2)
        rating = ticket.sudo().rating_ids
        self.assertRecordValues(
            rating,
            [
                {
                    "rating": 2,
                    "consumed": True,
                    "partner_id": self.requester.partner_id.id,
                    "rated_partner_id": self.technician.partner_id.id,
                }
            ],
        )
        for user in (self.technician, self.manager, self.requester):
            with self.assertRaises(AccessError):
                rating.with_user(user).write({"rating": 5})
            with self.assertRaises(AccessError):
                rating.with_user(user).sudo().write({"res_id": 0})
            with self.assertRaises(AccessError):
                rating.with_user(user).sudo().unlink()
        with self.assertRaises(AccessError):
            ticket.sudo().rating_apply(5, rating=rating)
        other = Rating.create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.requester.partner_id.id,
            }
        )
        other.with_user(self.technician).rating = 3
        with self.assertRaises(AccessError):
            other.with_user(self.technician).write(vals)

    def test_refused_solution_goes_back(self):
        ticket = self._solve(self._file())
        with self.assertRaisesRegex(UserError, "Reason of the Last Reopening"):
            ticket.action_refuse_solution(" ")
        ticket.action_refuse_solution("Still no mail.")
        mine = ticket.with_user(self.technician)
        self.assertRecordValues(
            mine,
            [
                {
                    "state": "in_progress",
                    "reopen_count": 1,
                    "solved_at": False,
                    "solved_by_id": False,
                    "is_first_contact_fix": False,
                    "user_id": self.technician.id,
                }
            ],
        )
        self.assertIn("Still no mail.", mine.message_ids[0].body)
        self.assertEqual(mine.activity_ids.user_id, self.technician)
        self.assertEqual(mine.reopen_reason, "Still no mail.")
        with self.assertRaisesRegex(UserError, "fill in"):
            mine.action_solve()
        self._fill_form(ticket)
        mine.action_solve()
        self.assertEqual(mine.activity_ids.user_id, self.requester)
        self.assertFalse(mine.is_first_contact_fix)
        with self.assertRaisesRegex(UserError, "Reason of the Last Reopening"):
            ticket.action_refuse_solution("")

    def test_reopening_after_closing_makes_a_follow_up(self):
        ticket = self._solve(self._file())
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_reopen("because")
        ticket.action_sign_off(5)
        action = ticket.action_reopen("It broke again.")
        follow_up = self.env["itsm.ticket"].browse(action["res_id"])
        self.assertRecordValues(
            follow_up,
            [
                {
                    "parent_id": ticket.id,
                    "partner_id": self.requester.partner_id.id,
                    "state": "new",
                    "user_id": False,
                    "team_id": self.team.id,
                    "service_id": self.service.id,
                }
            ],
        )
        self.assertEqual(ticket.state, "closed")
        self.assertEqual(ticket.reopen_count, 0)
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_reopen("because")

    # ------------------------------------------------------------
    # TIME LIMIT
    # ------------------------------------------------------------

    def test_limit_counts_working_days_of_the_own_company(self):
        # Wednesday; Friday is a holiday here, Monday one of another company.
        other = self.env["res.company"].create({"name": "Elsewhere"})
        for company, day in ((self.company, "06"), (other, "09")):
            leave = self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holiday",
                    "calendar_id": False,
                    "date_from": f"2026-03-{day} 00:00:00",
                    "date_to": f"2026-03-{day} 23:59:59",
                }
            )
            leave.company_id = company
        self.company.itsm_sign_off_days = 3
        ticket = self._solve(self._file())
        # Thursday 5, Monday 9, Tuesday 10.
        self.assertEqual(ticket.sign_off_deadline, datetime(2026, 3, 10, 23, 59, 59))

    def test_limit_counts_days_of_the_company(self):
        """Not those of the working hours, whose zone core rewrites, nor a caller's."""
        self.company.itsm_sign_off_days = 3
        for name in {"itsm_tz", "outsourcing_tz"}.intersection(self.company._fields):
            # With the whole suite there is one zone for all days.
            self.company[name] = "Asia/Shanghai"
        for zone in ("UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati"):
            self.calendar.tz = zone
            ticket = self._file().with_context(tz=zone, employee_timezone=zone)
            ticket = self._solve(ticket)
            # Thursday 5, Friday 6, Monday 9, until midnight in Shanghai.
            limit = datetime(2026, 3, 9, 15, 59, 59)
            self.assertEqual(ticket.sign_off_deadline, limit, zone)

    def _run_cron(self):
        """Run the job without the commits that a test cannot have."""
        progress = []
        self.patch(
            self.env.registry["ir.cron"],
            "_commit_progress",
            lambda _cron, done, remaining: progress.append((done, remaining)) or 1,
        )
        self.env["itsm.ticket"]._cron_close_unsigned()
        return progress

    def test_cron_closes_unsigned(self):
        self.company.itsm_sign_off_days = 1
        ticket, other = self._solve(self._file()), self._file()
        self._run_cron()
        self.assertEqual(ticket.state, "solved")
        with freeze_time("2026-03-06 09:00:00"):
            self._run_cron()
            self._run_cron()
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "unsigned",
                    "signed_off_by_id": False,
                    "rating_value": 0,
                    "is_satisfaction_counted": False,
                }
            ],
        )
        self.assertFalse(ticket.sudo().rating_ids)
        self.assertEqual(other.state, "new")

    @mute_logger("odoo.addons.itsm_desk.models.ticket.itsm_ticket_sign_off")
    def test_cron_isolates_a_bad_ticket(self):
        first, second = self._solve(self._file()), self._solve(self._file())
        Ticket = self.env.registry["itsm.ticket"]
        original = Ticket._close_unsigned

        def close(record):
            if record == first:
                raise ValueError("broken")
            return original(record)

        self.patch(Ticket, "_close_unsigned", close)
        with freeze_time("2026-04-06 09:00:00"):
            self._run_cron()
        self.assertEqual(first.state, "solved")
        self.assertEqual(second.state, "closed")

    # ------------------------------------------------------------
    # LINK AND CODE
    # ------------------------------------------------------------

    def test_signed_link(self):
        ticket = self._solve(self._file_portal())
        token = get_sign_off_token(ticket)
        public = ticket.with_user(self.env.ref("base.public_user")).sudo()
        for wrong in ("", None, "0" * 64):
            with self.assertRaises(AccessError):
                sign_off_by_link(public, wrong, 4, "ok", SIGNATURE)
            with self.assertRaises(AccessError):
                refuse_solution_by_link(public, wrong, "no")
        for user in (self.technician, self.manager, self.other_portal):
            with self.assertRaisesRegex(AccessError, "logged in as"):
                sign_off_by_link(
                    ticket.with_user(user).sudo(), token, 4, "ok", SIGNATURE
                )
        with self.assertRaisesRegex(UserError, "Sign in the field"):
            sign_off_by_link(public, token, 4)
        sign_off_by_link(public, token, 4, "ok", SIGNATURE)
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "mail",
                    "signed_off_by_id": self.portal.partner_id.id,
                    "is_satisfaction_counted": True,
                }
            ],
        )
        with self.assertRaises(UserError):
            sign_off_by_link(public, token, 1, None, SIGNATURE)
        self.assertEqual(ticket.sudo().rating_value, 4)

    def test_solution_is_refused_by_the_link(self):
        ticket = self._solve(self._file_portal())
        token = get_sign_off_token(ticket)
        public = ticket.with_user(self.env.ref("base.public_user")).sudo()
        with self.assertRaisesRegex(UserError, "Reason of the Last Reopening"):
            refuse_solution_by_link(public, token, " ")
        refuse_solution_by_link(public, token, "Still no mail.")
        self.assertRecordValues(
            ticket.sudo(), [{"state": "in_progress", "reopen_count": 1}]
        )
        message = ticket.sudo().message_ids[0]
        self.assertIn("Still no mail.", message.body)
        self.assertEqual(message.author_id, self.portal.partner_id)

    def test_nobody_closes_before_the_time_limit(self):
        ticket = self._solve(self._file())
        ticket.sudo()._close_unsigned()
        self.assertEqual(ticket.state, "solved")

    def test_link_dies_with_its_solution(self):
        ticket = self._solve(self._file_portal())
        token = get_sign_off_token(ticket)
        ticket.action_refuse_solution("no")
        with freeze_time("2026-03-05 09:00:00"):
            self._fill_form(ticket)
            ticket.with_user(self.technician).action_solve()
        with self.assertRaises(AccessError):
            sign_off_by_link(
                ticket.with_user(self.env.ref("base.public_user")).sudo(),
                token,
                4,
                "ok",
                SIGNATURE,
            )

    def test_technicians_do_not_get_the_secrets(self):
        ticket = self._solve(self._file_portal())
        url = get_sign_off_token(ticket)
        ticket.sudo()._portal_ensure_token()
        mine = ticket.with_user(self.technician)
        for name in ("access_token", "sign_off_code_hash"):
            with self.assertRaises(AccessError):
                mine.read([name])
            with self.assertRaises(AccessError):
                mine.search([(name, "like", "a")])
        with self.assertRaises(AccessError):
            mine.get_portal_url()
        bodies = "".join(ticket.sudo().message_ids.mapped("body"))
        self.assertNotIn(url, bodies)
        self.assertNotIn(ticket.sudo().access_token, bodies)

    def test_code_at_the_desk(self):
        ticket = self._solve(self._file())
        mine = ticket.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "code is wrong"):
            mine.action_sign_off_at_desk("AAAAAAAA", 5, signature=SIGNATURE)
        with self.assertRaises(UserError):
            ticket.with_user(self.colleague).action_send_sign_off_code()
        code = self._send_code(mine)
        self.assertNotIn(code, "".join(ticket.sudo().message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "code is wrong"):
            mine.action_sign_off_at_desk(code[:-1] + "?", 5, signature=SIGNATURE)
        with freeze_time("2026-03-04 09:31:00"), self.assertRaises(UserError):
            mine.action_sign_off_at_desk(code, 5, signature=SIGNATURE)
        with self.assertRaisesRegex(UserError, "Sign in the field"):
            mine.action_sign_off_at_desk(code, 5)
        mine.action_sign_off_at_desk(code.lower(), 5, signature=SIGNATURE)
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "desk",
                    "signed_off_by_id": self.requester.partner_id.id,
                    "rating_value": 5,
                    "is_satisfaction_counted": False,
                }
            ],
        )
        self.assertFalse(ticket.sudo().rating_ids, "Left out of satisfaction figures.")

    def test_code_holds_for_five_wrong_tries(self):
        ticket = self._solve(self._file()).with_user(self.technician)
        code = self._send_code(ticket)
        with self.enter_registry_test_mode():
            self.cr.postrollback.clear()
            for _try in range(MOST_TRIES):
                with self.assertRaisesRegex(UserError, "code is wrong"):
                    ticket.action_sign_off_at_desk("AAAAAAAA", 5, signature=SIGNATURE)
                self.env.flush_all()
                self.cr.postrollback.run()
                self.env.invalidate_all()
            with self.assertRaisesRegex(UserError, "5 times. Send a new one"):
                ticket.action_sign_off_at_desk(code, 5, signature=SIGNATURE)
            self.cr.postrollback.clear()
        self.assertEqual(ticket.state, "solved")

    def test_pause_between_codes(self):
        """Nobody floods the requester with codes."""
        ticket = self._solve(self._file()).with_user(self.technician)
        code = self._send_code(ticket)
        with self.assertRaisesRegex(UserError, "just now"):
            ticket.action_send_sign_off_code()
        with freeze_time("2026-03-04 09:02:00"):
            other = self._send_code(ticket)
            with self.assertRaisesRegex(UserError, "code is wrong"):
                ticket.action_sign_off_at_desk(code, 5, signature=SIGNATURE)
            ticket.action_sign_off_at_desk(other, 5, signature=SIGNATURE)
        self.assertEqual(ticket.state, "closed")

    def test_code_of_another_ticket(self):
        first, second = self._solve(self._file()), self._solve(self._file())
        code = self._send_code(first.with_user(self.technician))
        with self.assertRaises(UserError):
            second.with_user(self.technician).action_sign_off_at_desk(
                code, 5, signature=SIGNATURE
            )

    def test_code_goes_to_the_address_at_filing(self):
        ticket = self._solve(self._file())
        ticket.sudo().partner_id.email = "technician@evil.example.com"
        self._send_code(ticket.with_user(self.technician), "requester@desk.example.com")

    def _send_code(self, ticket, email="requester@desk.example.com"):
        """Return the code that was mailed, and check where it went."""
        sent = []
        Mail = self.env.registry["mail.mail"]
        self.patch(Mail, "send", lambda mails, **kw: sent.append(mails) or True)
        ticket.action_send_sign_off_code()
        [mail] = sent
        self.assertEqual(mail.email_to, email)
        self.assertFalse(mail.model or mail.res_id)
        with self.assertRaises(AccessError):
            mail.mail_message_id.with_user(self.technician).sudo(False).read(["body"])
        return re.search(r"\b[A-Z2-9]{8}\b", str(mail.body_html)).group()

    def test_no_address_no_code(self):
        partner = self.env["res.partner"].create({"name": "No mail"})
        ticket = self._solve(
            self._file(self.technician, partner_id=partner.id, channel="phone")
        )
        with self.assertRaisesRegex(UserError, "no mail address"):
            ticket.action_send_sign_off_code()
        self.assertGreater(ticket.sign_off_deadline, fields.Datetime.now())
