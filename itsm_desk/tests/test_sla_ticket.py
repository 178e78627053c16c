import random
from datetime import datetime, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.base.grants import server_unlink, server_write
from ..models.sla.itsm_ticket_sla import CLOCK_FACTS, STAY_FACTS
from .common import SlaCommon, utc


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestSlaTicket(SlaCommon):
    """The clocks follow the ticket, whatever way it goes. Monday, 9 o'clock."""

    def _events(self, clock):
        return clock.event_ids.sorted("id").mapped("kind")

    def test_filing_starts_both_clocks(self):
        ticket = self._create_ticket()
        self.assertRecordValues(
            ticket.clock_ids.sorted("kind", reverse=True),
            [
                {
                    "kind": "response",
                    "state": "running",
                    "target_seconds": 4 * 3600,
                    "started_at": utc("2025-06-02 09:00"),
                    "deadline_at": utc("2025-06-02 14:00"),
                    "next_event_at": utc("2025-06-02 12:00"),
                },
                {
                    "kind": "resolution",
                    "state": "running",
                    "target_seconds": 16 * 3600,
                    "started_at": utc("2025-06-02 09:00"),
                    "deadline_at": utc("2025-06-04 11:00"),
                    "next_event_at": utc("2025-06-03 15:00"),
                },
            ],
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "sla_state": "on_time",
                    "sla_next_deadline": utc("2025-06-02 14:00"),
                    "response_met": False,
                    "resolution_met": False,
                }
            ],
        )
        self._assert_proven(ticket.clock_ids)

    def test_whole_story(self):
        """Answered, paused, resumed, solved, reopened, solved again, closed."""
        ticket = self._create_ticket()
        response, resolution = self._clock(ticket, "response"), self._clock(ticket)
        with freeze_time("2025-06-02 10:00:00"):
            self._assign(ticket)
            self._answer(ticket)
        self.assertRecordValues(
            response,
            [
                {
                    "state": "met",
                    "stopped_at": utc("2025-06-02 10:00"),
                    "consumed_seconds": 3600,
                    "next_event_at": False,
                }
            ],
        )
        self.assertRecordValues(
            ticket,
            [
                {
                    "sla_state": "on_time",
                    "sla_next_deadline": utc("2025-06-04 11:00"),
                    "response_met": True,
                    "response_seconds": 3600,
                }
            ],
        )
        with freeze_time("2025-06-02 11:00:00"):
            self._step(ticket, "pending", self.waiting)
        self.assertRecordValues(
            resolution,
            [
                {
                    "state": "paused",
                    "consumed_seconds": 7200,
                    "deadline_at": False,
                    "reason_id": self.waiting.id,
                }
            ],
        )
        self.assertRecordValues(
            ticket, [{"sla_state": "paused", "sla_next_deadline": False}]
        )
        with freeze_time("2025-06-03 11:00:00"):
            self._step(ticket, "in_progress")
        self.assertRecordValues(
            resolution,
            [
                {
                    "state": "running",
                    "consumed_seconds": 7200,
                    "paused_seconds": 7 * 3600,
                    "deadline_at": utc("2025-06-05 11:00"),
                    "reason_id": False,
                }
            ],
        )
        with freeze_time("2025-06-03 14:00:00"):
            self._step(ticket, "solved")
        self.assertRecordValues(
            resolution, [{"state": "met", "consumed_seconds": 4 * 3600}]
        )
        self.assertRecordValues(ticket, [{"sla_state": "met", "resolution_met": True}])
        with freeze_time("2025-06-04 09:00:00"):
            self._step(ticket, "in_progress")
        self.assertRecordValues(
            resolution,
            [
                {
                    "state": "running",
                    "consumed_seconds": 4 * 3600,
                    "stopped_at": False,
                    "deadline_at": utc("2025-06-05 15:00"),
                }
            ],
        )
        self.assertRecordValues(response, [{"state": "met"}])
        with freeze_time("2025-06-04 10:00:00"):
            self._step(ticket, "solved")
            self._step(ticket, "closed")
        self.assertRecordValues(
            ticket,
            [
                {
                    "sla_state": "met",
                    "resolution_seconds": 5 * 3600,
                    "resolution_met": True,
                    "sla_next_deadline": False,
                }
            ],
        )
        self.assertEqual(
            self._events(resolution),
            ["start", "pause", "resume", "stop", "reopen", "stop"],
        )
        self._assert_proven(response | resolution)

    def test_waiting_for_the_requester_never_stops_the_response(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "pending", self.waiting)
        self.assertEqual(self._clock(ticket, "response").state, "running")
        self.assertEqual(self._clock(ticket).state, "paused")

    def test_a_pause_for_the_vendor_stops_nothing(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "pending", self.vendor)
        self.assertEqual(set(ticket.clock_ids.mapped("state")), {"running"})

    def test_another_reason_is_another_pause(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        parts = self.env.ref("itsm_desk.itsm_pending_reason_parts")
        self._step(ticket, "pending", self.waiting)
        with freeze_time("2025-06-02 11:00:00"):
            self._step(ticket, "in_progress")
            self._step(ticket, "pending", parts)
        clock = self._clock(ticket)
        self.assertEqual(self._events(clock), ["start", "pause", "resume", "pause"])
        self.assertEqual(clock.reason_id, parts)
        with freeze_time("2025-06-02 12:00:00"):
            self._step(ticket, "in_progress")
            self._step(ticket, "pending", self.vendor)
        self.assertEqual(clock.state, "running")
        self.assertEqual(clock.paused_seconds, 3 * 3600)
        self._assert_proven(clock)

    def test_waiting_for_approval_stops_both(self):
        ticket = self._create_ticket(service_id=self.approved_service.id)
        self.assertEqual(ticket.state, "waiting_approval")
        self.assertEqual(set(ticket.clock_ids.mapped("state")), {"paused"})
        self.assertEqual(
            ticket.clock_ids.reason_id,
            self.env.ref("itsm_desk.itsm_pending_reason_approval"),
        )

    def test_a_higher_priority_keeps_start_and_pauses(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        with freeze_time("2025-06-02 10:00:00"):
            self._step(ticket, "pending", self.waiting)
        with freeze_time("2025-06-02 11:00:00"):
            self._step(ticket, "in_progress")
            ticket.write({"impact": "3", "urgency": "3"})
        clock = self._clock(ticket)
        self.assertRecordValues(
            clock,
            [
                {
                    "started_at": utc("2025-06-02 09:00"),
                    "target_seconds": 4 * 3600,
                    "consumed_seconds": 3600,
                    "paused_seconds": 3600,
                    "deadline_at": utc("2025-06-02 15:00"),
                }
            ],
        )
        self.assertEqual(self._events(clock)[-1], "switch")
        self._assert_proven(ticket.clock_ids)

    def test_a_team_with_other_hours_counts_them_from_the_start(self):
        always = self._create_calendar("24x7", [(0, 24)], range(7), "UTC")
        night_team = self.team.copy(
            {"name": "Nights", "resource_calendar_id": always.id}
        )
        with freeze_time("2025-06-02 16:00:00"):
            ticket = self._create_ticket()
        with freeze_time("2025-06-02 20:00:00"):
            ticket.team_id = night_team
        clock = self._clock(ticket)
        self.assertEqual(clock.consumed_seconds, 4 * 3600)
        self.assertEqual(clock.deadline_at, utc("2025-06-03 08:00"))
        self._assert_proven(ticket.clock_ids)

    def test_a_late_solution_is_a_breach_at_the_deadline(self):
        """Also when the scheduled job never ran."""
        ticket = self._create_ticket(impact="3", urgency="3")
        self._assign(ticket)
        with freeze_time("2025-06-02 15:00:00"):
            self._step(ticket, "solved")
        clock = self._clock(ticket)
        self.assertRecordValues(
            clock,
            [
                {
                    "state": "breached",
                    "breached_at": utc("2025-06-02 14:00"),
                    "warned_at": utc("2025-06-02 12:00"),
                    "stopped_at": utc("2025-06-02 15:00"),
                    "consumed_seconds": 5 * 3600,
                }
            ],
        )
        self.assertEqual(self._events(clock), ["start", "warn", "breach", "stop"])
        self.assertEqual(ticket.sla_state, "breached")
        self.assertFalse(ticket.resolution_met)
        self._assert_proven(clock)

    def test_neither_reopening_nor_a_lower_priority_takes_a_breach_back(self):
        ticket = self._create_ticket(impact="3", urgency="3")
        self._assign(ticket)
        with freeze_time("2025-06-02 15:00:00"):
            self._step(ticket, "solved")
        with freeze_time("2025-06-03 09:00:00"):
            self._step(ticket, "in_progress")
            ticket.write({"impact": "1", "urgency": "1"})
            self._step(ticket, "pending", self.waiting)
        clock = self._clock(ticket)
        self.assertEqual(clock.target_seconds, 16 * 3600)
        self.assertEqual(clock.state, "breached")
        self.assertEqual(ticket.sla_state, "breached")
        self._assert_proven(clock)

    def test_a_cancelled_ticket_leaves_the_figures(self):
        ticket = self._create_ticket()
        self._step(ticket, "cancelled")
        self.assertEqual(ticket.clock_ids.mapped("is_cancelled"), [True, True])
        self.assertFalse(any(ticket.clock_ids.mapped("next_event_at")))
        self.assertFalse(ticket.sla_state)
        self._assert_proven(ticket.clock_ids)

    def test_a_promise_that_ends_cancels_and_one_that_returns_resumes(self):
        ticket = self._create_ticket()
        self.policy_other.active = False
        ticket.write({"urgency": "1"})
        self.assertTrue(self._clock(ticket).is_cancelled)
        with freeze_time("2025-06-02 11:00:00"):
            ticket.write({"impact": "3", "urgency": "3"})
        clock = self._clock(ticket)
        self.assertFalse(clock.is_cancelled)
        self.assertEqual(clock.state, "running")
        self.assertEqual(clock.consumed_seconds, 2 * 3600)
        self._assert_proven(clock)

    def test_hours_in_a_team_without_a_target_count_once_one_returns(self):
        """Moved away and back, a ticket is as late as if it had stayed."""
        other = self.team.copy({"name": "Without targets", "alias_name": False})
        self.policy_other.team_ids = self.team
        stays, moves, pauses = self._create_ticket(count=3)
        self._assign(pauses)
        with freeze_time("2025-06-02 10:00:00"):
            server_write(moves, {"team_id": other.id})
            server_write(pauses, {"team_id": other.id})
        clock = self._clock(moves)
        self.assertRecordValues(
            clock,
            [
                {
                    "is_cancelled": True,
                    "state": "running",
                    "stopped_at": False,
                    "deadline_at": False,
                    "next_event_at": False,
                    "consumed_seconds": 3600,
                }
            ],
        )
        self.assertFalse(moves.sla_state)
        with freeze_time("2025-06-02 11:00:00"):
            self._step(pauses, "pending", self.waiting)
        with freeze_time("2025-06-02 12:00:00"):
            self._step(pauses, "in_progress")
        with freeze_time("2025-06-03 09:00:00"):
            server_write(moves, {"team_id": self.team.id})
            server_write(pauses, {"team_id": self.team.id})
        with freeze_time("2025-06-03 10:00:00"):
            for ticket in (stays, moves):
                self._step(ticket, "assigned")
            for ticket in (stays, moves, pauses):
                self._step(ticket, "solved")
        names = ("consumed_seconds", "paused_seconds", "state", "is_cancelled")
        facts = [
            [self._clock(ticket)[name] for name in names] for ticket in (stays, moves)
        ]
        self.assertEqual(*facts)
        self.assertEqual(self._clock(moves).consumed_seconds, 8 * 3600)
        self.assertEqual(self._clock(pauses).consumed_seconds, 7 * 3600)
        self._assert_proven((stays | moves | pauses).clock_ids)

    def test_a_breach_is_found_when_the_target_returns(self):
        other = self.team.copy({"name": "Without targets", "alias_name": False})
        self.policy_other.team_ids = self.team
        ticket = self._create_ticket()
        ticket.team_id = other
        with freeze_time("2025-06-09 09:00:00"):
            self._run_job()
            self.assertFalse(ticket.sla_state)
            ticket.team_id = self.team
        with freeze_time("2025-06-09 09:00:01"):
            self._run_job()
        self.assertEqual(self._clock(ticket).breached_at, utc("2025-06-09 09:00"))
        self._assert_proven(ticket.clock_ids)

    def test_solved_in_a_team_without_a_target_counts_in_no_figure(self):
        other = self.team.copy({"name": "Without targets", "alias_name": False})
        self.policy_other.team_ids = self.team
        ticket = self._create_ticket()
        ticket.team_id = other
        self._assign(ticket)
        self._step(ticket, "solved")
        self.assertTrue(all(ticket.clock_ids.mapped("is_cancelled")))
        self.assertTrue(all(ticket.clock_ids.mapped("stopped_at")))
        with freeze_time("2025-06-02 11:00:00"):
            self._step(ticket, "in_progress")
        self.assertTrue(self._clock(ticket).is_cancelled)
        self.assertFalse(self._clock(ticket).stopped_at)
        self._assert_proven(ticket.clock_ids)

    def test_a_paused_clock_keeps_its_reason_under_a_new_target(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "pending", self.waiting)
        ticket.with_user(self.technician).write({"impact": "3", "urgency": "3"})
        clock = self._clock(ticket)
        self.assertEqual(clock.target_seconds, 4 * 3600)
        self.assertEqual(clock.reason_id, self.waiting)

    def test_a_new_target_of_the_policy_leaves_running_clocks(self):
        ticket = self._create_ticket()
        self.policy_other.line_ids.target_hours = 1
        ticket.write({"place": "on_site", "urgency": "2"})
        self.assertEqual(self._clock(ticket).target_seconds, 16 * 3600)
        self.assertEqual(self._clock(self._create_ticket()).target_seconds, 3600)

    def test_a_pause_without_a_reason_is_refused(self):
        clock = self._clock(self._create_ticket())
        with (
            self.assertRaisesRegex(IntegrityError, "pause_reason"),
            mute_logger("odoo.sql_db"),
        ):
            clock._advance(utc("2025-06-02 10:00"), {clock.id: [("pause", {})]})

    def test_random_stories_can_be_replayed(self):
        """Tickets moved at random: each clock equals what its events lead to."""
        rng = random.Random(7)
        reasons = self.waiting | self.vendor
        next_states = {
            "new": ("assigned",),
            "assigned": ("in_progress", "pending"),
            "in_progress": ("pending", "solved"),
            "pending": ("in_progress", "solved"),
            "solved": ("in_progress", "closed"),
            "closed": (),
        }
        tickets = self._create_ticket(count=28)
        tickets |= self._create_ticket(count=12, service_id=self.approved_service.id)
        moment = datetime(2025, 6, 2, 9)
        for _step in range(160):
            moment += timedelta(minutes=rng.randrange(1, 240))
            ticket = rng.choice(tickets)
            with freeze_time(moment):
                choice = rng.random()
                if choice < 0.2:
                    if ticket.state not in ("closed", "solved"):
                        ticket.write(
                            {"impact": rng.choice("13"), "urgency": rng.choice("13")}
                        )
                elif choice < 0.3 and ticket.user_id:
                    if ticket.state not in ("closed", "solved"):
                        self._answer(ticket)
                elif ticket.state == "waiting_approval":
                    ticket.with_user(self.manager).action_approve()
                elif states := next_states[ticket.state]:
                    self._step(ticket, rng.choice(states), rng.choice(reasons))
        kinds = set(tickets.clock_ids.event_ids.mapped("kind"))
        self.assertLessEqual(
            {"start", "pause", "resume", "switch", "stop", "reopen", "warn", "breach"},
            kinds,
        )
        self._assert_proven(tickets.clock_ids)

    # ------------------------------------------------------------
    # Batches
    # ------------------------------------------------------------

    def test_clocks_of_a_batch_cost_the_same_few_queries(self):
        """What the clocks add to filing does not grow with the batch."""
        self._create_ticket()
        costs = []
        for count in (10, 40):
            tickets = self._create_ticket(count=count)
            server_unlink(tickets.clock_ids.sudo())
            self.env.flush_all()
            self.env.invalidate_all()
            tickets.mapped("name")
            before = self.env.cr.sql_log_count
            tickets._sla_sync()
            self.env.flush_all()
            costs.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(tickets.clock_ids), 2 * count)
        self.assertEqual(costs[0], costs[1])
        self.assertLessEqual(costs[1], 30)

    def test_sync_of_unchanged_tickets_does_nothing(self):
        # The first ticket builds the hours, after which rules are read again.
        self._create_ticket()
        tickets = self._create_ticket(count=20)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            tickets._sla_sync()
            self.env.flush_all()
        self.assertEqual(len(tickets.clock_ids.event_ids), 40)

    def test_what_the_clocks_follow_is_what_starts_a_sync(self):
        """The list of fields is compared with what is really read."""
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "pending", self.waiting)
        with self._reading("itsm.ticket") as read:
            targets = self.env["itsm.sla.policy"]._get_targets(ticket)
            ticket._sla_get_wanted({}, targets)
        self.assertEqual(read["itsm.ticket"] - {"id"}, CLOCK_FACTS)
        self.assertEqual(
            ticket._sla_get_trigger_fields(),
            CLOCK_FACTS | STAY_FACTS | {"impact", "partner_id", "urgency"},
        )

    def test_copy_starts_new_clocks(self):
        with freeze_time("2025-06-02 09:00:00"):
            ticket = self._create_ticket()
        with freeze_time("2025-06-02 11:00:00"):
            clone = ticket.copy()
        self.assertEqual(self._clock(clone).started_at, utc("2025-06-02 11:00"))

    def test_columns_cannot_be_written(self):
        ticket = self._create_ticket()
        for name, value in (
            ("sla_state", "met"),
            ("response_met", True),
            ("resolution_seconds", 1),
            ("sla_next_deadline", False),
        ):
            with self.subTest(field=name), self.assertRaises(UserError):
                ticket.with_user(self.manager).write({name: value})
