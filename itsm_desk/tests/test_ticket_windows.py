from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SIGNATURE, DeskCommon


@tagged("post_install", "-at_install")
class TestTicketWindows(DeskCommon):
    """The form at the phone and the small windows of the steps."""

    def test_quick_registration(self):
        """Requester, service and subject are enough."""
        form = Form(self.env["itsm.ticket"].with_user(self.technician))
        form.partner_id = self.requester.partner_id
        form.service_id = self.service
        form.subject = "No mail"
        ticket = form.save()
        self.assertRecordValues(
            ticket,
            [
                {
                    "channel": "phone",
                    "state": "assigned",
                    "user_id": self.technician.id,
                    "team_id": self.team.id,
                    "category_id": self.category.id,
                    "department_id": self.department.id,
                    "priority": "1",
                }
            ],
        )
        self.assertTrue(ticket.first_response_at)

    def test_employee_asks_in_the_back_office(self):
        form = Form(self.env["itsm.ticket"].with_user(self.requester))
        form.subject = "No mail"
        ticket = form.save()
        self.assertEqual(ticket.partner_id, self.requester.partner_id)
        self.assertEqual(ticket.channel, "portal")
        for user in (self.requester, self.technician, self.boss):
            views = (
                self.env["itsm.ticket"]
                .with_user(user)
                .get_views(
                    [(False, kind) for kind in ("list", "kanban", "form", "search")]
                )
            )
            self.assertEqual(len(views["views"]), 4)

    def test_technician_asks_for_himself(self):
        form = Form(
            self.env["itsm.ticket"]
            .with_user(self.technician)
            .with_context(itsm_for_myself=True, default_channel="portal")
        )
        self.assertEqual(form.partner_id, self.technician.partner_id)
        form.subject = "My own screen"
        self.assertFalse(form.save().user_id)

    def test_reasons(self):
        ticket = self._file(service_id=self.approved_service.id)
        window = self._window("itsm_ticket_reason_action_refuse", ticket, self.boss)
        window.reason = "No budget."
        window.save().action_confirm()
        self.assertEqual(ticket.state, "refused")
        ticket = self._file()
        window = self._window(
            "itsm_ticket_reason_action_log_call", ticket, self.technician
        )
        window.reason = "Called."
        window.save().action_confirm()
        self.assertEqual(ticket.sudo().user_id, self.technician)
        window = self._window("itsm_ticket_pend_action", ticket, self.technician)
        window.reason_id = self.reason_parts
        window.save().action_confirm()
        self.assertEqual(ticket.state, "pending")
        ticket.with_user(self.technician).action_resume()
        self._fill_form(ticket)
        ticket.with_user(self.technician).action_solve()
        window = self._window(
            "itsm_ticket_reason_action_refuse_solution", ticket, self.requester
        )
        window.reason = "Still nothing."
        window.save().action_confirm()
        self.assertEqual(ticket.state, "in_progress")
        window = self._window(
            "itsm_ticket_reason_action_cancel", ticket, self.requester
        )
        window.reason = "Never mind."
        window.save().action_confirm()
        self.assertEqual(ticket.state, "cancelled")

    def _window(self, action, ticket, user):
        """Open the window of a button as the web client does."""
        values = self.env.ref(f"itsm_desk.{action}").sudo()
        verb = action.rpartition("_action")[2].removeprefix("_")
        context = {"active_id": ticket.id}
        if values.res_model == "itsm.ticket.reason":
            self.assertIn(f"'default_verb': '{verb}'", values.context)
            context["default_verb"] = verb
        return Form(self.env[values.res_model].with_user(user).with_context(**context))

    def test_escalating(self):
        ticket = self._file()
        ticket.with_user(self.technician).action_take()
        window = self._window("itsm_ticket_escalate_action", ticket, self.technician)
        self.assertEqual(window.team_id, self.second_team)
        window.support_level = "l1"
        self.assertEqual(window.team_id, self.team)
        window.support_level = "l2"
        window.reason = "Too hard."
        window.save().action_confirm()
        self.assertEqual(ticket.sudo().team_id, self.second_team)
        wizard = self.env["itsm.ticket.escalate"].with_user(self.technician)
        with self.assertRaises(UserError):
            wizard.create(
                {
                    "ticket_id": self._file().id,
                    "support_level": "l2",
                    "reason": "Not mine.",
                }
            ).action_confirm()

    def test_signing_off(self):
        ticket = self._solve(self._file())
        window = self._window("itsm_ticket_rate_action", ticket, self.requester)
        window.rating = "4"
        window.save().action_confirm()
        self.assertRecordValues(
            ticket.sudo(),
            [{"state": "closed", "rating_value": 4, "sign_off_method": "backend"}],
        )

    def test_signing_off_at_the_desk(self):
        ticket = self._solve(self._file())
        window = self._window("itsm_ticket_rate_action_desk", ticket, self.technician)
        self.assertTrue(window.is_desk)
        window.rating = "5"
        window.code = "AAAAAAAA"
        wizard = window.save()
        wizard.signature = SIGNATURE
        self.assertEqual(wizard.action_send_code()["res_id"], wizard.id)
        with self.assertRaisesRegex(UserError, "code is wrong"):
            wizard.action_confirm()
        self.assertEqual(ticket.state, "solved")

    def test_windows_of_strangers(self):
        ticket = self._file()
        for model, vals in (
            ("itsm.ticket.reason", {"verb": "cancel", "reason": "x"}),
            ("itsm.ticket.rate", {"rating": "5"}),
        ):
            wizard = self.env[model].with_user(self.stranger)
            with self.assertRaises(AccessError):
                wizard.create({"ticket_id": ticket.id, **vals}).action_confirm()

    def test_smart_buttons(self):
        first, second = self._solve(self._file()), self._file()
        first.action_sign_off(5)
        first.action_reopen("Again")
        mine = first.with_user(self.technician)
        self.assertEqual(mine.partner_ticket_count, 3)
        self.assertEqual(mine.follow_up_count, 1)
        Ticket = self.env["itsm.ticket"]
        self.assertEqual(
            Ticket.search(mine.action_view_follow_ups()["domain"]),
            first.sudo().child_ids,
        )
        self.assertIn(
            second.sudo(), Ticket.search(mine.action_view_partner_tickets()["domain"])
        )
        team = self.team.with_user(self.technician)
        self.assertEqual(team.open_ticket_count, 2)
        self.assertEqual(team.unowned_ticket_count, 2)
        domain = team.action_view_tickets()["domain"]
        self.assertIn(second.sudo(), Ticket.search(domain))
