from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import SlaCommon


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestAttackMissed(SlaCommon):
    """A deadline that was missed stays missed, whatever its owner does then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env,
            "sla_colleague",
            "itsm_desk.group_itsm_technician",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        cls.team.member_ids |= cls.colleague

    def _miss(self, owner=None, is_found=True, **values):
        """Return a ticket whose solution is due on Wednesday at 11, on Thursday.

        :param bool is_found: whether the job has noted already that it is late
        """
        ticket = self._create_ticket(**values)
        ticket.with_user(owner or self.technician).action_take()
        if is_found:
            with freeze_time("2025-06-05 09:00:00"):
                self._run_job()
            self.assertEqual(self._clock(ticket).state, "breached")
        return ticket

    def _assert_counts(self, ticket):
        clock = self._clock(ticket)
        self.assertEqual(clock.state, "breached")
        self.assertFalse(clock.is_cancelled)
        self.assertEqual(ticket.sla_state, "breached")
        self._assert_proven(ticket.clock_ids)

    @freeze_time("2025-06-05 09:00:00")
    def test_owner_cancels_it(self):
        for is_found in (True, False):
            with self.subTest(is_found=is_found):
                with freeze_time("2025-06-02 09:00:00"):
                    ticket = self._miss(is_found=is_found)
                ticket.with_user(self.technician).action_cancel("Not needed")
                self._assert_counts(ticket)
                self.assertTrue(self._clock(ticket).stopped_at)

    def test_owner_merges_it(self):
        ticket, other = self._miss(), self._create_ticket()
        self._assign(other)
        with freeze_time("2025-06-05 09:00:00"):
            ticket.with_user(self.technician).action_merge(other.id)
        self.assertFalse(ticket.user_id)
        self._assert_counts(ticket)

    def test_lead_who_owns_it_merges_it(self):
        ticket, other = self._miss(self.lead), self._create_ticket()
        self._assign(other)
        with freeze_time("2025-06-05 09:00:00"):
            ticket.with_user(self.lead).action_merge(other.id)
        self._assert_counts(ticket)

    def test_colleague_on_it_cancels_it(self):
        ticket = self._miss()
        ticket.collaborator_ids |= self.colleague
        with freeze_time("2025-06-05 09:00:00"):
            ticket.with_user(self.colleague).action_cancel("Not needed")
        self._assert_counts(ticket)

    def test_owner_leads_it_to_a_service_without_a_target(self):
        """Before the miss a promise ends with what it was given for, after it not."""
        self.policy_other.ticket_type = "incident"
        ticket, early = self._miss(), self._create_ticket()
        self._assign(early)
        for one in (ticket, early):
            with freeze_time("2025-06-03" if one == early else "2025-06-05"):
                one.with_user(self.technician).ticket_type = "request"
        self._assert_counts(ticket)
        self.assertTrue(self._clock(early).is_cancelled)
        with freeze_time("2025-06-05 10:00:00"):
            ticket.with_user(self.technician).urgency = "1"
            self._step(ticket, "solved")
        self._assert_counts(ticket)

    def test_who_takes_it_back(self):
        """The requester, and whoever leads and does not own it."""
        for who in (self.requester, self.lead, self.manager):
            with self.subTest(who=who.login):
                ticket = self._miss(partner_id=self.requester.partner_id.id)
                with freeze_time("2025-06-05 09:00:00"):
                    ticket.with_user(who).action_cancel("Found another printer")
                clock = self._clock(ticket)
                self.assertTrue(clock.is_cancelled)
                self._assert_proven(clock)

    def test_time_off_of_one_person_stays_that(self):
        """Nobody makes a holiday of the own day off, on which no clock would run."""
        leaves = self.env["resource.calendar.leaves"].with_user(self.technician)
        mine, others = (
            self.env["resource.resource"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "company_id": self.company.id,
                    "calendar_id": self.calendar.id,
                }
            )
            for user in (self.technician, self.colleague)
        )
        ticket = self._create_ticket()
        due = self._clock(ticket).deadline_at
        leave = leaves.create(
            {
                "name": "Day off",
                "resource_id": mine.id,
                "date_from": "2025-06-03 00:00:00",
                "date_to": "2025-06-03 23:59:59",
            }
        )
        for vals in (
            {"resource_id": False},
            {"resource_id": False, "calendar_id": False},
            {"resource_id": others.id},
        ):
            with (
                self.subTest(vals=vals),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                leave.write(vals)
        leave.date_to = "2025-06-04 23:59:59"
        self.assertEqual(leave.resource_id, mine)
        self._run_job()
        self.assertEqual(self._clock(ticket).deadline_at, due)

    def test_reopening_is_no_other_step(self):
        """A ticket that nobody solved is not "not solved", and nothing is started."""
        ticket = self._create_ticket()
        self._assign(ticket)
        for act in ("action_reopen", "action_refuse_solution"):
            for reason in (None, "It is broken again"):
                with (
                    self.subTest(act=act, reason=reason),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    getattr(ticket.with_user(self.technician), act)(reason)
        self.assertEqual(ticket.state, "assigned")
