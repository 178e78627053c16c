from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.sla.itsm_sla_clock import PROVEN_FIELDS
from .common import SlaCommon, utc


@tagged("post_install", "-at_install")
@freeze_time("2025-06-02 09:00:00")
class TestSlaAccess(SlaCommon):
    """Nobody writes a clock or an event, and readers see their own tickets'."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._create_ticket()
        cls.clocks = cls.ticket.clock_ids
        cls.events = cls.clocks.event_ids

    def test_no_role_writes_clocks_or_events(self):
        attacks = {
            "write": lambda record: record.write({"state": "met"}),
            "clear": lambda record: record.write({"breached_at": False}),
            "create": lambda record: record.create({"ticket_id": self.ticket.id}),
            "unlink": lambda record: record.unlink(),
        }
        for user in (self.requester, self.technician, self.lead, self.manager):
            for records in (self.clocks, self.events):
                for name, attack in attacks.items():
                    with (
                        self.subTest(user=user.login, model=records._name, act=name),
                        self.assertRaises(UserError),
                    ):
                        attack(records.with_user(user))

    def test_events_stay_even_for_the_server(self):
        with self.assertRaisesRegex(UserError, "none is changed or deleted"):
            self.events.sudo().write({"at": utc("2025-06-02 08:00")})
        with self.assertRaisesRegex(UserError, "none is changed or deleted"):
            self.events.sudo().unlink()

    def test_clocks_cannot_be_written_through_the_ticket(self):
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.technician).write(
                {"clock_ids": [(1, self.clocks[0].id, {"state": "met"})]}
            )
        with self.assertRaises(AccessError):
            self._create_ticket_as(self.technician, sla_state="met")

    def _create_ticket_as(self, user, **values):
        return (
            self.env["itsm.ticket"]
            .with_user(user)
            .create(
                {
                    "subject": "Attack",
                    "partner_id": self.requester.partner_id.id,
                    "company_id": self.company.id,
                    **values,
                }
            )
        )

    def test_defaults_of_the_context_do_not_backdate(self):
        ticket = self._create_ticket_as(
            self.technician.with_context(
                default_started_at="2020-01-01", default_sla_state="met"
            )
        )
        self.assertEqual(
            set(ticket.sudo().clock_ids.mapped("started_at")), {utc("2025-06-02 09:00")}
        )
        self.assertEqual(ticket.sudo().sla_state, "on_time")

    def test_a_requester_files_without_reading_clocks(self):
        ticket = self._create_ticket_as(self.requester)
        self.assertEqual(len(ticket.sudo().clock_ids), 2)
        self.assertEqual(ticket.sla_state, "on_time")
        with self.assertRaises(AccessError):
            self.env["itsm.sla.clock"].with_user(self.requester).search([])
        with self.assertRaises(AccessError):
            ticket.with_user(self.requester).read(["clock_ids"])

    def test_a_technician_sees_the_clocks_of_his_teams(self):
        other_team = self.team.copy({"name": "Other", "member_ids": False})
        other_team.leader_id = self.manager
        hidden = self._create_ticket(team_id=other_team.id)
        clocks = self.env["itsm.sla.clock"].with_user(self.technician).search([])
        self.assertEqual(set(clocks.ids), set(self.clocks.ids))
        self.assertFalse(
            self.env["itsm.ticket.event"]
            .with_user(self.technician)
            .search([("ticket_id", "=", hidden.id)])
        )
        self.assertEqual(
            len(self.env["itsm.sla.clock"].with_user(self.manager).search([])), 4
        )

    def test_explanation_is_for_whoever_reads_the_clock(self):
        clock = self._clock(self.ticket).with_user(self.technician)
        self.assertIn("Started", clock.explanation)
        self.assertIn("Others: Resolution", clock.explanation)
        self.assertIn(f"Times: {clock.company_id.itsm_tz}", clock.explanation)
        self.assertTrue(clock.is_proven)
        self.assertEqual(clock.action_explain()["res_id"], clock.id)

    def test_what_is_shown_goes_on_with_the_time(self):
        clock = self._clock(self.ticket)
        self.assertEqual(clock.current_hours, 0)
        with freeze_time("2025-06-02 14:00:00"):
            clock.invalidate_recordset()
            self.assertEqual(clock.current_hours, 4)
            self.assertIn("4:00", clock.explanation)
        with freeze_time("2025-07-02 14:00:00"):
            clock.invalidate_recordset()
            self.assertIn("more stretches", clock.explanation)

    def test_all_that_is_stored_is_proven(self):
        """But for the next event, which takes in alerts that wait."""
        clock = self._clock(self.ticket)
        stored = clock._prepare_values(clock._replay())
        self.assertEqual({*PROVEN_FIELDS, "next_event_at"}, set(stored))

    def test_a_forged_row_is_not_proven(self):
        clock = self._clock(self.ticket)
        self.assertTrue(clock.is_proven)
        with self.assertRaises(AccessError):
            clock.sudo().write({"consumed_seconds": 1})
        clock.flush_recordset()
        self.env.cr.execute(
            "UPDATE itsm_sla_clock SET consumed_seconds = 1 WHERE id = %s", clock.ids
        )
        clock.invalidate_recordset()
        self.assertFalse(clock.is_proven)

    def test_only_managers_change_policies(self):
        for user in (self.technician, self.lead):
            with self.assertRaises(AccessError):
                self.policy_other.with_user(user).write({"name": "Softer"})
            with self.assertRaises(AccessError):
                self.policy_other.line_ids.with_user(user).write({"target_hours": 99})
        self.policy_other.with_user(self.manager).write({"name": "Changed"})
        self.assertEqual(self.policy_other.name, "Changed")
