from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_list

from ..base.grants import server_create, server_write
from ..base.selections import SUPPORT_LEVELS
from ..event.recording import get_moment, record_event, recorded_as


def register_answer(tickets):
    """Count the acting user's answer as the first response, where it is the first.

    The first technician who answers becomes the owner. That the user works on the
    tickets was checked by the caller.
    """
    user = tickets.env.user
    # sudo: a technician outside the team may answer without write access
    tickets = tickets.sudo()
    unowned = tickets.filtered(
        lambda ticket: not ticket.user_id and ticket._is_responder(user)
    )
    if unowned:
        unowned._become_owner()
    fresh = tickets.filtered(lambda ticket: not ticket.first_response_at)
    server_write(fresh, {"first_response_at": get_moment()})
    if later := tickets - fresh:
        record_event(later, "reply")


def _accept_escalation(ticket, user):
    """Record who takes over; the former owner becomes a collaborator."""
    server_write(
        ticket._get_open_escalation(),
        {"accepted_by_id": user.id, "accepted_at": get_moment()},
    )
    people = (ticket.collaborator_ids | ticket.user_id) - user
    server_write(ticket, {"collaborator_ids": [fields.Command.set(people.ids)]})
    ticket.activity_unlink(["itsm_desk.mail_activity_type_escalation"])


def _hand_on(ticket, support_level, team, user, kind, reason):
    """Record the escalation, move the ticket and call those who shall take it."""
    server_create(
        ticket.env["itsm.escalation"],
        {
            "ticket_id": ticket.id,
            "kind": kind,
            "from_level": ticket.support_level,
            "from_team_id": ticket.team_id.id,
            "from_user_id": ticket.user_id.id,
            "to_level": support_level,
            "to_team_id": team.id,
            "to_user_id": user.id,
            "reason": reason,
            "escalated_by_id": ticket.env.uid,
        },
    )
    record_event(
        ticket,
        "escalation",
        old=ticket.support_level,
        new=support_level,
        reason=reason,
    )
    # Two writes: the level is computed from the team and replaced afterwards.
    with recorded_as(reason=reason):
        server_write(ticket, {"team_id": team.id})
        server_write(ticket, {"support_level": support_level})
    ticket.activity_unlink(["itsm_desk.mail_activity_type_escalation"])
    for called in user or team.leader_id or team.member_ids:
        ticket.activity_schedule(
            "itsm_desk.mail_activity_type_escalation",
            user_id=called.id,
            summary=ticket.env._("Take over: %s", ticket.subject),
            note=reason,
        )


class ItsmTicket(models.Model):
    """The owner: who first responds owns, and hands on by escalation only."""

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
        register_answer(self)
        self.message_post(
            body=note or self.env._("Phone call with the requester."),
            subtype_xmlid="mail.mt_note",
        )
        return True

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
        if str(support_level) not in dict(SUPPORT_LEVELS):
            raise UserError(
                self.env._(
                    '"%(level)s" is no support level. Choose one of: %(levels)s.',
                    level=support_level,
                    levels=format_list(self.env, dict(SUPPORT_LEVELS), "or"),
                )
            )
        self.check_access("read")
        self._flow_check_can("escalate")
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        # sudo: the owner, who may escalate, may not read the team and the person
        tickets = self.sudo()
        team = tickets.env["itsm.team"].browse(team_id or [])
        user = tickets.env["res.users"].browse(user_id or [])
        for ticket in tickets:
            target = team or ticket._get_escalation_team(support_level)
            ticket._check_escalation(target, user)
            _hand_on(ticket, support_level, target, user, kind, reason)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _become_owner(self):
        """Make the acting user the owner of every ticket, or of none.

        The rows are locked and read again before the decision. Who comes second
        in the same moment waits for the first, is refused by PostgreSQL as out of
        date, and meets the refusal below when the request is tried again.
        """
        self._lock_owner()
        self._flow_check_can("take")
        user = self.env.user
        # sudo: a technician outside the team may answer the phone
        tickets = self.sudo()
        for ticket in tickets.filtered("user_id"):
            _accept_escalation(ticket, user)
        kinds = tickets.grouped(
            lambda ticket: (ticket.state == "new", not ticket.first_responder_id)
        )
        for (is_new, is_first), group in kinds.items():
            vals = {"user_id": user.id}
            if is_new:
                vals["state"] = "assigned"
            if is_first:
                vals["first_responder_id"] = user.id
            server_write(group, vals)

    def _lock_owner(self):
        """Lock the rows, waiting for others, and forget what was read before."""
        if not self.ids:
            return
        self.flush_recordset(["user_id", "state"])
        # SQL: lock_for_update() refuses at once where this waits, and could not
        # tell who has taken the ticket (TestTicketRace).
        self.env.execute_query(
            SQL(
                "SELECT id FROM itsm_ticket WHERE id IN %s ORDER BY id"
                " FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["user_id", "state"], flush=False)

    def _check_escalation(self, team, user):
        """Refuse a team or a person that cannot take the ticket."""
        self.ensure_one()
        if team.company_id != self.company_id:
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

    def _get_open_escalation(self):
        """Return the last escalation if nobody has accepted it yet."""
        self.ensure_one()
        last = self.escalation_ids.sorted("id")[-1:]
        return last if not last.accepted_at else last.browse()
