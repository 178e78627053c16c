from odoo import fields, models
from odoo.exceptions import UserError

from ..base.itsm_grant import server_write


class ItsmTicket(models.Model):
    """The verbs of a ticket, and what follows from each state."""

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_take(self):
        """Become the owner. Of two who try at once exactly one succeeds."""
        self.check_access("read")
        self._become_owner()
        return True

    def action_log_call(self, note=None):
        """Note a phone call with the requester; whoever logs it first owns it."""
        self.ensure_one()
        self.check_access("read")
        self._flow_check_can("log_call")
        self._respond(fields.Datetime.now())
        self.message_post(
            body=note or self.env._("Phone call with the requester."),
            subtype_xmlid="mail.mt_note",
        )
        return True

    def action_approve(self):
        """Let a waiting request go to the desk."""
        for owned, tickets in self.grouped(lambda rec: bool(rec.user_id)).items():
            tickets._take_step({"state": "assigned" if owned else "new"})
        return True

    def action_refuse(self, reason):
        """Refuse a waiting request."""
        return self._take_step(
            {"state": "refused", "stop_reason": self._require_reason(reason)}
        )

    def action_start(self):
        """Begin to work."""
        return self._take_step({"state": "in_progress"})

    def action_pend(self, reason_id):
        """Pause the work for a listed reason."""
        reason = self.env["itsm.pending.reason"].browse(int(reason_id or 0)).exists()
        if not reason:
            raise UserError(self.env._("Choose why the work pauses."))
        reason.check_access("read")
        return self._take_step({"state": "pending", "pending_reason_id": reason.id})

    def action_resume(self):
        """Go back to work after a pause."""
        return self._take_step({"state": "in_progress"})

    def action_solve(self):
        """Hand the solution to the requester; the handling form is complete."""
        return self._take_step({"state": "solved"})

    def action_cancel(self, reason):
        """End a ticket that needs no solution."""
        return self._take_step(
            {"state": "cancelled", "stop_reason": self._require_reason(reason)}
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        super()._flow_entered(target, origins)
        # sudo: what follows from a step is not in the hands of the acting user
        tickets = self.sudo()
        left = {state: tickets.browse() for state in origins.values()}
        for ticket in tickets:
            left[origins[ticket.id]] |= ticket
        if "waiting_approval" in left:
            left["waiting_approval"]._left_approval(target)
        if "pending" in left:
            server_write(left["pending"], {"pending_reason_id": False})
        if target == "waiting_approval":
            tickets._entered_waiting_approval()
        elif target == "solved":
            tickets._entered_solved()
        elif target == "closed":
            server_write(tickets, {"closed_at": fields.Datetime.now()})
        elif target in ("refused", "cancelled"):
            tickets._entered_stopped()
        elif target == "in_progress" and "solved" in left:
            left["solved"]._entered_reopened()
        if target in ("solved", "closed", "refused", "cancelled"):
            tickets.activity_unlink(
                [
                    "itsm_desk.mail_activity_type_approval",
                    "itsm_desk.mail_activity_type_escalation",
                    "itsm_desk.mail_activity_type_reopened",
                ]
            )

    def _entered_waiting_approval(self):
        """Remember who decides and put it on his list."""
        approvers = self._get_approvers()
        for approver, tickets in self.grouped(lambda rec: approvers[rec.id]).items():
            server_write(tickets, {"approver_id": approver.id})
            deciders = approver or self._get_manager_deciders(tickets)
            for ticket in tickets:
                for decider in deciders:
                    ticket.activity_schedule(
                        "itsm_desk.mail_activity_type_approval",
                        user_id=decider.id,
                        summary=self.env._("Approve or refuse: %s", ticket.subject),
                    )

    def _left_approval(self, target):
        """Record the decision."""
        self.activity_unlink(["itsm_desk.mail_activity_type_approval"])
        if target in ("new", "assigned"):
            server_write(
                self,
                {
                    "approved_by_id": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                },
            )

    def _entered_stopped(self):
        """Tell the requester why nothing more happens."""
        template = self.env.ref("itsm_desk.mail_template_ticket_stopped")
        for ticket in self.filtered(
            lambda rec: rec.partner_id != self.env.user.partner_id
        ):
            ticket._post_to_requester(template)

    def _entered_reopened(self):
        """Take the stamps of the refused solution back and call the owner."""
        for ticket in self:
            server_write(
                ticket,
                {
                    "reopen_count": ticket.reopen_count + 1,
                    "solved_by_id": False,
                    "solver_partner_id": False,
                    "solved_at": False,
                    "sign_off_deadline": False,
                    "sign_off_code_hash": False,
                },
            )
            if ticket.user_id != self.env.user:
                ticket.activity_schedule(
                    "itsm_desk.mail_activity_type_reopened",
                    user_id=ticket.user_id.id,
                    summary=self.env._("Not solved yet: %s", ticket.subject),
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _require_reason(self, reason):
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Give a reason; the requester will read it."))
        return reason

    def _needs_approval(self):
        """Return the tickets that a manager must let through first."""
        return self.filtered(
            lambda ticket: (
                ticket.ticket_type == "request"
                and ticket.service_id.needs_approval
                and not ticket.approved_by_id
            )
        )

    def _ask_missing_approval(self):
        """Send tickets that became requests for approval to their approver."""
        waiting = (
            self.sudo()
            ._needs_approval()
            .filtered(lambda ticket: ticket.state != "waiting_approval")
        )
        late = waiting.filtered(lambda ticket: ticket.state not in ("new", "assigned"))
        if late:
            raise UserError(
                self.env._(
                    "%s: this service needs an approval, but the work has begun. "
                    "Cancel it and file a new request.",
                    late._flow_names(),
                )
            )
        if waiting:
            server_write(waiting, {"state": "waiting_approval"})

    def _get_approvers(self):
        """Return ``{ticket id: user}``: the requester's manager, or no user."""
        employees = self._get_requester_employees()
        approvers = {}
        for ticket in self.sudo():
            employee = employees.get((ticket.partner_id.id, ticket.company_id.id))
            people = (
                (employee.parent_id.user_id, employee.department_id.manager_id.user_id)
                if employee
                else ()
            )
            approvers[ticket.id] = next(
                (user for user in people if ticket._may_decide(user)),
                self.env["res.users"],
            )
        return approvers

    def _may_decide(self, user):
        return (
            bool(user)
            and user.active
            and not user.share
            and user.partner_id != self.partner_id
            and user not in (self.create_uid | self.user_id)
        )

    def _get_manager_deciders(self, tickets):
        users = self.env.ref("itsm_desk.group_itsm_manager").sudo().all_user_ids
        return users.filtered(
            lambda user: all(
                ticket._may_decide(user) and ticket.company_id in user.company_ids
                for ticket in tickets
            )
        )
