from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SlaCommon


@tagged("post_install", "-at_install")
class TestSlaPolicy(SlaCommon):
    """Which target holds for a ticket."""

    def _match(self, ticket, kind="resolution"):
        targets = self.env["itsm.sla.policy"]._get_targets(ticket)
        target = targets.get((ticket.id, kind))
        lines = self.env["itsm.sla.policy.line"]
        return target and lines.browse(target.line_id).policy_id

    def test_the_policy_with_most_criteria_wins(self):
        ticket = self._create_ticket(impact="3", urgency="3")
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(self._match(ticket), self.policy_critical)
        narrow = self._create_policy(
            "Team, critical", 1, 2, priority="3", team_ids=self.team.ids
        )
        self.assertEqual(self._match(ticket), narrow)
        self.assertEqual(self._match(self._create_ticket()), self.policy_other)

    def test_among_equals_the_first_in_the_list_wins(self):
        by_team = self._create_policy("Team", 1, 2, team_ids=self.team.ids, sequence=20)
        by_type = self._create_policy("Type", 1, 2, ticket_type="incident", sequence=5)
        ticket = self._create_ticket(ticket_type="incident")
        self.assertEqual(self._match(ticket), by_type)
        by_team.sequence = 1
        self.assertEqual(self._match(ticket), by_team)

    def test_each_kind_is_matched_by_itself(self):
        self._create_policy("Answer only", 1, 2, team_ids=self.team.ids).line_ids[
            1
        ].unlink()
        ticket = self._create_ticket()
        self.assertEqual(self._match(ticket, "response").name, "Answer only")
        self.assertEqual(self._match(ticket, "resolution"), self.policy_other)

    def test_a_department_includes_those_below_it(self):
        head, below, beside = self.env["hr.department"].create(
            [{"name": name, "company_id": self.company.id} for name in "ABC"]
        )
        below.parent_id = head
        policy = self._create_policy("Head", 1, 2, department_ids=head.ids)
        employee = self.env["hr.employee"].create(
            {
                "name": "Requester",
                "user_id": self.requester.id,
                "company_id": self.company.id,
            }
        )
        for department, expected in (
            (head, policy),
            (below, policy),
            (beside, self.policy_other),
        ):
            employee.department_id = department
            ticket = self._create_ticket()
            self.assertEqual(ticket.department_id, department)
            self.assertEqual(self._match(ticket), expected, department.name)

    def test_policies_of_other_companies_do_not_hold(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_policy(
            "Other", 1, 1, company_id=other.id, priority="1", ticket_type="incident"
        )
        self.assertEqual(self._match(self._create_ticket()), self.policy_other)

    def test_archived_policies_do_not_hold(self):
        self.policy_other.active = False
        ticket = self._create_ticket()
        self.assertFalse(self._match(ticket))
        self.assertFalse(self._clock(ticket))
        self.assertFalse(ticket.sla_state)

    def test_shipped_policies_promise_more_for_higher_priorities(self):
        targets = [
            self.env.ref(f"itsm_desk.itsm_sla_policy_{name}").line_ids.mapped(
                "target_hours"
            )
            for name in ("critical", "high", "medium", "low")
        ]
        self.assertEqual(targets, [[0.25, 4], [1, 8], [4, 24], [8, 40]])

    def test_flexible_hours_are_refused(self):
        flexible = self._create_calendar(
            "Flexible", [], (), "UTC", schedule_type="flexible"
        )
        for record, name in (
            (self.policy_other, "calendar_id"),
            (self.team, "resource_calendar_id"),
        ):
            with self.assertRaises(ValidationError, msg=name):
                record[name] = flexible

    def test_hours_in_use_cannot_become_flexible(self):
        with self.assertRaisesRegex(ValidationError, "cannot become flexible"):
            self.calendar.schedule_type = "flexible"

    def test_hours_of_the_company_are_those_of_hr(self):
        """A desk that names no hours of its own lets HR change the company's."""
        team = self.env["itsm.team"].create(
            {"name": "New desk", "company_id": self.company.id}
        )
        self.assertFalse(team.resource_calendar_id)
        calendar = self.company.resource_calendar_id
        ticket = self._create_ticket(team_id=team.id)
        clock = self._clock(ticket)
        self.assertEqual(clock.timeline_id.calendar_id, calendar)
        with self.assertRaisesRegex(ValidationError, "cannot become flexible"):
            calendar.flexible_hours = True
        ticket.with_user(self.requester).action_cancel("Not needed any more")
        self.assertTrue(clock.stopped_at)
        calendar.flexible_hours = True
        self.assertTrue(calendar.flexible_hours)

    def test_a_flexible_company_calendar_gives_no_clock(self):
        flexible = self._create_calendar(
            "Flexible", [], (), "UTC", schedule_type="flexible"
        )
        self.company.resource_calendar_id = flexible
        self.team.resource_calendar_id = False
        ticket = self._create_ticket()
        self.assertTrue(self._match(ticket))
        self.assertFalse(self._clock(ticket))

    def test_policy_calendar_goes_before_the_team(self):
        always = self._create_calendar("24x7", [(0, 24)], range(7), "UTC")
        self.policy_other.calendar_id = always
        clock = self._clock(self._create_ticket())
        self.assertEqual(clock.timeline_id.calendar_id, always)

    def test_a_policy_has_one_target_of_each_kind(self):
        with (
            self.assertRaisesRegex(IntegrityError, "kind_uniq"),
            mute_logger("odoo.sql_db"),
        ):
            self.policy_other.line_ids = [
                Command.create({"kind": "response", "target_hours": 1})
            ]
