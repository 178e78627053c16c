from odoo import api, fields, models

from ...tools import sla_clock
from ...tools.level_time import measure_stay
from ...tools.working_time import OutsideHorizonError
from ..base.grants import server_create, server_write
from ..base.selections import OPEN_STATES, SUPPORT_LEVELS
from ..event.recording import file_first, get_moment

FACTS = frozenset({"state", "support_level", "team_id", "user_id"})
"""The fields of a ticket whose change may begin, pause or end a stay."""


# ------------------------------------------------------------
# FOLLOWING THE TICKET
# ------------------------------------------------------------
# Functions, as evaluated code can call methods of records.


def sync_stays(tickets, is_new=False, targets=None, now=None):
    """Begin, pause and end the stays of tickets as these stand now.

    :param tickets: in sudo; the engine alone writes stays
    :param bool is_new: whether the tickets have no stays yet
    :param dict targets: what the policies give the tickets; None: asked for here
    :param now: the moment of the act, where it is known
    """
    now = now or get_moment()
    stays = tickets.env["itsm.level.stay"]
    found = stays.browse()
    if not is_new:
        file_first(tickets)
        found = stays.search([("ticket_id", "in", tickets.ids)], order="id")
    if targets is None:
        targets = tickets.env["itsm.sla.policy"]._get_targets(tickets)
    by_ticket = found.grouped("ticket_id")
    rows = []
    for ticket in tickets:
        own = by_ticket.get(ticket, stays)
        level, team = get_holder(ticket)
        target = targets.get((ticket.id, level))
        last = own[-1:]
        is_same = last and (last.level, last.team_id) == (level, team)
        if ticket.state not in OPEN_STATES or not is_same:
            _end(last, now)
            if ticket.state in OPEN_STATES and target and team:
                start = now if is_new or own else _get_hand_over(ticket, now)
                rows.append(_prepare_stay(ticket, level, team, target, start))
        elif last.ended_at:
            # Taken up again: the time in which it was solved is nobody's.
            server_write(last, {"ended_at": False})
            last._measure(now)
        else:
            last._retarget(target)
            last._measure(now)
    for stay in server_create(stays, rows) if rows else ():
        stay._measure(now)


def get_holder(ticket):
    """Return (level, team) that answers for a ticket now.

    Who escalated, until somebody accepts.
    """
    call = ticket.escalation_ids.filtered(lambda one: one.state == "waiting")[:1]
    if call.from_team_id:
        return call.from_level, call.from_team_id
    return ticket.support_level, ticket.team_id


def _get_hand_over(ticket, now):
    """Return when the holder got a ticket that had no target until now."""
    given = ticket.event_ids.filtered(
        lambda event: event.kind in ("filed", "team", "level")
    )
    return max(given.mapped("at"), default=now)


def _end(stay, now):
    if stay and not stay.ended_at:
        server_write(stay, {"ended_at": now})
        stay._measure(now)
        stay._drop_warning()


def _prepare_stay(ticket, level, team, target, start):
    return {
        "ticket_id": ticket.id,
        "company_id": ticket.company_id.id,
        "level": level,
        "team_id": team.id,
        "started_at": start,
        "target_hours": target.seconds / 3600,
        "warn_percent": target.warn_percent,
    }


class ItsmLevelStay(models.Model):
    """How long one level had a ticket, against the target that the policy gives it.

    It starts at the hand-over: for the first line when the ticket is filed, for
    another when somebody of it accepts. It pauses while the requester is waited for
    and while a vendor has the ticket, whose own clock is ``itsm.vendor.job``. Levels
    without a target in the service level policy have no rows.

    ======  ==================================  ==========================
    Right   Who                                 Restriction
    ======  ==================================  ==========================
    read    technicians                         of tickets that they read
    read    desk managers, quality              of the company
    change  nobody; the server follows the ticket
    ======  ==================================  ==========================
    """

    _name = "itsm.level.stay"
    _inherit = ["itsm.server.rows.mixin", "itsm.told.late.mixin"]
    _description = "Time at a Support Level"
    _order = "started_at desc, id desc"
    _rec_name = "ticket_id"
    _check_company_auto = True
    _late_end = "ended_at"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", required=True, index=True)
    level = fields.Selection(selection=SUPPORT_LEVELS, required=True)
    team_id = fields.Many2one(
        comodel_name="itsm.team", required=True, check_company=True, index=True
    )
    started_at = fields.Datetime(string="Handed Over on", required=True, index=True)
    ended_at = fields.Datetime(string="Handed On or Solved on")
    target_hours = fields.Float(string="Target (h)", aggregator="avg")
    due_at = fields.Datetime(
        string="Due on", help="Empty while it waits for the requester or a vendor."
    )
    worked_hours = fields.Float(
        string="Worked (h)",
        aggregator="avg",
        help="Working time of the team, without what was the requester's or a "
        "vendor's, up to the last step of the ticket.",
    )
    current_hours = fields.Float(
        string="So Far (h)",
        compute="_compute_current_hours",
        compute_sudo=True,
        help="Working time up to this moment.",
    )
    is_missed = fields.Boolean(string="Missed", help="The target is used up.")
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )

    # Of the ticket, for lists and filters
    user_id = fields.Many2one(related="ticket_id.user_id", string="Owner")
    service_id = fields.Many2one(related="ticket_id.service_id", store=True)

    _due_idx = models.Index("(due_at) WHERE ended_at IS NULL")
    _warn_idx = models.Index("(warn_at) WHERE ended_at IS NULL AND warned_at IS NULL")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ended_at", "worked_hours")
    def _compute_current_hours(self):
        now = fields.Datetime.now()
        for stay in self:
            counted = None if stay.ended_at else stay._count(now)
            stay.current_hours = counted[1] / 3600 if counted else stay.worked_hours

    @api.depends("due_at", "ended_at", "is_missed")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for stay in self:
            due = not stay.ended_at and stay.due_at
            stay.is_late = stay.is_missed or bool(due and due < now)

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        return [
            "|",
            ("is_missed", "=", True),
            "&",
            ("ended_at", "=", False),
            ("due_at", "<", now),
        ]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "The time of a level follows from the steps of its ticket: filing, "
            "escalation, a vendor, the solution."
        )

    def _get_late_user(self, is_late):
        """Warn the owner, tell the lead of the team; the other where one is missing."""
        owner, lead = self.ticket_id.user_id, self.team_id.leader_id
        first, second = (lead, owner) if is_late else (owner, lead)
        return first or second or self.team_id.member_ids[:1]

    def _get_late_name(self):
        return self.team_id.name

    def _get_late_summary(self, is_late):
        if is_late:
            return self.env._("%s is late with its part", self.team_id.name)
        return self.env._("%s will soon be late with its part", self.team_id.name)

    def _retarget(self, target):
        """Take over another target: another priority or service may have one."""
        self.ensure_one()
        if not target:
            return
        vals = {
            "target_hours": target.seconds / 3600,
            "warn_percent": target.warn_percent,
        }
        if any(self[name] != value for name, value in vals.items()):
            server_write(self, vals)

    def _measure(self, now):
        """Write how the stay stands at ``now``."""
        self.ensure_one()
        counted = self._count(now)
        if not counted:
            return
        clock, worked = counted
        server_write(
            self,
            {
                "due_at": clock.deadline or self.ended_at and self.due_at or False,
                "warn_at": clock.warn_at or False,
                "worked_hours": worked / 3600,
                "is_missed": worked > round(self.target_hours * 3600),
            },
        )

    def _count(self, now):
        """Return (clock, seconds worked up to ``now``), as the clocks count.

        None where the hours of the team are not fixed.
        """
        self.ensure_one()
        ticket = self.ticket_id
        calendar = (
            self.team_id.resource_calendar_id or self.company_id.resource_calendar_id
        )
        timeline = self.env["itsm.work.timeline"]._get_current(
            calendar, self.company_id
        )
        if not timeline:
            return None
        try:
            line = timeline._cover(self.started_at)._get_working_time()
            clock = measure_stay(
                line,
                self.started_at,
                self.ended_at or None,
                [*ticket._get_waiting_pauses(), *ticket._get_vendor_pauses()],
                round(self.target_hours * 3600),
                self.warn_percent,
            )
            worked = clock.consumed
            if clock.phase == sla_clock.RUNNING and now > clock.mark:
                worked += line.elapsed(clock.mark, now)
        except OutsideHorizonError:
            return None
        return clock, worked
