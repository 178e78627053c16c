from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import ormcache

from ...tools.sla_clock import PAUSED, RUNNING, STOPPED
from ..event.recording import get_moment, get_person
from ..ticket.ticket_words import SPOKEN_CHANNELS
from ..vendor.itsm_level_stay import FACTS as STAY_FACTS
from ..vendor.itsm_level_stay import sync_stays
from ..vendor.itsm_vendor_job import measure_open_jobs
from .itsm_sla_policy import KINDS

CLOCK_FACTS = frozenset(
    {
        "channel",
        "company_id",
        "department_id",
        "first_response_at",
        "pending_reason_id",
        "priority",
        "service_id",
        "state",
        "team_id",
        "ticket_type",
    }
)
"""The fields that :meth:`ItsmTicket._sla_get_wanted` and the targets that it is given
follow from; a test compares them."""


_syncing = ContextVar("itsm_sla_syncing", default=None)


@contextmanager
def syncing(tickets):
    """Keep an automation on clocks from starting them while they are started.

    :return: the tickets whose clocks nobody is at; those of the others are looked at
        once more by whoever is at them
    """
    outer = _syncing.get()
    again = {} if outer is None else outer
    own = tickets.filtered(lambda ticket: ticket.id not in again)
    again.update(dict.fromkeys((tickets - own).ids, True))
    again.update(dict.fromkeys(own.ids, False))
    token = _syncing.set(again)
    try:
        yield own
    finally:
        _syncing.reset(token)
        changed = [ticket_id for ticket_id in own.ids if again.pop(ticket_id)]
    if changed:
        tickets.browse(changed)._sla_sync()


class Wanted(NamedTuple):
    """What one clock of a ticket should do now."""

    ticket: Any
    phase: str
    """``running``, ``paused``, ``stopped`` or ``cancelled``."""
    reason: Any
    """Why it pauses (itsm.pending.reason), empty otherwise."""
    target: Any
    """The Target that holds now, or None."""
    timeline: Any
    """The hours to start in or to change to (itsm.work.timeline), else None."""


class ItsmTicket(models.Model):
    """Keeps the clocks of a ticket in step with it, and its columns with the clocks.

    After every change of the ticket :meth:`_sla_sync` compares what each clock should
    do with what it does, and records the difference.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "clock_ids.state",
        "clock_ids.is_cancelled",
        "clock_ids.deadline_at",
        "clock_ids.warned_at",
        "clock_ids.paused_at",
        "clock_ids.stopped_at",
        "clock_ids.consumed_seconds",
    )
    def _compute_sla(self):
        for ticket in self:
            ticket.update(ticket._get_sla_values())

    @api.depends(
        "clock_ids.stopped_at", "clock_ids.is_cancelled", "clock_ids.timeline_id"
    )
    @api.depends_context("lang")
    def _compute_sla_warning(self):
        """Say why clocks that run have no deadline."""
        for ticket in self:
            live = ticket.clock_ids.filtered(
                lambda clock: not clock.stopped_at and not clock.is_cancelled
            )
            idle = live.timeline_id.filtered(
                lambda line: line._get_working_time().is_empty
            )
            ticket.sla_warning = False
            if idle:
                ticket.sla_warning = self.env._(
                    'Nothing is due: the working hours "%(calendar)s" have no lines. '
                    "Whoever keeps them (HR) enters hours, or a manager of the service "
                    "desk gives the team others; the clocks then go on by themselves.",
                    calendar=idle[0].calendar_id.name,
                )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _sla_get_trigger_fields(self):
        """Return the fields whose change may concern the clocks."""
        return self._get_source_fields(CLOCK_FACTS | STAY_FACTS)

    def _get_sla_values(self):
        """Return ``{column: value}`` as it follows from the clocks of the ticket."""
        self.ensure_one()
        clocks = self.clock_ids.filtered(lambda clock: not clock.is_cancelled)
        live = clocks.filtered(lambda clock: not clock.stopped_at)
        values = {
            "sla_next_deadline": min(
                filter(None, live.mapped("deadline_at")), default=False
            ),
            "sla_state": self._get_sla_state(clocks, live),
        }
        for kind, _label in KINDS:
            clock = clocks.filtered(lambda clock, kind=kind: clock.kind == kind)
            values[f"{kind}_seconds"] = clock.consumed_seconds
            values[f"{kind}_met"] = clock.state == "met"
            if kind == "response":
                spoken = self.channel in SPOKEN_CHANNELS
                values["is_response_counted"] = bool(clock) and not spoken
        return values

    def _sla_sync(self, is_new=False):
        """Start, pause, resume, change or stop the clocks as the tickets want it.

        :param bool is_new: whether the tickets have no clocks yet
        """
        # sudo: clocks are written by this engine alone, whoever works on the ticket
        with syncing(self.sudo()) as tickets:
            if tickets:
                tickets._sla_apply(is_new)

    def _sla_apply(self, is_new):
        now = get_moment()
        engine = self.env["itsm.sla.clock"]
        found = engine.browse()
        if not is_new:
            found = engine.search([("ticket_id", "in", self.ids)])
        clocks = {(clock.ticket_id.id, clock.kind): clock for clock in found}
        targets = self.env["itsm.sla.policy"]._get_targets(self)
        wanted = self._sla_get_wanted(clocks, targets)
        starts = [
            one
            for key, one in wanted.items()
            if key not in clocks and one.phase in (RUNNING, PAUSED) and one.timeline
        ]
        for clock in engine._start(starts, now):
            key = clock.ticket_id.id, clock.kind
            clocks[key] = clock
            wanted[key] = wanted[key]._replace(timeline=None)
        changes = {
            clock.id: change
            for key, clock in clocks.items()
            if (change := clock._get_changes(wanted[key]))
        }
        if changes:
            engine.browse(changes)._advance(now, changes)
        sync_stays(self, is_new, targets, now)
        if not is_new:
            measure_open_jobs(self)

    def _sla_get_wanted(self, clocks, targets):
        """Return ``{(ticket id, kind): Wanted}`` for every kind of clock.

        :param dict clocks: ``{(ticket id, kind): clock}``, those that there are
        :param dict targets: what the policies promise for the tickets
        """
        calendars, current, result = {}, {}, {}
        for ticket in self:
            for kind, _label in KINDS:
                key = ticket.id, kind
                target, timeline = targets.get(key), None
                if kind == "response" and ticket.channel in SPOKEN_CHANNELS:
                    target = None
                if target:
                    source = ticket.id, target.calendar_id
                    if source not in calendars:
                        calendars[source] = ticket._sla_get_calendar(target)
                    calendar = calendars[source]
                    clock = clocks.get(key)
                    if not clock or clock.timeline_id.calendar_id != calendar:
                        hours = calendar, ticket.company_id
                        if hours not in current:
                            timelines = self.env["itsm.work.timeline"]
                            current[hours] = timelines._get_current(*hours)
                        timeline = current[hours]
                phase, reason = ticket._sla_get_phase(kind)
                result[key] = Wanted(ticket, phase, reason, target, timeline)
        return result

    def _sla_get_phase(self, kind):
        """Return what a clock of this kind should do now, and why it pauses."""
        self.ensure_one()
        no_reason = self.env["itsm.pending.reason"]
        if self.state in ("refused", "cancelled"):
            return "cancelled", no_reason
        answered = kind == "response" and self.first_response_at
        if answered or self.state in ("solved", "closed"):
            return STOPPED, no_reason
        if self.state == "waiting_approval":
            reason = self.env.ref("itsm_desk.itsm_pending_reason_approval")
        elif self.state == "pending":
            reason = self.pending_reason_id
        else:
            return RUNNING, no_reason
        if reason[f"stops_{kind}"]:
            return PAUSED, reason
        return RUNNING, no_reason

    def _takes_miss_back(self):
        """Whether whoever ends the ticket now takes its misses out of the figures.

        Its requester does, and whoever leads the team, but never the owner, whose
        figures they are. A refusal is the approver's, who works on no ticket.
        """
        self.ensure_one()
        user = self.env.user
        if self.state == "refused":
            return True
        if user == self.user_id:
            return False
        return get_person(self.env) == self.partner_id or self._is_lead(user)

    def _sla_get_calendar(self, target):
        """Return the hours of the policy, else of the team, else of the company.

        Hours that are not fixed cannot be counted and are passed over.
        """
        self.ensure_one()
        for calendar in (
            self.env["resource.calendar"].browse(target.calendar_id or ()),
            self.team_id.resource_calendar_id,
        ):
            if fixed := calendar._itsm_filter_fixed():
                return fixed
        return self.company_id.resource_calendar_id._itsm_filter_fixed()

    @api.model
    def _get_sla_state(self, clocks, live):
        """Return the worst status among the clocks, or False without clocks."""
        if not clocks:
            return False
        if "breached" in clocks.mapped("state"):
            return "breached"
        if not live:
            return "met"
        running = live.filtered(lambda clock: not clock.paused_at)
        if not running:
            return "paused"
        return "warning" if any(running.mapped("warned_at")) else "on_time"
