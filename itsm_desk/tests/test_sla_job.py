from unittest.mock import patch

from odoo.fields import Command, Domain
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.intent import itsm_mail_intent as mail_intent
from .common import SlaCommon, utc

JOB_LOGGER = "odoo.addons.itsm_desk.models.sla.itsm_sla_clock_job"
INTENT_LOGGER = "odoo.addons.itsm_desk.models.intent.itsm_mail_intent"


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestSlaJob(SlaCommon):
    """The scheduled job warns, records breaches and tells the right person."""

    def _activities(self, ticket, kind):
        return ticket.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref(f"itsm_desk.mail_activity_type_sla_{kind}")
            )
        )

    def _make_mails(self):
        with self.enter_registry_test_mode():
            self.env.ref(mail_intent.JOB).method_direct_trigger()
        self.env.invalidate_all()

    def test_nothing_happens_before_it_is_due(self):
        ticket = self._create_ticket()
        clocks = ticket.clock_ids
        before = clocks.read()
        with freeze_time("2025-06-02 11:59:59"):
            self._run_job()
        self.assertEqual(clocks.read(), before)
        self.assertFalse(ticket.activity_ids)

    def test_warning_goes_to_the_owner(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        with freeze_time("2025-06-02 14:00:00"):
            self._run_job()
        response = self._clock(ticket, "response")
        self.assertRecordValues(
            response,
            [
                {
                    "state": "running",
                    "warned_at": utc("2025-06-02 12:00"),
                    "alert": False,
                    "next_event_at": utc("2025-06-02 14:00:01"),
                }
            ],
        )
        activity = self._activities(ticket, "warning")
        self.assertEqual(activity.user_id, self.technician)
        self.assertEqual(activity.summary, "Response target at risk")
        self.assertEqual(ticket.sla_state, "warning")

    def test_an_answer_takes_the_warning_off_the_list(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        with freeze_time("2025-06-02 13:00:00"):
            self._run_job()
            self.assertTrue(self._activities(ticket, "warning"))
            self._answer(ticket)
        self.assertFalse(self._activities(ticket, "warning"))

    def test_breach_goes_to_the_lead(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        with freeze_time("2025-06-02 15:00:00"):
            self._run_job()
        self.assertRecordValues(
            self._clock(ticket, "response"),
            [
                {
                    "state": "breached",
                    "breached_at": utc("2025-06-02 14:00"),
                    "next_event_at": False,
                }
            ],
        )
        self.assertEqual(self._activities(ticket, "breach").user_id, self.lead)
        self.assertFalse(self._activities(ticket, "warning"))
        self.assertEqual(ticket.sla_state, "breached")
        self._assert_proven(ticket.clock_ids)

    def test_running_twice_tells_once(self):
        ticket = self._create_ticket()
        with freeze_time("2025-06-02 15:00:00"):
            self._run_job()
            events = ticket.clock_ids.event_ids
            self._run_job()
        self.assertEqual(ticket.clock_ids.event_ids, events)
        self.assertEqual(len(self._activities(ticket, "breach")), 1)

    def test_one_late_run_says_the_same_as_many(self):
        tickets = self._create_ticket(count=2)
        first, second = tickets
        for minute in (0, 1, 30):
            with freeze_time(f"2025-06-02 14:{minute:02d}:30"):
                self._clock(first, "response")._process(utc("2025-06-02 14:30:30"))
        with freeze_time("2025-06-02 14:30:30"):
            self._run_job()
        for name in ("warned_at", "breached_at", "state", "consumed_seconds"):
            self.assertEqual(
                self._clock(first, "response")[name],
                self._clock(second, "response")[name],
            )

    def test_alerts_wait_for_the_hours_of_the_person(self):
        """The desk works around the clock, its owner does not."""
        always = self._create_calendar("24x7", [(0, 24)], range(7), "UTC")
        self.team.resource_calendar_id = always
        self.env["hr.employee"].create(
            {
                "name": "Technician",
                "user_id": self.technician.id,
                "company_id": self.company.id,
                "resource_calendar_id": self.calendar.id,
            }
        )
        with freeze_time("2025-06-02 18:00:00"):
            ticket = self._create_ticket()
            self._assign(ticket)
        with freeze_time("2025-06-02 21:30:00"):
            self._run_job()
            clock = self._clock(ticket, "response")
            self.assertEqual(clock.warned_at, utc("2025-06-02 21:00"))
            self.assertEqual(clock.alert_at, utc("2025-06-03 09:00"))
            self.assertFalse(ticket.activity_ids)
            self._answer(ticket)
            self.assertFalse(clock.alert, "no warning once it is answered")
        with freeze_time("2025-06-03 09:00:00"):
            self._run_job()
        self.assertEqual(
            ticket.activity_ids.mapped("summary"), ["Resolution target at risk"]
        )

    def test_critical_tickets_do_not_wait(self):
        always = self._create_calendar("24x7", [(0, 24)], range(7), "UTC")
        self.team.resource_calendar_id = always
        with freeze_time("2025-06-02 18:00:00"):
            ticket = self._create_ticket(impact="3", urgency="3")
            self._assign(ticket)
        with freeze_time("2025-06-02 18:50:00"):
            self._run_job()
        self.assertEqual(self._activities(ticket, "warning").user_id, self.technician)

    def test_one_bad_clock_does_not_stop_the_others(self):
        good, bad = self._create_ticket(count=2)
        bad_clock = self._clock(bad, "response")
        engine = type(bad_clock)
        send_alerts = engine._send_alerts

        def fail_on_bad(clocks, now):
            if bad_clock in clocks:
                raise ValueError("broken")
            return send_alerts(clocks, now)

        with (
            freeze_time("2025-06-02 15:00:00"),
            patch.object(engine, "_send_alerts", fail_on_bad),
            mute_logger(JOB_LOGGER),
        ):
            self._run_job()
        self.assertEqual(self._clock(good, "response").state, "breached")
        self.assertEqual(bad_clock.state, "running")
        with freeze_time("2025-06-02 15:10:00"):
            self._run_job()
        self.assertEqual(bad_clock.breached_at, utc("2025-06-02 14:00"))

    def test_a_run_that_is_cut_short_goes_on_where_it_stopped(self):
        """Each batch is committed; what is left is done by the next run, once."""
        tickets = self._create_ticket(count=5)
        engine = self.env["itsm.sla.clock"]
        now = utc("2025-06-02 15:00:00")
        due = Domain("next_event_at", "<=", now)
        rounds = 0
        with (
            patch(f"{JOB_LOGGER}.BATCH", 2),
            patch.object(type(self.env["ir.cron"]), "_commit_progress") as commit,
        ):
            commit.return_value = 0
            while not engine._process_batches(due, now):
                rounds += 1
                done = engine.search_count([("state", "=", "breached")])
                self.assertEqual(done, min(2 * rounds, 5))
        self.assertEqual(rounds, 3)
        kinds = tickets.clock_ids.event_ids.mapped("kind")
        self.assertEqual(kinds.count("breach"), 5)
        self.assertEqual(len(self._activities(tickets, "breach")), 5)
        self._assert_proven(tickets.clock_ids)

    def test_clocks_that_another_worker_holds_are_left_to_it(self):
        self._create_ticket(count=3)
        engine = self.env["itsm.sla.clock"]
        now = utc("2025-06-02 15:00:00")
        due = Domain("next_event_at", "<=", now)
        with (
            patch.object(
                type(engine), "try_lock_for_update", lambda clocks: clocks.browse()
            ),
            patch.object(type(self.env["ir.cron"]), "_commit_progress") as commit,
        ):
            self.assertTrue(engine._process_batches(due, now))
        commit.assert_not_called()
        self.assertEqual(engine.search_count(due), 3)

    def test_work_grows_with_what_is_due(self):
        """A hundred open tickets that are not due cost nothing."""
        self._create_ticket(count=5, impact="3", urgency="3")
        engine = self.env["itsm.sla.clock"]
        costs = []
        for tickets in (0, 100):
            if tickets:
                self._create_ticket(count=tickets)
                self._create_ticket(count=5, impact="3", urgency="3")
            self.env.flush_all()
            self.env.invalidate_all()
            due = engine.search([("next_event_at", "<=", "2025-06-02 09:50:00")])
            before = self.env.cr.sql_log_count
            due._process(utc("2025-06-02 09:50:00"))
            self.env.flush_all()
            costs.append((len(due), self.env.cr.sql_log_count - before))
        self.assertEqual([count for count, _queries in costs], [5, 5])
        self.assertLessEqual(costs[1][1], costs[0][1])

    def test_twenty_due_events_cost_hardly_more_than_two(self):
        """Who is told of which ticket differs, not how often the database is asked."""
        engine = self.env["itsm.sla.clock"]
        costs = {}
        self.enterContext(patch.object(mail_intent, "wake"))
        for count in (2, 20):
            tickets = self._create_ticket(count=count, impact="3", urgency="3")
            for number, ticket in enumerate(tickets):
                user = self.technician if number % 2 else self.lead
                ticket.with_user(user).action_take()
            self.env.flush_all()
            self.env.invalidate_all()
            due = engine.search([("next_event_at", "<=", "2025-06-02 09:50:00")])
            before = self.env.cr.sql_log_count
            due._process(utc("2025-06-02 09:50:00"))
            self.env.flush_all()
            costs[len(due)] = self.env.cr.sql_log_count - before
            self.assertEqual(
                [(one.res_id, one.user_id) for one in tickets.activity_ids],
                [(ticket.id, ticket.user_id) for ticket in tickets],
            )
        self.assertEqual(list(costs), [2, 20])
        self.assertLessEqual(costs[20], 60)
        self.assertLessEqual(costs[20], costs[2] + 5, costs)

    def test_notices_are_mails_of_a_step(self):
        """The job of the clocks waits for no mail; who has answered gets none."""
        first, second = self._create_ticket(count=2)
        self._assign(first | second)
        with freeze_time("2025-06-02 13:00:00"):
            with patch.object(mail_intent, "wake"):
                self._run_job()
            activities = self._activities(first | second, "warning")
            rows = self.env["itsm.mail.intent"].search([("kind", "=", "sla_alert")])
            self.assertEqual(set(rows.mapped("res_id")), set(activities.ids))
            self.assertEqual(set(rows.mapped("state")), {"waiting"})
            self._answer(first)
            self._make_mails()
        told = self.env["mail.message"].search(
            [
                ("model", "=", "itsm.ticket"),
                ("res_id", "in", (first | second).ids),
                ("subject", "like", "Response target at risk"),
            ]
        )
        self.assertEqual(told.mapped("res_id"), second.ids)
        self.assertEqual(told.partner_ids, self.technician.partner_id)
        self.assertEqual(sorted(rows.mapped("state")), ["overtaken", "sent"])

    @mute_logger(INTENT_LOGGER)
    def test_a_notice_that_cannot_be_made_is_told_on_the_ticket(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        broken = patch.object(
            self.registry["mail.activity"], "action_notify", side_effect=ValueError
        )
        now = utc("2025-06-02 13:00:00")
        with broken:
            with freeze_time(now):
                self._run_job()
            row = self.env["itsm.mail.intent"].search([("kind", "=", "sla_alert")])
            while row.state == "waiting":
                with freeze_time(row.next_try):
                    self._make_mails()
        self.assertTrue(self._activities(ticket, "warning"))
        self.assertIn("got no notice of it", ticket.message_ids[0].body)

    def test_without_owner_and_lead_a_member_is_told(self):
        self.team.write(
            {"leader_id": False, "member_ids": [Command.set(self.manager.ids)]}
        )
        ticket = self._create_ticket()
        with freeze_time("2025-06-02 15:00:00"):
            self._run_job()
        self.assertEqual(self._activities(ticket, "breach").user_id, self.manager)

    def test_the_job_is_woken_for_what_is_near(self):
        job = self.env.ref("itsm_desk.ir_cron_itsm_sla")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)])
        self._create_ticket()
        self.assertEqual(
            self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]), triggers
        )
        self.policy_other.line_ids.filtered(
            lambda line: line.kind == "response"
        ).target_hours = 0.1
        self._create_ticket()
        new = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]) - triggers
        self.assertEqual(new.mapped("call_at"), [utc("2025-06-02 09:04:30")])
