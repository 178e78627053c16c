from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_list

from ...tools.mail_words import says_something
from ...tools.one_record import check_one
from ..base.current_mail import current_mail
from ..base.grants import server_create, server_write
from ..base.itsm_flow_mixin import is_visible
from ..base.selections import SUPPORT_LEVELS
from ..duty.on_duty import get_on_duty
from ..event.recording import get_moment, record_event, recorded_as
from ..importing.taking_over import taken_over
from ..vendor.itsm_level_stay import get_holder
from .itsm_escalation import ESCALATION_KINDS, get_accept_limit


def register_answer(tickets):
    """Count the acting user's answer as the first response, where it is the first.

    The first technician who answers becomes the owner. That the user works on the
    tickets, and that the answer reached somebody, was checked by the caller.
    """
    # sudo: a technician outside the team may answer without write access
    tickets = tickets.sudo()
    later = tickets.filtered("first_response_at")
    own_unowned(tickets, is_answer=True)
    fresh = tickets.filtered(lambda ticket: not ticket.first_response_at)
    server_write(fresh, {"first_response_at": get_moment()})
    if later:
        record_event(later, "reply")


def own_unowned(tickets, is_answer=False):
    """Let the acting user own the tickets that nobody owns and they may own.

    :param bool is_answer: as of ``_become_owner``
    """
    user = tickets.env.user
    # sudo: a technician outside the team may answer without write access
    unowned = tickets.sudo().filtered(
        lambda ticket: not ticket.user_id and ticket._is_responder(user)
    )
    if unowned:
        unowned._become_owner(is_answer=is_answer)


def end_escalations(tickets):
    """End the calls that nobody has accepted: nobody is called any more."""
    waiting = tickets.escalation_ids.filtered(lambda call: call.state == "waiting")
    server_write(waiting, {"superseded_at": get_moment()})


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
    # Where nobody accepted the call before, it is still with those who made it.
    level, giver = get_holder(ticket)
    end_escalations(ticket)
    server_create(
        ticket.env["itsm.escalation"],
        {
            "ticket_id": ticket.id,
            "kind": kind,
            "from_level": level,
            "from_team_id": giver.id,
            "from_user_id": ticket.user_id.id,
            "to_level": support_level,
            "to_team_id": team.id,
            "to_user_id": user.id,
            "reason": reason,
            "escalated_by_id": ticket.env.uid,
            "called_at": get_moment(),
            "accept_until": get_accept_limit(ticket, team),
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
    on_duty = get_on_duty(team, support_level).filtered(ticket._may_take_over)
    for called in user or on_duty or team.leader_id or team.member_ids:
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
    # FILING
    # ------------------------------------------------------------

    def _call_for_team(self):
        """Ask the managers to choose a team for tickets of a company that has none.

        Nobody else reads them. Where there is no manager either, a ticket would lie
        unseen: what a person files is refused, and a mail waits under Received Mails.
        An import sends the managers no mails, as one of them has made it.
        """
        is_from_outside = self.env.uid != SUPERUSER_ID or bool(current_mail.get())
        for company, tickets in self.grouped("company_id").items():
            managers = tickets._get_company_managers()
            if not managers and is_from_outside:
                raise UserError(
                    self.env._(
                        "Nobody works at the service desk of %s yet, so nobody would "
                        "read this. An administrator gives somebody of this company "
                        "the role Service Desk: Manager, who makes a team under "
                        "Service Desk > Configuration > Teams.",
                        company.name,
                    )
                )
            quiet = tickets.with_context(
                mail_activity_quick_update=bool(taken_over.get())
            )
            for manager in managers:
                quiet.activity_schedule(
                    "itsm_desk.mail_activity_type_no_team",
                    user_id=manager.id,
                    summary=self.env._("Choose a team"),
                    note=self.env._(
                        "%s has no team of the service desk. Until this ticket has "
                        "one, only managers read it.",
                        company.name,
                    ),
                )

    def _get_company_managers(self):
        """Return the managers of the desk in the companies of the tickets."""
        # sudo: employees read neither groups nor their users
        users = self.env.ref("itsm_desk.group_itsm_manager").sudo().all_user_ids
        return users.filtered(
            lambda user: user.active and self.company_id <= user.company_ids
        )

    def _call_after_end(self):
        """Ask the desk to look at an answer to a ticket that it ended."""
        self._call_desk(self.env._("Answered after its end: %s", self.subject), self)

    def _call_desk(self, summary, origin):
        """Give those who worked on ``origin`` something to do here, once."""
        people = origin._get_desk_people()
        for user in people:
            if not self.activity_ids.filtered(
                lambda activity, user=user: activity.user_id == user
            ):
                self.activity_schedule(
                    "itsm_desk.mail_activity_type_reopened",
                    user_id=user.id,
                    summary=summary,
                )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("subject")
    def _check_subject(self):
        for ticket in self:
            if not is_visible(ticket.subject or ""):
                raise UserError(
                    self.env._(
                        '"Subject" is blank. Say in a few words what it is about.'
                    )
                )

    @api.constrains("partner_id", "user_id", "collaborator_ids")
    def _check_people(self):
        # sudo: whoever writes the ticket may not read all people who work on it
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
    # ACTIONS
    # ------------------------------------------------------------

    def action_take(self):
        """Become the owner. Of two who try at once exactly one succeeds."""
        self.check_access("read")
        self._become_owner()
        return True

    def action_log_call(self, note=None):
        """Note a phone call with the requester; whoever logs it first owns it.

        :param str note: what was said. Without one the call is no response.
        """
        check_one(self)
        self.check_access("read")
        self._flow_check_can("log_call")
        note = self._flow_clean_text(self.env._("Reason"), note)
        if says_something(note):
            register_answer(self)
        else:
            own_unowned(self)
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
        if str(kind) not in dict(ESCALATION_KINDS):
            raise UserError(
                self.env._(
                    '"%(kind)s" is no kind of escalation. Choose one of: %(kinds)s.',
                    kind=kind,
                    kinds=format_list(self.env, dict(ESCALATION_KINDS), "or"),
                )
            )
        self.check_access("read")
        self._flow_check_can("escalate")
        reason = self._flow_clean_reason(self.env._("Reason"), reason)
        # sudo: the owner, who may escalate, may not read the team and the person
        tickets = self.sudo()
        team = tickets._browse_argument("itsm.team", team_id)
        user = tickets._browse_argument("res.users", user_id)
        for ticket in tickets:
            target = team or ticket._get_escalation_team(support_level)
            ticket._check_escalation(target, user)
            _hand_on(ticket, support_level, target, user, kind, reason)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _become_owner(self, is_answer=False):
        """Make the acting user the owner of every ticket, or of none.

        :param bool is_answer: whether an answer makes the owner, the first of which
            is noted in the same act

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
            lambda ticket: (
                ticket.state == "new",
                not ticket.first_responder_id,
                is_answer and not ticket.first_response_at,
            )
        )
        for (is_new, is_first, is_answered), group in kinds.items():
            vals = {"user_id": user.id}
            if is_answered:
                vals["first_response_at"] = get_moment()
            if is_new:
                vals["state"] = "assigned"
            if is_first:
                vals["first_responder_id"] = user.id
            server_write(group, vals)
        tickets._end_duty_calls()

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
        if user and not self._may_take_over(user):
            raise UserError(
                self.env._(
                    "%(ticket)s cannot be escalated to %(name)s: only technicians of "
                    "%(company)s work on tickets, and never on their own. Choose "
                    "another person; managers of the service desk give the role.",
                    ticket=self.display_name,
                    name=user.name,
                    company=self.company_id.name,
                )
            )
        people = user or team.leader_id | team.member_ids
        if not any(map(self._may_take_over, people)):
            raise UserError(
                self.env._(
                    "%(ticket)s cannot be escalated to %(team)s: nobody there is a "
                    "technician who could take it. Choose another team or a person.",
                    ticket=self.display_name,
                    team=team.name,
                )
            )

    def _may_take_over(self, user):
        """Whether the user has a role of the desk and no part in the ticket."""
        self.ensure_one()
        return (
            user.active
            and not user.share
            and user.partner_id != self.partner_id
            and self.company_id in user.company_ids
            and user.has_group("itsm_desk.group_itsm_technician")
        )

    def _end_calls(self):
        """Call nobody any more: the lead decided who owns the tickets."""
        end_escalations(self)
        self.activity_unlink(["itsm_desk.mail_activity_type_escalation"])
        self._end_duty_calls()

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
        return self.escalation_ids.filtered(lambda call: call.state == "waiting")[:1]
