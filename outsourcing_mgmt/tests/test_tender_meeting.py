from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import TenderCommon


@tagged("post_install", "-at_install")
class TestTenderMeeting(TenderCommon):
    """Meetings are in the calendar of colleagues and on the notice for vendors."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tender = cls._create_published()
        cls.moment = cls.start + timedelta(days=2)

    def _plan(self, user=None, **values):
        return (
            self.env["outsourcing.tender.meeting"]
            .with_user(user or self.procurement_user)
            .create(
                {
                    "tender_id": self.tender.id,
                    "place": "Gate 2",
                    **({} if "kind" in values else {"kind": "site"}),
                    **({} if "kind" in values else {"start": self.moment}),
                    **values,
                }
            )
        )

    def _get_mails(self):
        # sudo: mails are read by a test.
        mails = self.env["mail.mail"].sudo()
        return mails.search([("subject", "like", "Site visit")])

    def test_vendors_are_told_apart_and_not_invited(self):
        before = self._get_mails()
        meeting = self._plan(user=self.officer_user)
        event = meeting.event_id
        self.assertRecordValues(
            event.sudo(),
            [
                {
                    "start": self.moment,
                    "stop": self.moment + timedelta(hours=1),
                    "location": "Gate 2",
                    "privacy": "private",
                    "partner_ids": self.tender.user_id.partner_id.ids,
                    "user_id": self.tender.user_id.id,
                }
            ],
        )
        mails = self._get_mails() - before
        told = mails.filtered(lambda mail: "Open the tender" in mail.body_html)
        persons = self.vendor_users.partner_id
        self.assertEqual(told.recipient_ids, self.vendors | persons)
        self.assertTrue(all(len(mail.recipient_ids) == 1 for mail in told))
        self.assertIn(meeting, self.tender._get_public_meetings())
        meeting.action_cancel(reason="The gate is closed")
        self.assertFalse(event.sudo().active)
        self.assertNotIn(meeting, self.tender._get_public_meetings())
        last = (self._get_mails() - before - mails).filtered(
            lambda mail: mail.recipient_ids <= self.vendors
        )
        self.assertEqual(last.recipient_ids, self.vendors)
        self.assertIn("The gate is closed", last[0].body_html)

    def test_the_entry_follows_the_meeting(self):
        meeting = self._plan()
        event = meeting.event_id.with_user(self.tender.user_id)
        later = self.moment + timedelta(hours=3)
        for attempt in (
            lambda: event.write({"start": later, "stop": later + timedelta(hours=1)}),
            lambda: event.write({"location": "Gate 9"}),
            lambda: event.write({"active": False}),
            lambda: event.unlink(),
        ):
            # With a savepoint: the entry is compared when it is written.
            with self.assertRaises(UserError) as caught:
                attempt()
            self.assertIn("set on the meeting", str(caught.exception))
        event.write({"description": "Bring shoes"})
        meeting.write({"start": later, "stop": later + timedelta(hours=2)})
        self.assertEqual(event.start, later)

    def test_guests_are_known_to_readers_and_stay(self):
        """Core lets any employee read, delete and move the guests of any entry."""
        judge = self.members[0].user_id
        meeting = self._plan(user_ids=[Command.set((self.officer_user | judge).ids)])
        other = self.env["calendar.event"].create({"name": "Lunch"})
        guests = meeting.event_id.sudo().attendee_ids
        self.assertIn(judge.partner_id, guests.partner_id)
        # Rights of the readers, of a guest, and of the one who invites.
        for user in (self.procurement_user, judge, self.tender.user_id):
            self.assertEqual(guests.with_user(user).search([]) & guests, guests)
            guests.with_user(user).mapped("partner_id")
        for user in (self.plain_user, self.user_user):
            mine = guests.with_user(user)
            self.assertFalse(mine.search([("id", "in", guests.ids)]))
            self.assertFalse(mine.search([("event_id", "=", meeting.event_id.id)]))
            with self.assertRaises(AccessError):
                mine.read(["partner_id", "access_token"])
        theirs = guests.filtered(lambda guest: guest.partner_id == judge.partner_id)
        for user in (self.plain_user, self.officer_user, self.tender.user_id):
            for attempt in (
                lambda user=user: theirs.with_user(user).unlink(),
                lambda user=user: theirs.with_user(user).write({"event_id": other.id}),
                lambda user=user: theirs.with_user(user).write(
                    {"partner_id": user.partner_id.id}
                ),
            ):
                with self.assertRaises(UserError), self.cr.savepoint():
                    attempt()
                    self.env.flush_all()
                self.env.invalidate_all()
        self.assertIn(judge.partner_id, meeting.event_id.sudo().attendee_ids.partner_id)
        meeting.user_ids -= judge
        self.assertNotIn(
            judge.partner_id, meeting.event_id.sudo().attendee_ids.partner_id
        )

    def test_strangers_find_no_entry_by_what_it_says(self):
        meeting = self._plan(kind="opening")
        event = meeting.event_id
        judge = self.tender.committee_ids[:1].partner_id
        questions = {
            "name": ("name", "ilike", self.tender.name),
            "place": ("location", "=", "Gate 2"),
            "kind": ("res_model", "=", meeting._name),
            "guest": ("attendee_ids.partner_id", "in", judge.ids),
        }
        busy = [("id", "=", event.id), ("partner_ids", "in", judge.ids)]
        for user in (self.procurement_user, judge.user_ids):
            for name, question in questions.items():
                with self.subTest(user=user.login, question=name):
                    self.assertIn(event, event.with_user(user).search([question]))
        for user in (self.plain_user, self.user_user):
            self.assertEqual(event.with_user(user).search(busy), event)
            for name, question in questions.items():
                with self.subTest(user=user.login, question=name):
                    self.assertNotIn(event, event.with_user(user).search([question]))
                    either = ["|", ("id", "<", 0), question]
                    self.assertNotIn(event, event.with_user(user).search(either))

    def test_vendors_are_no_guests(self):
        """Each would read in the invitation who else bids."""
        meeting = self._plan()
        alpha, beta = (
            new_test_user(self.env, f"guest_{name}", groups="base.group_portal")
            for name in ("alpha", "beta")
        )
        organizer = self.tender.user_id
        guests = [Command.link(alpha.partner_id.id), Command.link(beta.partner_id.id)]
        event = meeting.event_id.with_user(organizer)
        for attempt in (
            lambda: meeting.with_user(self.officer_user).write(
                {"user_ids": [Command.link(alpha.id), Command.link(beta.id)]}
            ),
            lambda: self._plan(user_ids=[Command.link(alpha.id)]),
            lambda: event.write({"partner_ids": guests}),
            lambda: event.write(
                {"attendee_ids": [Command.create({"partner_id": alpha.partner_id.id})]}
            ),
            lambda: (
                self.env["calendar.attendee"]
                .with_user(organizer)
                .create({"event_id": event.id, "partner_id": alpha.partner_id.id})
            ),
            lambda: event.attendee_ids.write({"partner_id": alpha.partner_id.id}),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                attempt()
                self.env.flush_all()
            self.env.invalidate_all()
        meeting.user_ids = [Command.link(self.hr_user.id)]
        self.assertIn(self.hr_user.partner_id, event.sudo().partner_ids)

    def test_vendors_were_told_what_it_is(self):
        meeting = self._plan()
        clarify = self.env["outsourcing.tender.meeting"]._fields["kind"]
        inner = next(
            kind
            for kind, _label in clarify.selection
            if kind not in ("prebid", "site", "opening")
        )
        for kind in (inner, "prebid"):
            with self.assertRaises(UserError) as caught:
                meeting.kind = kind
            self.assertIn("Cancel it and plan another", str(caught.exception))
        meeting.kind = "site"
        self.assertIn(meeting, self.tender._get_public_meetings())

    def test_times_fit_the_tender(self):
        for kind, text in (("site", "before they bid"), ("opening", "bids are opened")):
            with self.assertRaises(ValidationError) as caught:
                self._plan(kind=kind, start=self.deadline)
            self.assertIn(text, str(caught.exception))
        opening = self._plan(kind="opening")
        self.assertEqual(opening.start, self.opening)
        self.assertEqual(
            opening.user_ids,
            self.tender.user_id | self.tender.committee_ids.user_id,
        )
        addendum = self.tender.addendum_ids.create(
            {
                "tender_id": self.tender.id,
                "subject": "More time",
                "body": "<p>More time.</p>",
                "new_deadline": self.deadline + timedelta(days=3),
            }
        )
        addendum.action_publish()
        self.assertEqual(opening.start, self.opening + timedelta(days=3))
        self.assertEqual(opening.event_id.sudo().start, opening.start)

    def test_who_came_is_frozen(self):
        meeting = self._plan()
        with self.assertRaisesRegex(UserError, "it begins at"):
            meeting.action_hold()
        with freeze_time(self.moment + timedelta(hours=2)):
            with self.assertRaisesRegex(UserError, "nobody is noted"):
                meeting.action_hold()
            meeting.attendance_ids = [
                Command.create({"partner_id": vendor.id}) for vendor in self.vendors[:2]
            ]
            meeting.with_user(self.officer_user).action_hold()
        self.assertEqual(meeting.attendance_count, 2)
        self.assertEqual(meeting.held_by_id, self.officer_user)
        for attempt in (
            lambda: meeting.write({"minutes": "<p>Other</p>"}),
            lambda: meeting.write({"held_by_id": self.user_user.id}),
            lambda: meeting.attendance_ids[0].write({"name": "Other"}),
            lambda: meeting.attendance_ids[0].unlink(),
            lambda: meeting.attendance_ids.create(
                {"meeting_id": meeting.id, "name": "Late"}
            ),
            lambda: meeting.action_cancel(reason="Too late"),
            lambda: meeting.unlink(),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_presence_at_the_opening_is_taken_over(self):
        tender = self.tender
        meeting = self._plan(kind="opening")
        self._declare(tender)
        for number, price in enumerate(self.prices):
            self._bid(tender, number, price)
        with freeze_time(self.deadline):
            tender.action_close()
        present = tender.sudo().committee_ids[:2]
        with freeze_time(self.opening):
            for member in present:
                member.with_user(member.user_id).action_attend()
            tender.action_open()
            meeting.action_hold()
        self.assertEqual(meeting.attendance_ids.partner_id, present.partner_id)

    def test_vendors_who_came_are_as_secret_as_the_invited(self):
        meeting = self._plan(
            attendance_ids=[Command.create({"partner_id": self.vendors[0].id})]
        )
        for user in (self.user_user, self.members[0].user_id, self.vendor_users[0]):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                meeting.attendance_ids.with_user(user).read(["name"])
