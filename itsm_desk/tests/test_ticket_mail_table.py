import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo.tests import freeze_time, tagged

from ..models.vendor.itsm_vendor_job import fill_form, hand_back, note_work
from ..tools import mail_table
from .common import SIGNATURE, SlaCommon
from .test_quality_complaint import ComplaintCommon
from .test_vendor_job import VendorCommon

README = Path(__file__).parents[1] / "README.rst"
OF_CLOCKS = {"target at risk", "target missed"}


class Walk:
    """Compares who is told of an event with the table."""

    def _walk(self, event, act, **people):
        """Let ``act`` happen; return what it returns.

        :param people: the user of each role
        """
        rows = [row for row in mail_table.TABLE if row.event == event]
        self.assertEqual({row.role for row in rows}, {*map(_get_role, people)}, event)
        Message = self.env["mail.message"].sudo()
        Mail = self.env["mail.mail"].sudo()
        Activity = self.env["mail.activity"].sudo()
        self.env.flush_all()
        before = Message.search([]), Mail.search([]), Activity.search([])
        result = act()
        self.env.flush_all()
        messages = Message.search([]) - before[0]
        mails = Mail.search([]) - before[1]
        tasks = Activity.search([]) - before[2]
        self.met.add(event)
        for row in rows:
            user = people[row.role.replace(" ", "_")]
            asked = tasks.filtered(lambda item, user=user: item.user_id == user)
            reached = self._get_reached(user, messages, mails)
            told = reached.filtered(
                lambda item: "assigned to" not in (item.subject or "")
            )
            with self.subTest(event=event, role=row.role):
                self.assertLessEqual(
                    len(reached), 1, "one mail a person and event, Odoo's own with it"
                )
                if row.way == mail_table.MAIL:
                    self.assertEqual((len(told), len(asked)), (1, 0), told)
                    for message in told:
                        self.assertFalse(
                            re.fullmatch(r"\W*[\w/]+\W*", message.subject or ""),
                            "a bare number is no subject",
                        )
                elif row.way == mail_table.ACTIVITY:
                    self.assertEqual((len(told), len(asked)), (0, 1), told)
                else:
                    self.assertEqual((len(told), len(asked)), (0, 0), told)
        return result

    def _get_reached(self, user, messages, mails):
        """Return the messages that reached a user.

        With what Odoo mails by itself, to whoever is assigned: of an activity, and of
        an owner.
        """
        partner = user.partner_id
        told = messages.filtered(
            lambda message: partner in message.notified_partner_ids
        )
        told |= mails.filtered(
            lambda mail: (
                partner in mail.recipient_ids
                or (user.email and user.email in (mail.email_to or ""))
            )
        ).mail_message_id
        return told


def _get_role(name):
    return name.replace("_", " ")


@tagged("post_install", "-at_install")
@freeze_time("2026-03-04 09:00:00")
class TestDeskMailTable(Walk, VendorCommon, ComplaintCommon):
    """Walks the life of tickets: who is told of each event, in which way, and once."""

    def setUp(self):
        super().setUp()
        self.met = set()
        self.enterContext(
            patch.object(
                self.env.registry["ir.cron"], "_commit_progress", return_value=60
            )
        )

    def test_table(self):
        for part in ("work", "ends", "approval", "vendor", "complaint"):
            with self.subTest(part=part):
                getattr(self, f"_walk_{part}")()
        events = {row.event for row in mail_table.TABLE}
        self.assertEqual(self.met, events - OF_CLOCKS)

    def _walk_work(self):
        ticket = self._walk(
            "ticket filed", self._file_portal, requester=self.portal, lead=self.lead
        )
        mine = ticket.with_user(self.technician)
        self._walk("ticket taken", mine.action_take, requester=self.portal)
        mine.action_start()
        self._walk(
            "question asked",
            lambda: mine.action_pend(self.reason_requester.id, "Which printer?"),
            requester=self.portal,
        )
        self._walk(
            "requester answers",
            # As the page of the portal does.
            lambda: (
                ticket.with_user(self.portal)
                .sudo()
                .message_post(
                    body="The blue one",
                    author_id=self.portal.partner_id.id,
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
            ),
            owner=self.technician,
        )
        self._walk(
            "ticket escalated",
            lambda: mine.action_escalate(
                "l2", "Needs more", user_id=self.specialist.id
            ),
            called=self.specialist,
            requester=self.portal,
        )
        self._walk(
            "escalation declined",
            lambda: ticket.with_user(self.specialist).action_decline("Not ours"),
            owner=self.technician,
        )
        self._walk(
            "ticket handed on",
            lambda: ticket.with_user(self.lead).action_reassign(
                self.colleague.id, "Holiday"
            ),
            requester=self.portal,
            next_owner=self.colleague,
        )

    def _walk_ends(self):
        ticket = self._file_portal()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_start()
        self._fill_form(ticket)
        self._walk("ticket solved", mine.action_solve, requester=self.portal)
        self._walk(
            "solution refused",
            lambda: ticket.with_user(self.portal).action_refuse_solution("Not yet"),
            owner=self.technician,
        )
        self._fill_form(ticket)
        mine.action_solve()
        tickets = self.env["itsm.ticket"]
        with freeze_time(ticket.sudo().sign_off_reminder_at):
            self._walk(
                "sign-off due", tickets._cron_remind_sign_off, requester=self.portal
            )
        with freeze_time(ticket.sudo().sign_off_deadline + timedelta(minutes=1)):
            self._walk(
                "closed unsigned", tickets._cron_close_unsigned, requester=self.portal
            )
        rated = self._solve(self._file_portal())
        self._walk(
            "rated 1 or 2",
            lambda: rated.with_user(self.portal).action_sign_off(
                1, "Slow", SIGNATURE, "Portal"
            ),
            lead=self.lead,
            requester=self.portal,
        )
        other = self._file_portal().with_user(self.technician)
        other.action_take()
        self._walk(
            "ticket cancelled",
            lambda: other.action_cancel("Filed twice"),
            requester=self.portal,
        )

    def _walk_approval(self):
        ticket = self._walk(
            "approval asked",
            lambda: self._file(service_id=self.approved_service.id),
            approver=self.boss,
        )
        self._walk(
            "approval refused",
            lambda: ticket.with_user(self.boss).action_refuse("No budget"),
            requester=self.requester,
        )

    def _walk_vendor(self):
        ticket = self._file_portal()
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.action_start()
        self._walk(
            "sent to a vendor",
            lambda: mine.action_send_to_vendor(
                self.vendor.id, "Replace the fuser", user_id=self.person.id
            ),
            vendor=self.person,
            requester=self.portal,
        )
        job = self._job(ticket)
        note_work(job, "35", "on_site", "Replaced the fuser", "Fuser")
        fill_form(job, "Worn fuser", "Fuser replaced", {})
        self._walk(
            "back from a vendor",
            lambda: hand_back(job, "done", "Fuser replaced"),
            owner=self.technician,
        )

    def _walk_complaint(self):
        complaint = self._walk(
            "complaint filed",
            self._complain,
            quality=self.quality,
            owner=self.technician,
        )
        self._walk(
            "complaint answered",
            lambda: self._answer(complaint),
            requester=self.requester,
        )

    def test_readme(self):
        """The README shows the table as it is."""
        shown = {
            tuple(re.split(r"\s{2,}", line.strip()))
            for line in README.read_text().splitlines()
        }
        for row in mail_table.TABLE:
            self.assertIn(tuple(row), shown)


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestClockMailTable(Walk, SlaCommon):
    """The events of clocks, whom the job tells of them."""

    def test_table(self):
        self.met = set()
        ticket = self._create_ticket()
        self._assign(ticket)
        with freeze_time("2025-06-02 13:00:00"):
            self._walk("target at risk", self._run_job, owner=self.technician)
        with freeze_time("2025-06-02 15:00:00"):
            self._walk("target missed", self._run_job, lead=self.lead)
        self.assertEqual(self.met, OF_CLOCKS)
