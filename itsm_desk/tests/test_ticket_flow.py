from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DeskCommon


@tagged("post_install", "-at_install")
class TestTicketFlow(DeskCommon):
    """From filing to closing, and every step that the flow does not have."""

    def test_story(self):
        ticket = self._file()
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "new",
                    "ticket_type": "incident",
                    "channel": "portal",
                    "partner_id": self.requester.partner_id.id,
                    "partner_email": "requester@desk.example.com",
                    "department_id": self.department.id,
                    "category_id": self.category.id,
                    "team_id": self.team.id,
                    "support_level": "l1",
                    "impact": "1",
                    "urgency": "2",
                    "priority": "1",
                    "user_id": False,
                }
            ],
        )
        self.assertTrue(ticket.name.startswith("INC"))
        mine = ticket.with_user(self.technician)
        mine.action_take()
        self.assertRecordValues(
            mine,
            [
                {
                    "state": "assigned",
                    "user_id": self.technician.id,
                    "first_responder_id": self.technician.id,
                    "first_response_at": False,
                }
            ],
        )
        mine.action_start()
        mine.action_pend(self.reason_parts.id)
        self.assertEqual(mine.pending_reason_id, self.reason_parts)
        mine.action_resume()
        self.assertFalse(mine.pending_reason_id)
        self._fill_form(ticket)
        mine.action_solve()
        self.assertEqual(mine.state, "solved")
        self.assertEqual(mine.solved_by_id, self.technician)
        self.assertTrue(mine.solved_at and mine.sign_off_deadline)
        self.assertTrue(mine.first_response_at, "The solution is an answer.")
        self.assertFalse(mine.is_first_contact_fix, "It was paused.")
        ticket.action_sign_off(rating=5, comment="Quick.")
        self.assertRecordValues(
            ticket.sudo(),
            [
                {
                    "state": "closed",
                    "sign_off_method": "backend",
                    "signed_off_by_id": self.requester.partner_id.id,
                    "rating_value": 5,
                    "rating_comment": "Quick.",
                    "is_satisfaction_counted": True,
                }
            ],
        )
        self.assertTrue(ticket.sudo().closed_at)

    def test_every_undeclared_step_is_refused(self):
        flow = self.env["itsm.ticket"]._flow_transitions
        seen = []
        for ticket in self._walk_states():
            origin = ticket.state
            seen.append(origin)
            mine = ticket.with_user(self.technician)
            for target in set(flow) - flow[origin] - {origin}:
                with self.subTest(origin=origin, target=target):
                    with self.assertRaises(UserError):
                        mine.write({"state": target})
                    self.assertEqual(ticket.state, origin)
        self.assertEqual(set(seen), set(flow))

    def _walk_states(self):
        """Yield a ticket in each state of its flow, taken there by its verbs."""
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        yield ticket
        mine.action_take()
        yield ticket
        mine.action_start()
        yield ticket
        mine.action_pend(self.reason_requester.id)
        yield ticket
        mine.action_resume()
        self._fill_form(ticket)
        mine.action_solve()
        yield ticket
        ticket.action_sign_off(5)
        yield ticket
        ticket = self._file()
        ticket.action_cancel("Found the mail")
        yield ticket
        ticket = self._file(service_id=self.approved_service.id)
        yield ticket
        ticket.with_user(self.boss).action_refuse("Too dear")
        yield ticket

    def test_no_creation_beyond_the_first_state(self):
        for state in ("assigned", "solved", "closed"):
            with self.assertRaises(UserError):
                self._file(state=state)
            ticket = (
                self.env["itsm.ticket"]
                .with_user(self.technician)
                .with_context(default_state=state, default_rating_value=5)
                .create({"subject": "x", "partner_id": self.requester.partner_id.id})
            )
            self.assertNotEqual(ticket.state, state if state != "assigned" else "")
            self.assertFalse(ticket.rating_value)

    def test_steps_with_a_form_need_their_button(self):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        with self.assertRaisesRegex(UserError, "only by its button"):
            mine.write({"state": "assigned"})
        mine.action_take()
        for state in ("pending", "cancelled", "waiting_approval"):
            with self.assertRaisesRegex(UserError, "only by its button"):
                mine.write({"state": state})
        self._solve_rest(mine)
        with self.assertRaises(UserError):
            ticket.sudo().write({"state": "closed"})
        with self.assertRaises(UserError):
            mine.write({"state": "in_progress"})

    def _solve_rest(self, mine):
        mine.action_start()
        self._fill_form(mine)
        mine.action_solve()

    def test_system_fields_are_not_written(self):
        ticket = self._file().with_user(self.technician)
        ticket.action_take()
        for vals in (
            {"user_id": self.colleague.id},
            {"first_responder_id": self.colleague.id},
            {"first_response_at": "2026-01-01 00:00:00"},
            {"rating_value": 5},
            {"signed_off_by_id": self.requester.partner_id.id},
            {"sign_off_method": "portal"},
            {"priority": "3"},
            {"name": "INC1"},
            {"approved_by_id": self.manager.id},
            {"partner_email": "me@example.com"},
            {"solved_at": "2026-01-01 00:00:00"},
            {"closed_at": "2026-01-01 00:00:00"},
            {"reopen_count": 0},
            {"support_level": "l2"},
            {"pending_reason_id": self.reason_parts.id},
            {"department_id": self.department.id},
            {"parent_id": ticket.id},
        ):
            with self.subTest(vals=vals):
                with self.assertRaises(AccessError):
                    ticket.write(vals)
                with self.assertRaises(AccessError):
                    self._file(self.technician, **vals)
                with self.assertRaises(AccessError):
                    ticket.with_context(itsm_flow_key=True).write(vals)

    def test_solving_needs_the_handling_form(self):
        ticket = self._file().with_user(self.technician)
        ticket.action_take()
        ticket.action_start()
        form = {
            "cause": "c",
            "action_taken": "a",
            "minutes_spent": 5,
            "resolution_code_id": self.code_fixed.id,
        }
        for left_out in form:
            ticket.write(
                {key: val if key != left_out else False for key, val in form.items()}
            )
            with self.assertRaisesRegex(UserError, "fill in"):
                ticket.action_solve()
            with self.assertRaisesRegex(UserError, "fill in"):
                ticket.write({"state": "solved"})
        ticket.write(form)
        ticket.action_solve()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            ticket.write({"cause": "another"})

    def test_pause_needs_a_reason(self):
        ticket = self._file().with_user(self.technician)
        ticket.action_take()
        for reason_id in (0, None, 999999):
            with self.assertRaisesRegex(UserError, 'fill in first: "Pending Because"'):
                ticket.action_pend(reason_id)

    def test_reasons_are_required(self):
        ticket = self._file()
        for reason in ("", "  ", None):
            with self.assertRaises(UserError):
                ticket.action_cancel(reason)
        ticket.action_cancel("Not needed any more.")
        self.assertEqual(ticket.state, "cancelled")
        self.assertEqual(ticket.stop_reason, "Not needed any more.")
        with self.assertRaisesRegex(UserError, "already"):
            ticket.action_cancel("again")

    def test_history_is_kept(self):
        ticket = self._file().with_user(self.technician)
        ticket.action_take()
        with self.assertRaises(UserError):
            ticket.with_user(self.manager).unlink()

    def test_copy_starts_anew(self):
        ticket = self._solve(self._file())
        copy = ticket.with_user(self.technician).copy()
        self.assertNotEqual(copy.name, ticket.name)
        self.assertEqual(copy.sudo().solved_by_id.id, False)
        self.assertFalse(copy.cause)
        told = self._file(
            self.technician, partner_id=self.requester.partner_id.id, channel="phone"
        )
        self.assertEqual(told.user_id, self.technician)
        copy = told.copy()
        self.assertFalse(copy.user_id or copy.first_response_at)

    def test_buttons_follow_the_rules(self):
        ticket = self._file()
        mine = ticket.with_user(self.technician)
        self.assertTrue(mine.can_take)
        self.assertTrue(mine.can_log_call)
        self.assertFalse(ticket.can_take)
        self.assertFalse(ticket.with_user(self.outsider).sudo().can_take)
        mine.action_take()
        self.assertFalse(mine.can_take)
        self.assertTrue(mine.can_start and mine.can_escalate and mine.can_pend)
        self.assertTrue(mine.can_handle and mine.can_solve)
        self.assertFalse(ticket.with_user(self.colleague).can_start)
        self.assertTrue(ticket.can_cancel)
        self.assertFalse(ticket.can_sign_off)
        self._solve_rest(mine)
        self.assertTrue(ticket.can_sign_off and ticket.can_refuse_solution)
        self.assertFalse(mine.can_sign_off)
        self.assertTrue(mine.can_sign_off_at_desk)

    def test_requester_is_fixed_once_the_work_has_begun(self):
        ticket = self._file(
            self.technician, partner_id=self.requester.partner_id.id, channel="phone"
        )
        ticket.partner_id = self.portal.partner_id
        with self.assertRaises(UserError):
            ticket.partner_id = self.technician.partner_id
        ticket.action_start()
        with self.assertRaisesRegex(UserError, "once the work has begun"):
            ticket.partner_id = self.requester.partner_id

    def test_service_defaults_and_priority(self):
        self.service.write({"impact": "3", "urgency": "3"})
        ticket = self._file()
        self.assertEqual(ticket.priority, "3")
        ticket = self._file(impact="1", urgency="1")
        self.assertRecordValues(
            ticket, [{"impact": "1", "urgency": "1", "priority": "0"}]
        )
        mine = ticket.with_user(self.technician)
        mine.action_take()
        mine.impact = "3"
        self.assertEqual(mine.priority, "1")

    def test_company_cell_goes_before_the_shared_one(self):
        self.env["itsm.priority.matrix"].create(
            {
                "impact": "1",
                "urgency": "2",
                "priority": "3",
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self._file().priority, "3")
