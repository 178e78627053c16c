from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.itsm_flow_mixin import FLOW_KEY
from ..base.itsm_grant import server_write
from .itsm_ticket import OPEN_STATES
from .itsm_ticket_filing import DESK_FIELDS

APPROVED_FIELDS = frozenset(
    {
        "subject",
        "description",
        "partner_id",
        "service_id",
        "ticket_type",
        "imac_kind",
    }
)


class ItsmTicket(models.Model):
    """The declared flow of a ticket and who may write what."""

    _inherit = "itsm.ticket"

    _flow_transitions = {
        "new": {"waiting_approval", "assigned", "cancelled"},
        "waiting_approval": {"new", "assigned", "refused", "cancelled"},
        "assigned": {
            "waiting_approval",
            "in_progress",
            "pending",
            "solved",
            "cancelled",
        },
        "in_progress": {"pending", "solved", "cancelled"},
        "pending": {"in_progress", "solved", "cancelled"},
        "solved": {"closed", "in_progress"},
        "closed": set(),
        "refused": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        ("new", "assigned"): "take",
        ("waiting_approval", "new"): "approve",
        ("waiting_approval", "assigned"): "approve",
        "refused": "refuse",
        ("assigned", "in_progress"): "start",
        "pending": "pend",
        ("pending", "in_progress"): "resume",
        "solved": "solve",
        "closed": "sign_off",
        ("solved", "in_progress"): "reopen",
        "cancelled": "cancel",
    }
    _flow_required = {
        "solved": ("cause", "action_taken", "minutes_spent", "resolution_code_id"),
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "user_id",
            "support_level",
            "first_responder_id",
            "first_response_at",
            "approver_id",
            "approved_by_id",
            "approved_at",
            "department_id",
            "partner_email",
            "priority",
            "pending_reason_id",
            "stop_reason",
            "parent_id",
            "escalation_ids",
            "solved_by_id",
            "solver_partner_id",
            "solved_at",
            "closed_at",
            "reopen_count",
            "is_first_contact_fix",
            "sign_off_deadline",
            "sign_off_code_hash",
            "sign_off_code_expiry",
            "signed_off_by_id",
            "signed_off_at",
            "sign_off_method",
            "signature",
            "rating_value",
            "rating_comment",
            "is_satisfaction_counted",
            "access_token",
            "rating_ids",
        }
    )
    _flow_content_fields = (
        APPROVED_FIELDS
        | DESK_FIELDS
        | {"category_id", "equipment_ids", "place", "impact", "urgency", "channel"}
    )
    _flow_content_states = frozenset(OPEN_STATES)

    can_take = fields.Boolean(compute="_compute_flow_can")
    can_log_call = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    can_start = fields.Boolean(compute="_compute_flow_can")
    can_pend = fields.Boolean(compute="_compute_flow_can")
    can_resume = fields.Boolean(compute="_compute_flow_can")
    can_escalate = fields.Boolean(compute="_compute_flow_can")
    can_solve = fields.Boolean(compute="_compute_flow_can")
    can_sign_off = fields.Boolean(compute="_compute_flow_can")
    can_refuse_solution = fields.Boolean(compute="_compute_flow_can")
    can_sign_off_at_desk = fields.Boolean(compute="_compute_flow_can")
    can_reopen = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    can_handle = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "state", "user_id", "partner_id", "collaborator_ids", "team_id", "approver_id"
    )
    @api.depends_context("uid")
    def _compute_flow_can(self):
        return super()._compute_flow_can()

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("partner_id", "user_id", "collaborator_ids")
    def _check_people(self):
        for ticket in self.sudo():
            workers = ticket.user_id | ticket.collaborator_ids
            if ticket.partner_id in workers.partner_id:
                raise UserError(
                    self.env._(
                        "%(ticket)s: %(name)s asked for it, so somebody else must work "
                        "on it. Choose another owner or collaborator.",
                        ticket=ticket.display_name,
                        name=ticket.partner_id.name,
                    )
                )
            if ticket.collaborator_ids.filtered("share"):
                raise UserError(
                    self.env._("Only employees can be called in as collaborators.")
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if not self._flow_is_system():
            self._check_writer(vals)
            self._check_frozen(vals)
        result = super().write(vals)
        if {"service_id", "ticket_type"}.intersection(vals):
            self._ask_missing_approval()
        return result

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_transition(self, target, vals):
        asks = target in ("assigned", "pending", "closed", "refused", "cancelled")
        for ticket in self:
            reopens = ticket.state == "solved" and target == "in_progress"
            approves = ticket.state == "waiting_approval" and target == "assigned"
            if (
                (asks or reopens or target == "waiting_approval")
                and not approves
                and target in self._flow_transitions.get(ticket.state, ())
                and not self._flow_is_system()
            ):
                raise UserError(
                    self.env._(
                        "%(ticket)s becomes “%(state)s” only by its button, which "
                        "records who did it and why.",
                        ticket=ticket.sudo().display_name,
                        state=self._flow_state_label(target),
                    )
                )
        return super()._flow_check_transition(target, vals)

    def _flow_get_reasons(self, verb):
        # The server's own steps (time limit, proven requester) judge before.
        if self.env.context.get("itsm_step_proof") is FLOW_KEY:
            return {}
        return super()._flow_get_reasons(verb)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _with_proof(self):
        """Take the next step in the name of somebody proven otherwise.

        Used where the acting user is not the person who decides: the mail
        gateway, a signed link, a code given at the desk, the time limit.
        """
        return self.sudo().with_context(itsm_step_proof=FLOW_KEY)

    def _take_step(self, vals):
        """Write a step of the flow for a user who may only read the ticket."""
        self.check_access("read")
        for ticket in self.filtered(lambda rec: rec.state == vals["state"]):
            allowed = self._flow_transitions.get(ticket.state, ())
            raise UserError(ticket._flow_illegal_message(vals["state"], allowed))
        # sudo: requesters and approvers have no write access; each step asks its
        # reason function, which judges the acting user
        return server_write(self.sudo(), vals)

    def _is_superuser(self):
        return self.env.uid == SUPERUSER_ID

    def _check_writer(self, vals):
        """An owned ticket is changed by those who work on it, and their lead."""
        if self._is_superuser() or not self._flow_content_fields.intersection(vals):
            return
        user = self.env.user
        for ticket in self.sudo():
            if ticket.user_id and not ticket._is_handler(user):
                raise AccessError(
                    self.env._(
                        "%(ticket)s is handled by %(owner)s, who can call you in as "
                        "a collaborator or escalate it to you.",
                        ticket=ticket.display_name,
                        owner=ticket.user_id.name,
                    )
                )
            if "collaborator_ids" in vals and not ticket._is_answerable(user):
                raise AccessError(
                    self.env._(
                        "%(ticket)s: collaborators are called in by its owner. "
                        "Take the ticket first, or ask %(owner)s.",
                        ticket=ticket.display_name,
                        owner=ticket.user_id.name or self.env._("nobody yet"),
                    )
                )

    def _check_frozen(self, vals):
        """Refuse changes that would undo a decision already taken."""
        if "company_id" in vals and any(
            ticket.company_id.id != vals["company_id"] for ticket in self
        ):
            raise UserError(
                self.env._("A ticket stays in the company it was filed in.")
            )
        if "team_id" in vals and self.filtered("user_id"):
            raise UserError(
                self.env._(
                    "%s: work that has an owner moves to another team by “Escalate”.",
                    self.filtered("user_id")._flow_names(),
                )
            )
        if APPROVED_FIELDS.intersection(vals):
            decided = self.filtered(
                lambda ticket: (
                    ticket.state == "waiting_approval" or ticket.approved_by_id
                )
            )
            if decided:
                raise UserError(
                    self.env._(
                        "%s: what the approver sees or approved is not changed any "
                        "more. Cancel it and file a new request.",
                        decided._flow_names(),
                    )
                )
        if "partner_id" in vals:
            late = self.filtered(lambda ticket: ticket.state not in ("new", "assigned"))
            if late:
                raise UserError(
                    self.env._(
                        "%s: the requester cannot be changed once the work has begun.",
                        late._flow_names(),
                    )
                )
