import random
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.event.ticket_proof import find_differences
from .common import SlaCommon, utc


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestEventHistory(SlaCommon):
    """What a ticket does is recorded where it does it. Monday, 9 o'clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["itsm.team"].create(
            {
                "name": "Second line",
                "company_id": cls.company.id,
                "leader_id": cls.lead.id,
                "support_level": "l2",
                "member_ids": [(4, cls.technician.id)],
            }
        )
        cls.service = cls.env["itsm.service"].create(
            {
                "name": "Mail",
                "category_id": cls.env.ref("itsm_desk.itsm_category_imac").id,
                "company_id": cls.company.id,
                "impact": "3",
                "urgency": "3",
            }
        )

    def _events(self, ticket):
        """Return (kind, from, to) of the entries of a ticket, clocks left out."""
        events = self.env["itsm.ticket.event"].search(
            [("ticket_id", "=", ticket.id), ("clock_id", "=", False)], order="id"
        )
        return [
            (event.kind, event.old_value or "", event.new_value or "")
            for event in events
        ]

    def _assert_proven_tickets(self, tickets):
        self.env.flush_all()
        tickets.invalidate_recordset()
        self.assertEqual(find_differences(tickets), {})

    # ------------------------------------------------------------
    # WHAT IS RECORDED
    # ------------------------------------------------------------

    def test_taking_is_recorded_in_its_order(self):
        ticket = self._create_ticket()
        with freeze_time("2025-06-02 10:00:00"):
            self._assign(ticket)
            self._answer(ticket)
            self._answer(ticket)
        owner = str(self.technician.id)
        self.assertEqual(
            self._events(ticket),
            [
                ("filed", "", "new"),
                ("owner", "", owner),
                ("state", "new", "assigned"),
                ("answer", "", "2025-06-02 10:00:00"),
                ("reply", "", ""),
            ],
        )
        taken = ticket.event_ids.filtered(lambda event: event.kind == "state")
        self.assertRecordValues(
            taken,
            [
                {
                    "at": utc("2025-06-02 10:00"),
                    "user_id": self.technician.id,
                    "ticket_state": "assigned",
                    "owner_id": self.technician.id,
                    "team_id": self.team.id,
                    "worked_seconds": 3600,
                    "backlog_change": 0,
                    "old_label": "New",
                    "new_label": "Assigned",
                }
            ],
        )
        self._assert_proven_tickets(ticket)

    def test_reasons_are_kept(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._step(ticket, "pending", self.waiting)
        ticket.with_user(self.technician).action_escalate(
            "l2", "Needs the server", team_id=self.second.id
        )
        ticket.with_user(self.technician).action_cancel("Bought a new one")
        by_kind = {(event.kind, event.new_value): event for event in ticket.event_ids}
        self.assertEqual(by_kind["state", "pending"].reason_id, self.waiting)
        self.assertEqual(by_kind["escalation", "l2"].reason, "Needs the server")
        self.assertEqual(by_kind["level", "l2"].reason, "Needs the server")
        self.assertEqual(by_kind["state", "cancelled"].reason, "Bought a new one")
        self.assertEqual(by_kind["state", "cancelled"].backlog_change, -1)
        self._assert_proven_tickets(ticket)

    def test_what_is_computed_is_recorded_with_its_cause(self):
        ticket = self._create_ticket()
        before = ticket.priority
        ticket.with_user(self.technician).write({"impact": "3", "urgency": "3"})
        self.assertNotEqual(ticket.priority, before)
        self.assertIn(("priority", before, ticket.priority), self._events(ticket))
        self._assert_proven_tickets(ticket)

    def test_what_is_no_fact_is_not_recorded(self):
        ticket = self._create_ticket()
        count = len(ticket.event_ids)
        ticket.with_user(self.technician).write({"subject": "Another"})
        ticket.with_user(self.technician).write({"impact": ticket.impact})
        ticket.invalidate_recordset()
        self.assertEqual(len(ticket.event_ids), count)

    def test_a_batch_is_recorded_in_one_insertion(self):
        tickets = self._create_ticket(count=20)
        self.env.flush_all()
        few, many = tickets[:2], tickets[2:]
        counts = []
        for batch in (few, many):
            batch = batch.with_user(self.technician)
            batch.mapped("clock_ids")
            start = self.env.cr.sql_log_count
            batch.action_take()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 4, counts)

    # ------------------------------------------------------------
    # EVIDENCE
    # ------------------------------------------------------------

    def test_nobody_writes_entries(self):
        ticket = self._create_ticket()
        values = ticket.event_ids[0].copy_data()[0]
        people = self.requester | self.technician | self.lead | self.manager
        for user in people | self.env.ref("base.user_root"):
            events = ticket.event_ids.with_user(user)
            # sudo: not even with the rights of the server's code
            for records in (events, events.sudo()):
                for name, attack in {
                    "write": lambda rows: rows.write({"at": "2020-01-01"}),
                    "unlink": lambda rows: rows.unlink(),
                    "create": lambda rows: rows.create([values]),
                }.items():
                    with (
                        self.subTest(user=user.login, su=records.env.su, act=name),
                        self.assertRaises(AccessError),
                    ):
                        attack(records)
        with self.assertRaises(AccessError):
            ticket.with_user(self.technician).write({"event_ids": [(5,)]})

    def test_a_changed_column_is_found_and_told_once(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self._assert_proven_tickets(ticket)
        self.env.cr.execute(
            "UPDATE itsm_ticket SET priority = '0', solved_at = now() WHERE id = %s",
            [ticket.id],
        )
        ticket.invalidate_recordset()
        self.assertEqual(
            set(find_differences(ticket)[ticket.id]), {"priority", "solved_at"}
        )
        job = self.env.ref("itsm_desk.ir_cron_check_history")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
            job.method_direct_trigger()
        activities = ticket.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("itsm_desk.mail_activity_type_history")
            )
        )
        self.assertIn(self.manager, activities.user_id)
        self.assertEqual(len(activities), len(activities.user_id))
        self.assertIn("priority", activities[0].note)

    def test_a_changed_entry_is_found(self):
        ticket = self._create_ticket()
        self._assign(ticket)
        self.env.cr.execute(
            "DELETE FROM itsm_ticket_event WHERE ticket_id = %s AND kind = 'owner'",
            [ticket.id],
        )
        self.env.invalidate_all()
        self.assertIn("event_ids", find_differences(ticket)[ticket.id])
        with self.assertRaisesRegex(AccessError, "supervisors and managers"):
            ticket.with_user(self.technician).action_check_history()
        whole = self._create_ticket()
        for tickets, kind, text in (
            (ticket, "danger", ticket.name),
            (ticket | whole, "danger", ticket.name),
            (whole, "success", "all columns and clocks follow"),
        ):
            result = tickets.with_user(self.lead).action_check_history()["params"]
            with self.subTest(tickets=tickets.mapped("name")):
                self.assertEqual(result["type"], kind)
                self.assertIn(text, result["message"])

    def test_checking_many_costs_the_same_few_queries(self):
        tickets = self._create_ticket(count=30)
        counts = []
        for batch in (tickets[:3], tickets):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertEqual(find_differences(batch), {})
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 2, counts)

    # ------------------------------------------------------------
    # RANDOM HISTORIES
    # ------------------------------------------------------------

    def test_random_histories_lead_to_the_columns(self):
        """Whatever people do by the real verbs, the columns are what was recorded."""
        for seed in range(8):
            rng = random.Random(seed)
            ticket = self._create_ticket(
                channel=rng.choice(["portal", "phone"]),
                **rng.choice([{}, {"service_id": self.approved_service.id}]),
            )
            moment, done = utc("2025-06-02 09:00"), ["file"]
            for _step in range(14):
                moment += timedelta(minutes=rng.randrange(1, 2000))
                with freeze_time(moment):
                    done.append(self._act_at_random(rng, ticket))
                    if rng.random() < 0.3:
                        self._run_job()
            with self.subTest(seed=seed, done=done):
                self._assert_proven_tickets(ticket)
                self._assert_proven(ticket.clock_ids)

    def _act_at_random(self, rng, ticket):
        """Try an act of somebody; the flow refuses those that are not due."""
        technician, lead = (
            ticket.with_user(self.technician),
            ticket.with_user(self.lead),
        )
        requester = ticket.with_user(self.requester)
        acts = {
            "take": technician.action_take,
            "take over": lead.action_take,
            "approve": ticket.with_user(self.manager).action_approve,
            "start": technician.action_start,
            "pend": lambda: technician.action_pend(
                rng.choice([self.waiting.id, self.vendor.id])
            ),
            "resume": technician.action_resume,
            "call": technician.action_log_call,
            "answer": lambda: technician.message_post(
                body="Look again.",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            ),
            "ask": lambda: requester.message_post(
                body="And?", message_type="comment", subtype_xmlid="mail.mt_comment"
            ),
            "escalate": lambda: lead.action_escalate(
                "l2", "Help", team_id=self.second.id
            ),
            "judge": lambda: technician.write(
                {"impact": rng.choice("123"), "urgency": rng.choice("123")}
            ),
            "service": lambda: technician.write({"service_id": self.service.id}),
            "solve": lambda: self._step(ticket, "solved"),
            "refuse": lambda: requester.action_refuse_solution("Still broken"),
            "reopen": lambda: technician.action_reopen("Saw it again"),
            "sign off": lambda: requester.action_sign_off(4),
            "cancel": lambda: requester.action_cancel("Never mind"),
        }
        weights = [1 if name in ("cancel", "sign off") else 6 for name in acts]
        name = rng.choices(list(acts), weights)[0]
        try:
            with self.env.cr.savepoint():
                acts[name]()
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all()
            return f"({name})"
        return name
