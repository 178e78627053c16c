import random
from datetime import datetime, timedelta
from unittest.mock import patch

import pytz

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.base.tests.common import BaseCommon

from ..models.intent import itsm_mail_intent as mail_intent
from ..models.vendor.itsm_vendor_job import (
    fill_form,
    find_jobs,
    hand_back,
    note_work,
    say,
)
from ..models.vendor.itsm_vendor_mixin import NOBODY, REQUESTER
from ..tools.party_time import Span, claim_working_hours, split_time
from .common import DeskCommon


class TestPartyTime(BaseCommon):
    """Every worked moment belongs to one party."""

    def test_parts_sum_to_the_whole(self):
        """Of calendars and claims drawn by chance, as core counts working hours."""
        draw = random.Random(20261130)
        start = datetime(2026, 3, 2, tzinfo=pytz.utc)
        calendar = self.env.company.resource_calendar_id
        calendar.tz = "Asia/Shanghai"
        for _round in range(60):
            end = start + timedelta(minutes=draw.randrange(1, 40_000))
            periods = [
                tuple(
                    moment.astimezone(pytz.utc).replace(tzinfo=None)
                    for moment in (low, high)
                )
                for low, high, _attendance in calendar._work_intervals_batch(
                    start, end
                )[False]
            ]
            moments = [
                start.replace(tzinfo=None)
                + timedelta(minutes=draw.randrange(-500, 40_000))
                for _i in range(16)
            ]
            claims = [
                Span(min(pair), max(pair), draw.choice("abc"))
                for pair in zip(moments[::2], moments[1::2], strict=True)
            ]
            claims[3:4] = claim_working_hours(
                min(moments[:2]), max(moments[:2]), [tuple(sorted(moments[2:4]))], 1, 0
            )
            parts = split_time(periods, claims, "rest")
            hours = sum(parts.values(), timedelta()).total_seconds() / 3600
            self.assertAlmostEqual(
                hours, calendar.get_work_hours_count(start, end), places=5
            )
            self.assertTrue(all(time > timedelta() for time in parts.values()))

    def test_first_claim_goes_before(self):
        def at(hour):
            return datetime(2026, 3, 2, hour)

        parts = split_time(
            [(at(9), at(12)), (at(13), at(17))],
            [
                Span(at(10), at(14), "first"),
                Span(at(8), at(11), "second"),
                *claim_working_hours(at(15), at(17), [(at(16), at(20))], "v", "none"),
            ],
            "rest",
        )
        self.assertEqual(
            {party: time.total_seconds() / 3600 for party, time in parts.items()},
            {"first": 3, "second": 1, "rest": 1, "v": 1, "none": 1},
        )


class VendorCommon(DeskCommon):
    """Two vendors whose people work on tickets in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vendor, cls.rival = cls.env["res.partner"].create(
            [
                {"name": "Lanqiao", "is_company": True, "itsm_target_hours": 4},
                {"name": "Northgate", "is_company": True},
            ]
        )
        cls.person, cls.mate, cls.competitor = (
            cls._new_person(login, vendor)
            for login, vendor in (
                ("vendor_person", cls.vendor),
                ("vendor_mate", cls.vendor),
                ("vendor_competitor", cls.rival),
            )
        )
        cls.requester.partner_id.phone = "+86 571 5550 4711"

    @classmethod
    def _new_person(cls, login, vendor):
        user = new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal,itsm_desk.group_itsm_vendor",
            email=f"{login}@example.com",
            context={"no_reset_password": True},
        )
        user.partner_id.parent_id = vendor
        return user

    @classmethod
    def _send(cls, user=None, **values):
        ticket = cls._file(**values)
        mine = ticket.with_user(cls.technician)
        mine.action_take()
        mine.action_start()
        mine.action_send_to_vendor(
            cls.vendor.id, "Replace the fuser", user_id=user.id if user else None
        )
        return ticket

    @classmethod
    def _job(cls, ticket, user=None):
        """Return the job as the portal hands it to a person of the vendor."""
        user = user or cls.person
        domain = [("ticket_id", "=", ticket.id)]
        return find_jobs(user.with_user(user), domain)


@tagged("post_install", "-at_install")
class TestVendorJob(VendorCommon):
    """Tickets at a vendor: who sends, who works, and whose the time was."""

    def test_mail_is_made_by_the_job(self):
        """One to each person, in its language, with the address of the ticket."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.mate.lang = "de_DE"
        template = self.env.ref("itsm_desk.mail_template_vendor_job")
        template.with_context(lang="de_DE").subject = "Bitte"
        mails = self.env["mail.mail"].search([])
        with patch.object(mail_intent, "wake"):
            ticket, other = self._send(), self._send()
            self.assertEqual(self.env["mail.mail"].search([]), mails)
            other.with_user(self.technician).action_take_back("Not yours")
            self._make_mails()
        made = self.env["mail.mail"].search([]) - mails
        made = made.filtered(lambda mail: mail.model == "itsm.vendor.job")
        self.assertEqual(set(made.mapped("res_id")), set(self._job(ticket).ids))
        subjects = {mail.email_to: mail.subject for mail in made}
        self.assertEqual(
            set(subjects),
            {user.email_formatted for user in (self.person, self.mate)},
        )
        self.assertEqual(subjects[self.mate.email_formatted], "Bitte")

    def test_there_and_back(self):
        ticket = self._send()
        mine = ticket.with_user(self.technician)
        self.assertEqual(mine.vendor_partner_id, self.vendor)
        self.assertEqual(mine.user_id, self.technician)
        self.assertTrue(mine.is_with_vendor and mine.can_take_back)
        self.assertFalse(mine.can_send_to_vendor)
        mails = self.env["mail.mail"].search([("model", "=", "itsm.vendor.job")])
        self.assertEqual(
            set(mails.mapped("email_to")),
            {self.person.email_formatted, self.mate.email_formatted},
        )
        self.assertNotIn("4711", "".join(mails.mapped("body_html")))
        job = self._job(ticket)
        self.assertTrue(job.due_at)
        with self.assertRaisesRegex(
            UserError, "Cause.*Action Taken.*Minutes"
        ) as refused:
            hand_back(job, "done", "Fuser replaced")
        self.assertNotIn("Resolution", str(refused.exception))
        note_work(job, "35", "on_site", "Replaced the fuser", "Fuser")
        fill_form(job, "Worn fuser", "Fuser replaced", {})
        say(job, "Please print a page.", is_public=True)
        hand_back(job, "done", "Fuser replaced")
        line = ticket.sudo().work_line_ids
        self.assertEqual((line.user_id, line.minutes), (self.person, 35))
        self.assertEqual(ticket.sudo().cause, "Worn fuser")
        self.assertFalse(mine.is_with_vendor)
        self.assertEqual(job.outcome, "done")
        called = ticket.sudo().activity_ids.filtered(
            lambda one: one.user_id == self.technician
        )
        self.assertIn("Lanqiao", called.mapped("summary")[0])
        events = ticket.sudo().event_ids.sorted("id").mapped("kind")
        self.assertLess(events.index("vendor_sent"), events.index("vendor_back"))
        # Whoever worked on it follows nothing and can neither read nor rate it.
        self.assertNotIn(self.person.partner_id, ticket.sudo().message_partner_ids)
        self.assertTrue(ticket.sudo()._is_worker(self.person))
        with self.assertRaises(AccessError):
            ticket.with_user(self.person).read(["subject"])
        mine.resolution_code_id = self.code_fixed
        mine.action_solve()
        self.assertEqual(ticket.sudo().solved_by_id, self.technician)
        for act in (
            lambda: say(job, "One more"),
            lambda: note_work(job, "5"),
            lambda: fill_form(job, "x", "y", {}),
            lambda: hand_back(job, "done", "Again"),
        ):
            with self.assertRaisesRegex(UserError, "not with you"):
                act()

    def test_a_person_of_a_rival_is_moved_here(self):
        """A buyer moves a contact; what was sent before stays with the vendor."""
        rival = self.env["res.partner"].create({"name": "Rival", "is_company": True})
        spy = new_test_user(
            self.env,
            "vendor_spy",
            groups="base.group_portal,itsm_desk.group_itsm_vendor",
        )
        spy.partner_id.parent_id = rival
        buyer = new_test_user(
            self.env, "vendor_buyer", "base.group_user,base.group_partner_manager"
        )
        with freeze_time(fields.Datetime.now() - timedelta(hours=1)):
            ticket = self._send()
        job = self._job(ticket)
        self.assertFalse(find_jobs(spy))
        spy.partner_id.with_user(buyer).write({"parent_id": self.vendor.id})
        self.assertEqual(spy.commercial_partner_id, self.vendor)
        self.assertNotIn(job, find_jobs(spy))
        self.assertIn(job, find_jobs(self.person))
        for user in (buyer, self.env.ref("base.user_admin"), self.env.user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                spy.with_user(user).sudo().write({"itsm_moved_on": False})
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            later = self._job(self._send())
            self.assertIn(later, find_jobs(spy))

    def test_the_owner_plans_the_change_of_equipment(self):
        """The vendor moves it and hands the ticket back; the owner says what moved."""
        service = self.env["itsm.service"].create(
            {"name": "Move", "category_id": self.category.id, "team_id": self.team.id}
        )
        ticket = self._send(
            service_id=service.id, ticket_type="request", imac_kind="move"
        )
        job = self._job(ticket)
        note_work(job, "35", "on_site", "Moved the printer", "")
        fill_form(job, "New room", "Moved", {})
        hand_back(job, "done", "Moved")
        self.assertEqual(job.outcome, "done")
        mine = ticket.with_user(self.technician)
        mine.resolution_code_id = self.code_fixed
        with self.assertRaisesRegex(UserError, "planned change of equipment"):
            mine.action_solve()

    def test_only_its_own(self):
        ticket = self._send()
        named = self._send(self.mate)
        for user, found in (
            (self.person, ticket),
            (self.mate, ticket | named),
            (self.competitor, ticket.browse()),
            (self.portal, ticket.browse()),
            (self.technician, ticket.browse()),
        ):
            with self.subTest(user=user.login):
                jobs = find_jobs(user.with_user(user)).ticket_id & (ticket | named)
                self.assertEqual(set(jobs.ids), set(found.ids))
        job = self._job(ticket)
        for user in (self.person, self.competitor, self.technician, self.manager):
            mine = job.with_user(user).sudo(False)
            for attack in (
                lambda mine=mine: mine.write({"task": "Other"}),
                lambda mine=mine: mine.sudo().write({"returned_at": "2026-03-02"}),
                lambda mine=mine: mine.sudo().unlink(),
                lambda mine=mine: mine.sudo().copy(),
            ):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    attack()
        for user in (self.person, self.competitor):
            with self.assertRaises(AccessError):
                self.env["itsm.vendor.job"].with_user(user).search([])

    def test_who_sends_and_takes_back(self):
        ticket = self._send()
        for user in (self.colleague, self.requester, self.person):
            mine = ticket.with_user(user)
            for act in (
                lambda mine=mine: mine.action_take_back("No"),
                lambda mine=mine: mine.action_send_to_vendor(self.vendor.id, "Yes"),
                lambda mine=mine: mine.write({"vendor_partner_id": False}),
            ):
                with self.subTest(user=user.login), self.assertRaises(UserError):
                    act()
        mine = ticket.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "Lanqiao has it"):
            mine.action_send_to_vendor(self.rival.id, "You then")
        with self.assertRaises(UserError):
            mine.action_take_back(" ")
        mine.action_take_back("Nobody came")
        job = mine.vendor_job_ids
        self.assertEqual((job.outcome, job.report), ("taken_back", "Nobody came"))
        # Only vendors with people, and only people of that vendor.
        for partner, user in (
            (self.requester.partner_id, None),
            (self.rival, self.person),
            (self.vendor, self.technician),
        ):
            with self.assertRaisesRegex(UserError, "Choose a vendor"):
                mine.action_send_to_vendor(
                    partner.id, "Go", user_id=user.id if user else None
                )
        mine.action_send_to_vendor(self.rival.id, "You then")
        self.assertEqual(mine.vendor_partner_id, self.rival)
        ticket.action_cancel("Found another printer")
        self.assertEqual(mine.vendor_job_ids[0].outcome, "ended")

    def test_declined(self):
        ticket = self._send()
        job = self._job(ticket)
        with self.assertRaises(UserError):
            hand_back(job, "declined", "")
        with self.assertRaises(UserError):
            hand_back(job, "taken_back", "Trick")
        for minutes in ("0", "-5", "x", None, "1441", "99999999999999"):
            with self.assertRaises(UserError):
                note_work(job, minutes)
        hand_back(job, "declined", "No spare part before Friday")
        self.assertEqual(job.outcome, "declined")

    def test_second_repair_counts_against_the_vendor(self):
        printer = self.env["maintenance.equipment"].create(
            {"name": "Printer", "employee_id": self.requester_employee.id}
        )
        ticket = self._send(equipment_ids=printer.ids)
        job = self._job(ticket)
        note_work(job, "35")
        fill_form(job, "Worn fuser", "Fuser replaced", {})
        hand_back(job, "done", "Fuser replaced")
        mine = ticket.with_user(self.technician)
        mine.resolution_code_id = self.code_fixed
        mine.action_solve()
        self._solve(self._file(equipment_ids=printer.ids))
        self.env.flush_all()
        row = self.env["itsm.second.repair"].search([("equipment_id", "=", printer.id)])
        self.assertEqual(
            (row.vendor_partner_id, row.user_id), (self.vendor, self.technician)
        )

    def test_whose_time(self):
        """A day from 8 to 16 UTC: the desk, the vendor, the requester, the desk."""
        self.calendar.tz = "UTC"
        self.vendor.itsm_calendar_id = self.calendar.copy(
            {"name": "Mornings", "tz": "UTC"}
        )
        afternoons = self.vendor.itsm_calendar_id.attendance_ids.filtered(
            lambda one: one.day_period != "morning"
        )
        afternoons.unlink()
        with freeze_time("2026-03-02 08:00:00") as clock:
            ticket = self._file()
            mine = ticket.with_user(self.technician)
            clock.move_to("2026-03-02 09:00:00")
            mine.action_take()
            mine.action_start()
            mine.action_send_to_vendor(self.vendor.id, "Look at it")
            clock.move_to("2026-03-02 14:00:00")
            hand_back(self._job(ticket), "declined", "Not ours")
            mine.action_pend(self.reason_requester.id)
            clock.move_to("2026-03-02 15:00:00")
            mine.action_resume()
            clock.move_to("2026-03-02 16:00:00")
            self._fill_form(ticket)
            mine.action_solve()
        parts = ticket.sudo()._get_time_by_party()
        self.assertEqual(
            {party: time.total_seconds() / 3600 for party, time in parts.items()},
            {
                ("team", self.team.id): 2,
                ("vendor", self.vendor.id): 3,
                NOBODY: 1,
                REQUESTER: 1,
            },
        )
        hours = self.calendar.get_work_hours_count(
            datetime(2026, 3, 2, 8, tzinfo=pytz.utc),
            datetime(2026, 3, 2, 16, tzinfo=pytz.utc),
        )
        self.assertEqual(hours, 7)
        job = mine.vendor_job_ids
        self.assertEqual((job.worked_hours, job.is_late), (3, False))
        self.assertIn("Lanqiao 03:00", mine.time_by_party)
