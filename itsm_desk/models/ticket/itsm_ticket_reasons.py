from odoo import models

from .itsm_ticket import OPEN_STATES
from .itsm_ticket_filing import DESK_CHANNELS

WORK_STATES = ("assigned", "in_progress", "pending")


class ItsmTicket(models.Model):
    """Who may take which step: the reasons that buttons and server share.

    Each ``_get_cannot_<verb>_reason`` returns ``{ticket id: text}`` for the tickets
    of which the acting user may not take the step.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # ROLES
    # ------------------------------------------------------------

    def _is_manager(self, user):
        return user.has_group("itsm_desk.group_itsm_manager")

    def _is_lead(self, user):
        self.ensure_one()
        return user == self.team_id.leader_id or self._is_manager(user)

    def _is_answerable(self, user):
        """Owner, or whoever leads him: they hand on and call others in."""
        self.ensure_one()
        return user == self.user_id or self._is_lead(user)

    def _is_handler(self, user):
        """Those who do the work; never the requester himself."""
        self.ensure_one()
        if user.partner_id == self.partner_id or user.share:
            return False
        return user in self.collaborator_ids or self._is_answerable(user)

    def _is_responder(self, user):
        """A technician who may become the owner: team member, lead or manager."""
        self.ensure_one()
        if (
            user.share
            or not user.active
            or user.partner_id == self.partner_id
            or self.company_id not in user.company_ids
            or not user.has_group("itsm_desk.group_itsm_technician")
        ):
            return False
        team = self.team_id
        return (
            not team
            or user in team.member_ids
            or self._is_lead(user)
            or user == self._get_open_escalation().to_user_id
            # Whoever answered the phone may stand outside the team.
            or (self.create_uid == user and self.channel in DESK_CHANNELS)
        )

    def _is_worker(self, user):
        """Anybody who had a hand in the work, and so never judges it."""
        self.ensure_one()
        workers = (
            self.user_id
            | self.solved_by_id
            | self.first_responder_id
            | self.collaborator_ids
        )
        return user in workers or user.partner_id in workers.partner_id

    def _get_open_escalation(self):
        """Return the last hand-over if nobody has accepted it yet."""
        self.ensure_one()
        last = self.escalation_ids.sorted("id")[-1:]
        return last if not last.accepted_at else last.browse()

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_take_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            owner = ticket.user_id
            if ticket.state not in OPEN_STATES:
                reasons[ticket.id] = ticket._closed_message()
            elif owner == user and user:
                reasons[ticket.id] = self.env._("you own it already.")
            elif user.partner_id == ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "you asked for it, so a colleague must take it."
                )
            elif owner and not ticket._is_escalated_to(user):
                reasons[ticket.id] = self.env._(
                    "already taken by %s, who can escalate it to you.", owner.name
                )
            elif not ticket._is_responder(user):
                reasons[ticket.id] = self.env._(
                    "only technicians of the team %s can take it.",
                    ticket.team_id.name or "",
                )
        return reasons

    def _is_escalated_to(self, user):
        escalation = self._get_open_escalation()
        if not escalation:
            return False
        if escalation.to_user_id:
            return user == escalation.to_user_id
        return self._is_responder(user)

    def _get_cannot_log_call_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            if ticket.state not in OPEN_STATES:
                reasons[ticket.id] = ticket._closed_message()
            elif not ticket._is_responder(user) and not ticket._is_handler(user):
                reasons[ticket.id] = self.env._(
                    "calls are logged by technicians of the team %s.",
                    ticket.team_id.name or "",
                )
        return reasons

    def _get_cannot_approve_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            approver = ticket.approver_id
            if user.partner_id == ticket.partner_id or user in (
                ticket.create_uid | ticket.user_id
            ):
                reasons[ticket.id] = self.env._(
                    "you asked for it, filed it or work on it; %s decides.",
                    approver.name or self.env._("a manager of the service desk"),
                )
            elif approver and user != approver:
                reasons[ticket.id] = self.env._(
                    "%s, the requester's manager, decides.", approver.name
                )
            elif not approver and not self._is_manager(user):
                reasons[ticket.id] = self.env._(
                    "the requester has no manager on record, so a manager of the "
                    "service desk decides."
                )
        return reasons

    def _get_cannot_refuse_reason(self):
        return self._get_cannot_approve_reason()

    def _get_cannot_handle_reason(self):
        """Say who works on the ticket, to those who do not."""
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            if user.partner_id == ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "you asked for it, so a technician must do this."
                )
            elif not ticket._is_handler(user):
                reasons[ticket.id] = (
                    self.env._(
                        "%s works on it, with those he called in; ask him.",
                        ticket.user_id.name,
                    )
                    if ticket.user_id
                    else self.env._("nobody works on it yet; take it first.")
                )
        return reasons

    def _get_cannot_start_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_pend_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_resume_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_solve_reason(self):
        return self._get_cannot_handle_reason()

    def _get_cannot_escalate_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            if ticket.state not in WORK_STATES:
                reasons[ticket.id] = self.env._(
                    "only work that has begun is escalated; take it first."
                )
            elif user.partner_id == ticket.partner_id or not ticket._is_answerable(
                user
            ):
                reasons[ticket.id] = self.env._(
                    "%s owns it and hands it on, or the team's lead does.",
                    ticket.user_id.name,
                )
        return reasons

    def _get_cannot_sign_off_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            if ticket.state != "solved":
                reasons[ticket.id] = self.env._("only a solved ticket is signed off.")
            elif ticket._is_worker(user):
                reasons[ticket.id] = self.env._(
                    "you worked on it, so you can neither sign it off nor rate it."
                )
            elif user.partner_id != ticket.partner_id:
                reasons[ticket.id] = self.env._(
                    "%s asked for it and signs it off.", ticket.partner_id.name
                )
        return reasons

    def _get_cannot_refuse_solution_reason(self):
        return self._get_cannot_sign_off_reason()

    def _get_cannot_sign_off_at_desk_reason(self):
        reasons = self._get_cannot_handle_reason()
        for ticket in self:
            if ticket.state != "solved":
                reasons[ticket.id] = self.env._("only a solved ticket is signed off.")
        return reasons

    def _get_cannot_reopen_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            if ticket.state not in ("solved", "closed"):
                reasons[ticket.id] = self.env._(
                    "only a solved or closed ticket is taken up again."
                )
            elif user.partner_id != ticket.partner_id and not ticket._is_answerable(
                user
            ):
                reasons[ticket.id] = self.env._(
                    "%(requester)s, %(owner)s or the team's lead can reopen it.",
                    requester=ticket.partner_id.name,
                    owner=ticket.user_id.name,
                )
        return reasons

    def _get_cannot_cancel_reason(self):
        user = self.env.user
        reasons = {}
        for ticket in self.sudo():
            may = (
                user.partner_id == ticket.partner_id
                or ticket._is_handler(user)
                or (not ticket.user_id and ticket._is_responder(user))
            )
            if not may:
                reasons[ticket.id] = self.env._(
                    "its requester or those who handle it can cancel it."
                )
        return reasons

    def _closed_message(self):
        return self.env._(
            "it is “%s”; only an open ticket can be worked on.",
            self._flow_state_label(self.state),
        )
