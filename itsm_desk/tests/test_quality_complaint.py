from datetime import date, timedelta
from itertools import count
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import HttpCase, freeze_time, tagged

from ..models.intent import itsm_mail_intent as mail_intent
from ..models.quality.complaint_filing import file_complaint
from .common import DeskCommon
from .fake_browser import AxeCase

WEDNESDAY = "2026-03-04 09:00:00"
NUMBERS = count(1)


class ComplaintCommon(DeskCommon):
    """A solved ticket of the technician, and two people of quality."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality2, cls.both = cls._new_users(
            quality2=["group_itsm_quality"],
            both=["group_itsm_quality", "group_itsm_technician"],
        )
        cls.ticket = cls._solve(cls._file())
        cls.cause = cls.env.ref("itsm_desk.itsm_complaint_cause_slow")

    @classmethod
    def _complain(cls, user=None, **values):
        user = user or cls.requester
        return file_complaint(
            cls.env(user=user),
            {
                "subject": "Three days without a word",
                # Each one says something else: the same words are the same complaint.
                "description": f"I called twice. ({next(NUMBERS)})",
                "ticket_id": cls.ticket.id,
                "is_anonymous": True,
                **values,
            },
        )

    @classmethod
    def _answer(cls, complaint, user=None, outcome="upheld"):
        mine = complaint.with_user(user or cls.quality)
        mine.action_investigate()
        mine.write(
            {
                "cause_id": cls.cause.id,
                "finding": "The history shows 70 hours of silence.",
                "action_taken": "The team calls back within the day.",
                "outcome": outcome,
            }
        )
        mine.action_answer("We are sorry; from now on we call back.")
        return mine


@tagged("post_install", "-at_install")
@freeze_time(WEDNESDAY)
class TestComplaint(ComplaintCommon):
    """From the complaint to the answer that is accepted, or not."""

    # ------------------------------------------------------------
    # FILING
    # ------------------------------------------------------------

    def test_who_takes_the_ticket_later_is_concerned(self):
        """Also when it is handed on again."""
        complaint = self._complain(ticket_id=self._file().id)
        self.assertTrue(complaint.with_user(self.both).has_access("read"))
        ticket = complaint.sudo().ticket_id
        self.team.member_ids |= self.both
        ticket.with_user(self.both).action_take()
        self.env.invalidate_all()
        self.assertFalse(complaint.with_user(self.both).has_access("read"))
        with self.assertRaises(UserError):
            complaint.with_user(self.both).action_investigate()
        ticket.with_user(self.lead).action_reassign(self.technician.id, "Yours")
        self.env.invalidate_all()
        self.assertFalse(complaint.with_user(self.both).has_access("read"))

    def test_answer_is_mailed_by_the_job(self):
        with patch.object(mail_intent, "wake"):
            complaint = self._answer(self._complain()).sudo()
            told = complaint.message_ids.filtered("partner_ids")
            self.assertFalse(told)
            self._make_mails()
        told = complaint.message_ids.filtered("partner_ids")
        self.assertEqual(told.partner_ids, complaint.partner_id)
        self.assertEqual(told.author_id, complaint.handler_id.partner_id)
        self.assertIn("from now on we call back", told.body)

    def test_answer_that_does_not_arrive_asks_the_handler(self):
        complaint = self._answer(self._complain()).sudo()
        mail = (
            self.env["mail.mail"]
            .sudo()
            .search([("model", "=", complaint._name), ("res_id", "=", complaint.id)])
        )
        mail = mail.filtered(lambda one: complaint.partner_id in one.recipient_ids)
        self.assertTrue(mail)
        mail._postprocess_sent_message(
            [], [], failure_reason="550 unknown", failure_type="mail_smtp"
        )
        activity = complaint.activity_ids.filtered(
            lambda item: "did not arrive" in (item.summary or "")
        )
        self.assertEqual(activity.user_id, complaint.handler_id)
        self.assertIn(complaint.partner_id.display_name, activity.summary)

    def test_filing(self):
        complaint = self._complain()
        trusted = complaint.sudo()
        self.assertRegex(complaint.name, r"^CMP\d{6}$")
        self.assertRecordValues(
            trusted,
            [
                {
                    "channel": "ticket",
                    "partner_id": self.requester.partner_id.id,
                    "technician_id": self.technician.id,
                    "service_id": self.service.id,
                    "team_id": self.team.id,
                    "is_repeat": False,
                }
            ],
        )
        # Three working days of a company that rests on Saturday and Sunday.
        self.assertEqual(str(trusted.answer_due_at.date()), "2026-03-09")
        called = trusted.activity_ids.user_id
        self.assertEqual(called, self.quality | self.quality2 | self.both)
        again = self._complain(ticket_id=False, service_id=self.service.id)
        self.assertEqual(again.sudo().previous_id, complaint)
        self.assertFalse(
            self._complain(self.stranger, ticket_id=False).sudo().is_repeat
        )

    def test_who_files_for_whom(self):
        with self.assertRaisesRegex(UserError, "Subject.*What|Subject, Description"):
            self._complain(subject=" ", description="\0")
        told = {"partner_id": self.requester.partner_id.id, "channel": "phone"}
        with self.assertRaises(AccessError, msg="not of somebody else's ticket"):
            self._complain(self.stranger)
        with self.assertRaises(AccessError, msg="not in another name"):
            self._complain(self.stranger, ticket_id=False, **told)
        with self.assertRaisesRegex(AccessError, "you worked on it"):
            self._complain(self.technician, **told)
        with self.assertRaisesRegex(UserError, "asked by Requester"):
            self._complain(
                self.colleague, partner_id=self.stranger.partner_id.id, channel="phone"
            )
        complaint = self._complain(self.colleague, **told)
        self.assertEqual(complaint.sudo().channel, "phone")
        self.assertFalse(complaint.has_access("read"), "it is for quality now")
        window = self.env["itsm.complaint.file"].with_user(self.requester)
        window = window.with_context(
            active_model="itsm.ticket", active_id=self.ticket.id
        )
        before = self.env["itsm.complaint"].search_count([])
        window.create({"description": "Again"}).action_confirm()
        self.assertEqual(self.env["itsm.complaint"].search_count([]), before + 1)

    def test_the_same_words_are_one_complaint(self):
        said = {"description": "Nobody calls."}
        first = self._complain(**said)
        called = len(first.sudo().activity_ids)
        self.assertEqual(self._complain(**said), first)
        self.assertEqual(len(first.sudo().activity_ids), called)
        other = self._complain(**said, ticket_id=False, service_id=self.service.id)
        self.assertNotEqual(other, first)
        with self.assertRaises(AccessError):
            first.with_user(self.quality).sudo(False).write({"filing_key": "x"})
        first.with_user(self.requester).action_withdraw("It is fine now.")
        self.assertNotEqual(self._complain(**said), first)

    def test_said_again_is_another_complaint(self):
        """Unnamed this time, or later on: only a click that comes twice is one."""
        said = {"description": "Nobody calls."}
        named = self._complain(**said, is_anonymous=False)
        unnamed = self._complain(**said, is_anonymous=True)
        self.assertNotEqual(unnamed, named)
        self.assertTrue(unnamed.sudo().is_anonymous)
        with freeze_time("2026-03-04 09:05:00"):
            self.assertEqual(self._complain(**said, is_anonymous=False), named)
        with freeze_time("2026-03-04 15:00:00"):
            later = self._complain(**said, is_anonymous=False)
            self.assertNotEqual(later, named)
            self.assertTrue(later.sudo().is_repeat)
            self.assertEqual(self._complain(**said, is_anonymous=False), later)

    # ------------------------------------------------------------
    # HOW LONG THE TEXTS ARE KEPT
    # ------------------------------------------------------------

    def test_texts_end_with_their_time(self):
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        forget = self.env["itsm.retention"]._cron_forget_complaints
        said = {"description": "He shouted at me.", "is_anonymous": False}
        complaint = self._complain(**said)
        complaint.with_user(self.quality).message_post(
            body="He shouted", attachments=[("tape.txt", b"shouting")]
        )
        file = complaint.sudo().message_ids.attachment_ids
        self._answer(complaint)
        complaint.with_user(self.requester).action_close()
        running = self._complain(description="Still open.")
        self.company.itsm_keep_complaint_months = 0
        with freeze_time("2040-01-01"):
            forget()
        self.assertFalse(complaint.sudo().text_forgotten_at)
        self.company.itsm_keep_complaint_months = 12
        with freeze_time("2027-03-04 08:00:00"):
            forget()
        self.assertFalse(complaint.sudo().text_forgotten_at)
        with freeze_time("2027-03-04 10:00:00"):
            forget()
        gone = complaint.sudo()
        self.assertTrue(gone.text_forgotten_at)
        texts = [gone.subject, gone.description, gone.finding, gone.action_taken]
        texts += [gone.answer, *gone.message_ids.mapped("body")]
        texts += gone.message_ids.sudo().tracking_value_ids.mapped("new_value_char")
        notice = self.env["itsm.complaint.notice"].search(
            [("user_id", "=", self.technician.id)]
        )
        texts += [notice.action_taken, notice.description, notice.partner_name]
        for text in filter(None, texts):
            for word in ("shout", "without a word", "silence", "call", "sorry"):
                self.assertNotIn(word, text)
        self.assertNotIn(b"shouting", file.raw)
        self.assertNotIn("tape", file.name)
        self.assertRecordValues(
            gone,
            [
                {
                    "partner_id": self.requester.partner_id.id,
                    "cause_id": self.cause.id,
                    "outcome": "upheld",
                    "state": "closed",
                }
            ],
        )
        self.assertEqual(running.sudo().description, "Still open.")

    def test_notices_end_with_their_own_complaint(self):
        """One that says the same, of this month or another, stays until its time."""
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        self.company.itsm_keep_complaint_months = 12
        for day in ("2026-03-04", "2026-03-20", "2026-04-08"):
            with freeze_time(f"{day} 09:00:00"):
                complaint = self._complain(description=day, is_anonymous=False)
                self._answer(complaint)
                complaint.with_user(self.requester).action_close()
        notices = self.env["itsm.complaint.notice"].search(
            [("user_id", "=", self.technician.id)], order="id"
        )
        for day, kept in (
            ("2027-03-05", ["2026-03-20", "2026-04-08"]),
            ("2027-03-21", ["2026-04-08"]),
            ("2027-04-09", []),
        ):
            with self.subTest(day=day), freeze_time(f"{day} 09:00:00"):
                self.env["itsm.retention"]._cron_forget_complaints()
                found = notices.filtered(
                    lambda one: one.action_taken.startswith("The team calls")
                )
                self.assertEqual(found.mapped("description"), kept)

    # ------------------------------------------------------------
    # WHO READS AND HANDLES IT
    # ------------------------------------------------------------

    def test_readers(self):
        complaint = self._complain()
        for user, may in (
            (self.requester, True),
            (self.quality, True),
            (self.manager, True),
            (self.technician, False),
            (self.colleague, False),
            (self.lead, False),
            (self.stranger, False),
            (self.portal, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(complaint.with_user(user).has_access("read"), may)
        mine = complaint.with_user(self.requester)
        for name in ("finding", "technician_id", "handler_id", "cause_id"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                mine.read([name])
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.technician).read(["complaint_ids"])
        self.assertEqual(self.ticket.with_user(self.quality).complaint_count, 1)
        # Somebody of quality who worked on the ticket is a person concerned.
        own = self._solve(self._file(), self.manager)
        about_manager = self._complain(ticket_id=own.id)
        self.assertFalse(about_manager.with_user(self.manager).has_access("read"))

    def test_handled_by_quality_alone(self):
        self.team.member_ids |= self.both
        own = self._solve(self._file(), self.both)
        complaint = self._complain(ticket_id=own.id)
        self.assertNotIn(self.both, complaint.sudo().activity_ids.user_id)
        with self.assertRaises(AccessError, msg="whom it is about"):
            complaint.with_user(self.both).action_investigate()
        with self.assertRaises(UserError):
            complaint.with_user(self.manager).action_investigate()
        with self.assertRaises(UserError):
            complaint.with_user(self.requester).action_investigate()
        mine = complaint.with_user(self.quality)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            mine.finding = "Written before it was taken"
        mine.action_investigate()
        with self.assertRaisesRegex(AccessError, "Quality investigates it"):
            complaint.with_user(self.quality2).finding = "Mine"
        with self.assertRaisesRegex(UserError, "is not changed"):
            mine.description = "I am happy"
        with self.assertRaisesRegex(
            UserError, "Cause.*Investigation Result.*Action.*Outcome"
        ):
            mine.action_answer("Sorry")
        with self.assertRaises(AccessError):
            mine.write({"closed_how": "accepted"})
        with self.assertRaises(UserError):
            complaint.sudo().unlink()
        of_quality = self._complain(self.quality, ticket_id=False)
        with self.assertRaisesRegex(UserError, "you complained yourself"):
            of_quality.action_investigate()

    def test_nobody_of_quality_is_left(self):
        group = self.env.ref("itsm_desk.group_itsm_quality")
        group.user_ids = False
        complaint = self._complain()
        self.assertIn(self.manager, complaint.sudo().activity_ids.user_id)

    # ------------------------------------------------------------
    # ANSWER
    # ------------------------------------------------------------

    def test_answer_accepted(self):
        complaint = self._complain()
        with freeze_time("2026-03-06 09:00:00"):
            mine = self._answer(complaint)
        self.assertEqual((mine.days_to_answer, mine.is_late), (2, False))
        message = complaint.sudo().message_ids.filtered(
            lambda item: self.requester.partner_id in item.partner_ids
        )
        self.assertIn("we call back", message.body)
        self.assertIn(f"/my/service-complaints/{complaint.id}", message.body)
        with self.assertRaisesRegex(UserError, "Requester complained"):
            mine.action_close()
        with self.assertRaises(UserError):
            complaint.with_user(self.stranger).action_close()
        complaint.action_close()
        self.assertEqual(mine.closed_how, "accepted")
        with self.assertRaisesRegex(UserError, "already"):
            complaint.action_close()
        self.assertFalse(complaint.sudo().activity_ids)

    def test_answer_not_accepted(self):
        complaint = self._complain()
        self._answer(complaint)
        with self.assertRaises(UserError):
            complaint.action_refuse_answer(" ")
        complaint.action_refuse_answer("That was not the question")
        with self.assertRaisesRegex(UserError, "somebody else looks at it: .*Quality2"):
            complaint.with_user(self.quality).action_investigate()
        mine = self._answer(complaint, self.quality2, "rejected")
        self.assertEqual((mine.refuse_count, mine.handler_id), (1, self.quality2))
        with self.assertRaisesRegex(UserError, "answered already"):
            complaint.action_withdraw("Never mind")

    def test_withdrawn(self):
        complaint = self._complain()
        with self.assertRaisesRegex(UserError, "who complained"):
            complaint.with_user(self.quality).action_withdraw("Not needed")
        complaint.action_withdraw("It was a mistake")
        self.assertRecordValues(
            complaint.sudo(), [{"closed_how": "withdrawn", "outcome": "withdrawn"}]
        )
        self.assertFalse(self.env["itsm.complaint.notice"].search([]))

    def test_complainant_without_log_in(self):
        caller = self.env["res.partner"].create({"name": "Caller"})
        complaint = self._complain(
            self.quality, ticket_id=False, partner_id=caller.id, channel="phone"
        )
        self._answer(complaint)
        complaint.with_user(self.quality2).action_close()
        self.assertEqual(complaint.closed_how, "told")

    def test_time_limits(self):
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 1)
        complaint = self._complain()
        late = self.env.ref("itsm_desk.mail_activity_type_complaint_late")
        follow = self.env["itsm.complaint"]._cron_follow
        follow()
        self.assertFalse(complaint.sudo().climbed_at)
        with freeze_time("2026-03-10 09:00:00"):
            follow()
            follow()
            tasks = complaint.sudo().activity_ids.filtered(
                lambda item: item.activity_type_id == late
            )
            self.assertEqual(
                len(tasks.filtered(lambda x: x.user_id == self.manager)), 1
            )
            mine = self._answer(complaint)
            self.assertTrue(mine.is_late)
        with freeze_time("2026-03-30 09:00:00"):
            follow()
        self.assertEqual((mine.state, mine.closed_how), ("closed", "silent"))

    # ------------------------------------------------------------
    # WHAT OTHERS ARE TOLD
    # ------------------------------------------------------------

    def test_notice_of_the_person_concerned(self):
        notices = self.env["itsm.complaint.notice"]
        for is_anonymous in (True, False):
            complaint = self._complain(is_anonymous=is_anonymous)
            self._answer(complaint)
            complaint.action_close()
        open_one, hidden = notices.with_user(self.technician).search([])
        self.assertRecordValues(
            hidden,
            [
                {
                    "cause_id": self.cause.id,
                    "outcome": "upheld",
                    "partner_name": False,
                    "ticket_id": False,
                    "description": False,
                }
            ],
        )
        self.assertEqual(open_one.ticket_id, self.ticket)
        self.assertFalse({"create_uid", "create_date"} & set(notices._fields))
        for user in (self.colleague, self.lead, self.manager, self.quality):
            self.assertFalse(notices.with_user(user).search([]))
        with self.assertRaises(AccessError):
            hidden.write({"outcome": "rejected"})

    def test_figures_name_a_person_from_five_on(self):
        analysis = self.env["itsm.complaint.analysis"].with_user(self.lead)
        people = self.env["itsm.complaint.person"].with_user(self.lead)
        for number in range(1, 6):
            complaint = self._complain()
            if number == 1:
                self._answer(complaint)
                complaint.action_close()
            self.env.flush_all()
            rows = people.search([])
            self.assertEqual(len(rows), number == 5)
            self.assertEqual(len(analysis.search([])), number)
        self.assertRecordValues(
            rows,
            [
                {
                    "user_id": self.technician.id,
                    "complaint_count": 5,
                    "upheld_share": 100,
                    "repeat_count": 4,
                }
            ],
        )
        # Nobody finds those about himself.
        ticket = self._solve(self._file(), self.lead)
        self._complain(ticket_id=ticket.id)
        self.assertEqual(len(analysis.search([])), 5)
        self.assertEqual(len(analysis.with_user(self.manager).search([])), 6)
        # A single one of another year of the company makes no figure of the person.
        self.company[self.company._itsm_get_zone_field()] = "Asia/Shanghai"
        with freeze_time("2026-12-31 20:00:00"):
            late = self._complain()
        self.assertEqual(people.search([]).mapped("complaint_count"), [5])
        self.assertEqual(analysis.browse(late.id).filed_at, date(2027, 1, 1))
        ((upheld, late, repeated),) = analysis._read_group(
            [], [], ["upheld_share:avg", "late_share:avg", "repeat_count:sum"]
        )
        self.assertEqual((upheld, late, repeated), (100, 0, 4))
        with self.assertRaises(AccessError):
            analysis.with_user(self.technician).search([])

    # ------------------------------------------------------------
    # PROPOSED BY TICKETS
    # ------------------------------------------------------------

    def _get_proposals(self, ticket):
        kind = self.env.ref("itsm_desk.mail_activity_type_complaint_proposed")
        return ticket.sudo().activity_ids.filtered(
            lambda item: item.activity_type_id == kind
        )

    def test_proposed_to_quality(self):
        ticket = self.ticket
        for refused in (False, True):
            self.assertEqual(bool(self._get_proposals(ticket)), False)
            ticket.with_user(self.requester).action_refuse_solution("No")
            self._fill_form(ticket)
            ticket.with_user(self.technician).action_solve()
            self.assertEqual(bool(self._get_proposals(ticket)), refused)
        self.assertEqual(len(self._get_proposals(ticket)), 1)
        self._complain()
        self.assertTrue(
            self._get_proposals(ticket), "who reads the ticket would see it filed"
        )
        self._complain(is_anonymous=False)
        self.assertFalse(self._get_proposals(ticket), "it was filed")
        ticket.with_user(self.requester).action_sign_off(1)
        self.assertFalse(self._get_proposals(ticket), "there is one")
        for rating, is_proposed in ((2, True), (3, False)):
            other = self._solve(self._file())
            other.with_user(self.requester).action_sign_off(rating)
            self.assertEqual(bool(self._get_proposals(other)), is_proposed)

    def test_causes_are_those_of_managers(self):
        causes = self.env["itsm.complaint.cause"]
        with self.assertRaises(AccessError):
            causes.with_user(self.quality).create({"name": "Bad mood"})
        causes.with_user(self.manager).create({"name": "Bad mood"})

    def test_call_writes_down_by_the_rules_of_the_form(self):
        """Quality creates complaints by a call as well; a forged one is refused."""
        values = {"subject": "Slow", "description": "x", "ticket_id": self.ticket.id}
        complaints = self.env["itsm.complaint"].with_user(self.quality)
        told = {**values, "partner_id": self.requester.partner_id.id}
        with self.assertRaisesRegex(UserError, "not by who complains"):
            complaints.create({**values, "partner_id": self.stranger.partner_id.id})
        self.team.member_ids |= self.both
        self._solve(ticket := self._file(), self.both)
        with self.assertRaises(AccessError):
            complaints.with_user(self.both).create({**told, "ticket_id": ticket.id})
        self.assertEqual(complaints.create(told).state, "received")

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Far"})
        far = self._new_user(
            "far_quality",
            "group_itsm_quality",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        complaint = self._complain()
        self.assertFalse(complaint.with_user(far).has_access("read"))
        self.assertFalse(self.env["itsm.complaint.analysis"].with_user(far).search([]))


@tagged("post_install", "-at_install")
class TestComplaintPortal(ComplaintCommon, AxeCase, HttpCase):
    """A requester's complaint in the portal, to the answer that is accepted."""

    def _post(self, path, **values):
        return self.url_open(
            f"/my/service-complaints/{path}",
            data={"csrf_token": Request.csrf_token(self), **values},
        )

    def test_from_the_complaint_to_the_accepted_answer(self):
        ticket = self._solve(self._file_portal())
        self.authenticate(self.portal.login, self.portal.login)
        page = self.url_open(f"/my/service-tickets/{ticket.id}").text
        self.assertIn(f"/my/service-complaints/new?ticket_id={ticket.id}", page)
        page = self.url_open(f"/my/service-complaints/new?ticket_id={ticket.id}").text
        self.assertIn("may guess whom it comes from", page)
        page = self._post("new", ticket_id=ticket.id, subject="Slow", description=" ")
        self.assertRegex(page.text, r'role="alert"[^<]*>To complain, fill in first')
        self._post(
            "new",
            ticket_id=ticket.id,
            subject="Slow",
            description="Two weeks",
            is_anonymous="1",
        )
        complaint = self.env["itsm.complaint"].search([], limit=1)
        self.assertRecordValues(
            complaint,
            [
                {
                    "ticket_id": ticket.id,
                    "channel": "portal",
                    "partner_id": self.portal.partner_id.id,
                    "is_anonymous": True,
                }
            ],
        )
        self._answer(complaint)
        page = self.url_open(f"/my/service-complaints/{complaint.id}").text
        self.assertIn("We are sorry", page)
        self.assertNotIn("70 hours", page)
        self.authenticate(self.other_portal.login, self.other_portal.login)
        for path in (complaint.id, f"{complaint.id}/close"):
            reply = (
                self._post(path)
                if "close" in str(path)
                else self.url_open(f"/my/service-complaints/{path}")
            )
            self.assertEqual(reply.status_code, 404)
        self.authenticate(self.portal.login, self.portal.login)
        page = self._post(f"{complaint.id}/refuse_answer", reason="Not enough")
        self.assertEqual(complaint.state, "received")
        self._answer(complaint, self.quality2)
        page = self._post(f"{complaint.id}/close").text
        self.assertIn("the complaint is closed", page)
        self.assertEqual(complaint.closed_how, "accepted")
        # Of somebody else's ticket the form knows nothing.
        self._post("new", ticket_id=self.ticket.id, subject="x", description="y")
        newest = self.env["itsm.complaint"].search([], limit=1)
        self.assertFalse(newest.ticket_id)
        self.assertFalse(newest.is_anonymous)
        for number in range(9):
            page = self._post("new", subject=f"{number}", description="y")
        self.assertIn("within an hour", page.text)
        self.assertLessEqual(
            self.env["itsm.complaint"].search_count(
                [
                    ("partner_id", "=", self.portal.partner_id.id),
                    ("filed_at", ">=", fields.Datetime.now() - timedelta(hours=1)),
                ]
            ),
            5,
        )

    def test_in_a_browser(self):
        """From the button on the ticket to the answer that is accepted."""
        ticket = self._solve(self._file_portal())
        self.start_tour(
            f"/my/service-tickets/{ticket.id}",
            "itsm_desk_portal_complain",
            login=self.portal.login,
        )
        complaint = self.env["itsm.complaint"].search([("ticket_id", "=", ticket.id)])
        self.assertRecordValues(
            complaint,
            [{"state": "received", "channel": "portal", "is_anonymous": True}],
        )
        self._answer(complaint)
        self.start_tour(
            "/my/service-complaints",
            "itsm_desk_portal_accept_answer",
            login=self.portal.login,
        )
        self.assertRecordValues(
            complaint, [{"state": "closed", "closed_how": "accepted"}]
        )

    def test_pages(self):
        complaint = self._complain()
        self._answer(complaint)
        root = "/my/service-complaints"
        urls = [root, f"{root}/new", f"{root}/{complaint.id}"]
        self.assertUsable(self.requester.login, urls)
        self.assertUsable(self.requester.login, urls, width=1280)
        self.env["res.lang"]._activate_lang("zh_CN")
        self.requester.lang = "zh_CN"
        self.assertUsable(self.requester.login, urls, width=360, lang="zh")
