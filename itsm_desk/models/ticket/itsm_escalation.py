import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..base.grants import is_custom_only, is_granted, server_write, spend
from ..base.selections import SUPPORT_LEVELS
from ..base.uninstall import guards_deletion
from ..duty.duty_calls import call_for_left
from ..event.recording import get_moment, record_event, recorded_as
from ..reader.itsm_ticket_reader import sync_readers

_logger = logging.getLogger(__name__)

ESCALATION_KINDS = [("functional", "Functional"), ("hierarchical", "Hierarchical")]


# ------------------------------------------------------------
# WHAT BECOMES OF A CALL
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def get_accept_limit(ticket, team):
    """Return until when somebody of ``team`` takes over (UTC); False for no limit."""
    if not team.accept_hours:
        return False
    calendar = team.resource_calendar_id or team.company_id.resource_calendar_id
    # sudo: whoever escalates need not read the hours of another team
    timelines = ticket.env["itsm.work.timeline"].sudo()
    timeline = timelines._get_current(calendar, team.company_id)
    if not timeline:
        return False
    seconds = round(team.accept_hours * 3600)
    return timeline._get_working_time().deadline(get_moment(), seconds) or False


def decline(call, reason):
    """Give a ticket back to the team that escalated it, whose owner it still has."""
    env, ticket = call.env, call.ticket_id
    server_write(
        call,
        {
            "declined_at": get_moment(),
            "declined_by_id": env.uid,
            "decline_reason": reason,
        },
    )
    record_event(ticket, "declined", reason=reason)
    with recorded_as(reason=reason):
        if call.from_team_id:
            server_write(ticket, {"team_id": call.from_team_id.id})
        server_write(ticket, {"support_level": call.from_level})
    ticket.activity_unlink(["itsm_desk.mail_activity_type_escalation"])
    ticket.activity_schedule(
        "itsm_desk.mail_activity_type_declined",
        user_id=ticket.user_id.id,
        summary=env._("Declined by %s", env.user.name),
        note=plaintext2html(reason),
    )
    call_for_left(ticket)


def call_on(call):
    """Call the lead of the team, and then the managers, where nobody has accepted."""
    env, ticket, team = call.env, call.ticket_id, call.to_team_id
    lead = team.leader_id
    if call.called == "team" and lead and ticket._may_take_over(lead):
        people, called = lead, "lead"
    else:
        people, called = ticket._get_company_managers(), "head"
    server_write(
        call,
        {
            "called": called,
            "accept_until": called == "lead" and get_accept_limit(ticket, team),
        },
    )
    for user in people.filtered(ticket._may_take_over):
        ticket.activity_schedule(
            "itsm_desk.mail_activity_type_escalation",
            user_id=user.id,
            summary=env._("Nobody has taken over: %s", ticket.subject),
            note=plaintext2html(call.reason),
        )


class ItsmEscalation(models.Model):
    """A call for another level to take over a ticket: who, to whom, why, accepted when.

    A call waits until somebody takes the ticket over, or declines it with a reason. It
    is superseded by the next call, or by the end of the work: whoever was called has no
    part in the ticket then. After the time limit of the team (``accept_hours``) its
    lead is called, after another one the desk's managers.

    Written by the ticket's own verbs only and never changed by hand: the list of
    a ticket's escalations is its history.
    """

    _name = "itsm.escalation"
    _description = "Escalation"
    _order = "create_date desc, id desc"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id",
        store=True,
        index=True,
    )
    kind = fields.Selection(
        selection=ESCALATION_KINDS,
        required=True,
        default="functional",
        help="Functional: to people who know more. Hierarchical: to people who "
        "decide more.",
    )
    from_level = fields.Selection(selection=SUPPORT_LEVELS)
    from_team_id = fields.Many2one(
        comodel_name="itsm.team", string="From Team", check_company=True
    )
    from_user_id = fields.Many2one(comodel_name="res.users", string="From Person")
    to_level = fields.Selection(selection=SUPPORT_LEVELS, required=True)
    to_team_id = fields.Many2one(
        comodel_name="itsm.team",
        string="To Team",
        index=True,
        check_company=True,
    )
    to_user_id = fields.Many2one(comodel_name="res.users", string="To Person")
    reason = fields.Text(required=True)
    escalated_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalated by",
        required=True,
    )
    called_at = fields.Datetime(
        string="Called on",
        help="Until somebody accepts, the time of the ticket is that of who called.",
    )
    accepted_by_id = fields.Many2one(comodel_name="res.users", string="Accepted by")
    accepted_at = fields.Datetime(string="Accepted on")
    accept_until = fields.Datetime(
        string="Accept by",
        help="Then the next who leads is called, as the time limit of the team says.",
    )
    called = fields.Selection(
        selection=[
            ("team", "Team or person"),
            ("lead", "Lead of the team"),
            ("head", "Managers of the desk"),
        ],
        string="Called so Far",
        default="team",
        required=True,
    )
    declined_by_id = fields.Many2one(comodel_name="res.users", string="Declined by")
    declined_at = fields.Datetime(string="Declined on")
    decline_reason = fields.Text(string="Declined Because")
    superseded_at = fields.Datetime(
        string="Superseded on",
        help="When another call took its place, or the work ended.",
    )
    state = fields.Selection(
        selection=[
            ("waiting", "To Be Accepted"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("superseded", "Superseded"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
    )

    can_decline = fields.Boolean(compute="_compute_can_decline")

    _accept_idx = models.Index("(accept_until) WHERE accept_until IS NOT NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_decline(self):
        for call in self:
            call.can_decline = not call._get_cannot_decline_reason()

    @api.depends("accepted_at", "declined_at", "superseded_at")
    def _compute_state(self):
        for call in self:
            if call.accepted_at:
                call.state = "accepted"
            elif call.declined_at:
                call.state = "declined"
            else:
                call.state = "superseded" if call.superseded_at else "waiting"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_granted("create")
        calls = super().create(vals_list)
        # sudo: whoever is called reads the ticket, whatever the caller may read
        sync_readers(calls.sudo().ticket_id)
        return calls

    def write(self, vals):
        if not is_custom_only(self, vals):
            self._check_granted("write")
        result = super().write(vals)
        # sudo: likewise whoever is called no more
        sync_readers(self.sudo().ticket_id)
        return result

    @guards_deletion
    def _unlink_except_history(self):
        self._check_granted("unlink")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_accept(self):
        """Take over, as one of those who were called."""
        self.check_access("read")
        for call in self:
            if call.state != "waiting":
                raise UserError(call._get_not_waiting_text())
            call.ticket_id.action_take()
        return True

    def action_decline(self, reason):
        """Say that somebody else has to do it; the ticket goes back to its team.

        :param str reason: read by whoever escalated
        """
        self.check_access("read")
        for call in self:
            # sudo: whoever was called may not read the team that called
            found = call.sudo()
            ticket = found.ticket_id
            text = ticket._flow_clean_reason(self.env._("Reason"), reason)
            if refusal := found._get_cannot_decline_reason():
                # pylint: disable=translation-required
                raise UserError(f"{ticket.name}: {refusal}")
            decline(found, text)
        return True

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_call_on(self, limit=100):
        """Call the next who leads, where the time to accept has passed."""
        domain = [
            ("state", "=", "waiting"),
            ("accept_until", "<=", fields.Datetime.now()),
        ]
        done = set()
        while calls := self.search(
            [*domain, ("id", "not in", list(done))],
            order="accept_until, id",
            limit=limit,
        ):
            done.update(calls.ids)
            for call in calls.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        call_on(call)
                except Exception:
                    _logger.exception("Escalation %s: nobody was called", call.id)
            left = self.search_count([*domain, ("id", "not in", list(done))])
            if not self.env["ir.cron"]._commit_progress(len(calls), remaining=left):
                break

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_cannot_decline_reason(self):
        """Return why the acting user cannot decline the call, or an empty text."""
        self.ensure_one()
        # sudo: who was called does not depend on the reader
        call, user = self.sudo(), self.env.user
        ticket = call.ticket_id
        if call.state != "waiting":
            return call._get_not_waiting_text()
        if user in (call.escalated_by_id | ticket.user_id):
            return self.env._("you own it or called; whoever was called declines.")
        called = call.to_user_id
        if (called and user != called and not ticket._is_lead(user)) or (
            not called and not ticket._is_responder(user)
        ):
            return self.env._(
                "%s was called and declines, or the team's lead does.",
                called.name or call.to_team_id.name,
            )
        return ""

    def _get_not_waiting_text(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._('the call is "%s" already.', labels[self.state])

    def _check_granted(self, operation):
        """Refuse everybody but the verbs of the ticket."""
        if not is_granted(self, operation):
            raise AccessError(
                self.env._(
                    "Escalations are recorded by the ticket itself. Use its buttons "
                    '"Escalate" and "Take".'
                )
            )
        spend(self, operation)
