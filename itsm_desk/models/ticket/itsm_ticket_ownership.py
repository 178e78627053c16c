from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..base.itsm_flow_mixin import FLOW_KEY
from ..base.itsm_grant import server_write
from .itsm_ticket import SUPPORT_LEVELS
from .itsm_ticket_filing import DESK_CHANNELS

ACKNOWLEDGED_CHANNELS = ("mail", "portal")


class ItsmTicket(models.Model):
    """First responder owns, and work is handed on by escalation only."""

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._after_filing()
        return tickets

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_escalate(
        self, support_level, reason, team_id=None, user_id=None, kind="functional"
    ):
        """Ask another level to take over; the owner stays until somebody does.

        :param str support_level: ``l1``, ``l2`` or ``vendor``
        :param str reason: read by whoever takes over
        :param int team_id: the team, by default that of the level
        :param int user_id: the person, by default anybody of the team
        :param str kind: ``functional`` or ``hierarchical``
        """
        if support_level not in dict(SUPPORT_LEVELS):
            raise UserError(
                self.env._(
                    "“%(level)s” is no support level. Choose one of: %(levels)s.",
                    level=support_level,
                    levels=", ".join(dict(SUPPORT_LEVELS)),
                )
            )
        reason = self._require_reason(reason)
        self.check_access("read")
        self._flow_check_can("escalate")
        team = self.env["itsm.team"].browse(team_id or [])
        user = self.env["res.users"].browse(user_id or [])
        # sudo: the target team may be one that the owner does not belong to
        for ticket in self.sudo():
            ticket._escalate(support_level, reason, team.sudo(), user.sudo(), kind)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _after_filing(self):
        """Ask for approval where needed; whoever answered the call owns it."""
        waiting = self.sudo()._needs_approval()
        if waiting:
            server_write(waiting, {"state": "waiting_approval"})
        written = self.sudo().filtered(
            lambda ticket: ticket.channel in ACKNOWLEDGED_CHANNELS
        )
        template = self.env.ref("itsm_desk.mail_template_ticket_filed")
        for ticket in written:
            ticket._post_to_requester(template)
        user = self.env.user
        if not user.has_group("itsm_desk.group_itsm_technician"):
            return
        answered = self.filtered(
            lambda ticket: (
                ticket.channel in DESK_CHANNELS and ticket.sudo()._is_responder(user)
            )
        )
        if answered:
            answered._respond(fields.Datetime.now())

    def _respond(self, at):
        """Count the acting user's answer as the first response, if it is."""
        unowned = self.sudo().filtered(
            lambda ticket: not ticket.user_id and ticket._is_responder(self.env.user)
        )
        if unowned:
            unowned._become_owner()
        fresh = self.sudo().filtered(lambda ticket: not ticket.first_response_at)
        if fresh:
            fresh._register_first_response(at)

    def _register_first_response(self, at):
        """Stamp the moment of the first human answer.

        :param datetime at: when the requester was answered
        """
        server_write(self, {"first_response_at": at})

    def _become_owner(self):
        """Make the acting user the owner of every ticket, or of none.

        The rows are locked and read again before the decision. Who comes second
        in the same moment waits for the first, is refused by PostgreSQL as out of
        date, and meets the refusal below when his request is tried again.
        """
        self._lock_owner()
        self._flow_check_can("take")
        user = self.env.user
        # sudo: a technician outside the team may answer the phone
        tickets = self.sudo()
        for state, group in tickets.grouped("state").items():
            taken_over = group.filtered("user_id")
            taken_over._hand_over(user)
            vals = {"user_id": user.id}
            if state == "new":
                vals["state"] = "assigned"
            server_write(group, vals)
            first = group.filtered(lambda ticket: not ticket.first_responder_id)
            if first:
                server_write(first, {"first_responder_id": user.id})

    def _lock_owner(self):
        """Lock the rows, waiting for others, and forget what was read before."""
        if not self.ids:
            return
        self.flush_recordset(["user_id", "state"])
        self.env.execute_query(
            SQL(
                "SELECT id FROM itsm_ticket WHERE id IN %s ORDER BY id"
                " FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["user_id", "state"], flush=False)

    def _hand_over(self, user):
        """Accept the open escalation; the former owner stays at hand."""
        for ticket in self:
            escalation = ticket._get_open_escalation()
            escalation.with_context(itsm_flow_key=FLOW_KEY).write(
                {"accepted_by_id": user.id, "accepted_at": fields.Datetime.now()}
            )
            people = (ticket.collaborator_ids | ticket.user_id) - user
            server_write(ticket, {"collaborator_ids": [fields.Command.set(people.ids)]})
        self.activity_unlink(["itsm_desk.mail_activity_type_escalation"])

    def _escalate(self, support_level, reason, team, user, kind):
        """Record the hand-over and call those who shall take it."""
        self.ensure_one()
        target = team or self._get_escalation_team(support_level)
        if target.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(ticket)s belongs to %(company)s and so must the team.",
                    ticket=self.display_name,
                    company=self.company_id.name,
                )
            )
        if user and (user.share or user.partner_id == self.partner_id):
            raise UserError(
                self.env._(
                    "%(ticket)s cannot be escalated to %(name)s: only employees work "
                    "on tickets, and never on their own.",
                    ticket=self.display_name,
                    name=user.name,
                )
            )
        self.env["itsm.escalation"].with_context(itsm_flow_key=FLOW_KEY).create(
            {
                "ticket_id": self.id,
                "kind": kind,
                "from_level": self.support_level,
                "from_team_id": self.team_id.id,
                "from_user_id": self.user_id.id,
                "to_level": support_level,
                "to_team_id": target.id,
                "to_user_id": user.id,
                "reason": reason,
                "escalated_by_id": self.env.uid,
            }
        )
        server_write(self, {"team_id": target.id})
        server_write(self, {"support_level": support_level})
        self.activity_unlink(["itsm_desk.mail_activity_type_escalation"])
        for called in user or target.leader_id or target.member_ids:
            self.activity_schedule(
                "itsm_desk.mail_activity_type_escalation",
                user_id=called.id,
                summary=self.env._("Take over: %s", self.subject),
                note=reason,
            )

    def _get_escalation_team(self, support_level):
        """Return the team of the level, or the present one if there is none."""
        self.ensure_one()
        if self.team_id.support_level == support_level:
            return self.team_id
        return (
            self.env["itsm.team"].search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("support_level", "=", support_level),
                ],
                limit=1,
            )
            or self.team_id
        )
