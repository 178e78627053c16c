from datetime import timedelta

from odoo import api, fields, models

from ...tools import sla_clock
from ..base.grants import server_create, server_write
from ..event.recording import append_entries, write_waiting
from .itsm_sla_policy import KINDS

REGULAR_RUN = timedelta(minutes=10)
"""How often the scheduled job runs by itself."""

PROVEN_FIELDS = (
    "state",
    "is_cancelled",
    "target_seconds",
    "warn_percent",
    "resumed_at",
    "paused_at",
    "consumed_seconds",
    "paused_seconds",
    "deadline_at",
    "warned_at",
    "breached_at",
    "stopped_at",
)
"""What is derived again from the events and compared with the row: all that the
engine stores but ``next_event_at``, which takes in alerts that wait."""

KEPT_MISSES = {"cancel": "stop", "untarget": None}
"""What happens to a missed clock instead, where the miss stays in the figures."""


class ItsmSlaClock(models.Model):
    """Service level status of a ticket for one target: the response or the solution.

    States: running <-> paused -> met, or breached. A breach is sticky: no pause,
    reopening, lower priority or other service takes it back, and whoever works on the
    ticket does not by ending it. A cancelled clock counts in no figure; where only its
    target was taken away, it goes on counting in case one comes back.

    The row is what its events lead to (``tools/sla_clock.py``) and nobody but the
    engine below writes it. The engine works on batches: :meth:`_start` begins
    clocks, :meth:`_advance` brings clocks up to now and applies changes.
    """

    _name = "itsm.sla.clock"
    _inherit = ["itsm.server.rows.mixin"]
    _description = "Service Level Clock"
    _order = "id desc"
    _check_company_auto = True

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
    )
    kind = fields.Selection(
        selection=KINDS,
        string="Clock",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        selection=[
            ("running", "Running"),
            ("paused", "Paused"),
            ("met", "Met"),
            ("breached", "Breached"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    is_cancelled = fields.Boolean(
        string="Cancelled",
        readonly=True,
        help="The ticket was refused or cancelled, or no policy holds for it any "
        "more: the clock has no deadline and counts in no figure. What was missed "
        "before stays missed, unless the requester or whoever leads the team, and "
        "does not own the ticket, cancels it.",
    )

    # The target
    policy_line_id = fields.Many2one(
        comodel_name="itsm.sla.policy.line",
        string="Target",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    timeline_id = fields.Many2one(
        comodel_name="itsm.work.timeline",
        string="Working Hours Version",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    target_seconds = fields.Integer(string="Target (s)", readonly=True)
    warn_percent = fields.Integer(string="Warn at (%)", readonly=True, aggregator="avg")

    # How it stands
    started_at = fields.Datetime(string="Started On", required=True, readonly=True)
    resumed_at = fields.Datetime(
        string="Running Since",
        readonly=True,
        help="Working time is accounted up to this moment.",
    )
    paused_at = fields.Datetime(string="Paused Since", readonly=True)
    reason_id = fields.Many2one(
        comodel_name="itsm.pending.reason",
        string="Paused Because",
        readonly=True,
        ondelete="restrict",
    )
    consumed_seconds = fields.Integer(
        string="Worked (s)",
        readonly=True,
        aggregator="avg",
        help="Working time used up to the last event, pauses left out.",
    )
    paused_seconds = fields.Integer(
        string="Paused (s)",
        readonly=True,
        aggregator="avg",
        help="Working time that passed in pauses.",
    )
    deadline_at = fields.Datetime(string="Deadline", readonly=True)
    next_event_at = fields.Datetime(
        readonly=True,
        help="When the scheduled job has to look at this clock.",
    )
    warned_at = fields.Datetime(string="Warned On", readonly=True)
    breached_at = fields.Datetime(string="Breached on", readonly=True)
    stopped_at = fields.Datetime(string="Stopped On", readonly=True)
    alert = fields.Selection(
        selection=[("warning", "Warning"), ("breach", "Breach")],
        string="Alert to Send",
        readonly=True,
    )
    alert_at = fields.Datetime(string="Alert Not Before", readonly=True)
    event_ids = fields.One2many(
        comodel_name="itsm.ticket.event",
        inverse_name="clock_id",
        string="Clock Events",
        readonly=True,
    )

    # Of the ticket, for lists, filters and reports
    team_id = fields.Many2one(related="ticket_id.team_id")
    user_id = fields.Many2one(related="ticket_id.user_id", string="Owner")
    service_id = fields.Many2one(related="ticket_id.service_id")
    department_id = fields.Many2one(related="ticket_id.department_id")
    ticket_type = fields.Selection(related="ticket_id.ticket_type")
    priority = fields.Selection(related="ticket_id.priority")

    met_share = fields.Float(
        string="Compliance",
        compute="_compute_met_share",
        store=True,
        precompute=True,
        aggregator="avg",
        help="1 when the target was met, 0 when it was missed. Filter on "
        '"Met or Missed" to get the compliance rate.',
    )
    target_hours = fields.Float(string="Target (h)", compute="_compute_hours")
    paused_hours = fields.Float(string="Paused (h)", compute="_compute_hours")
    consumed_hours = fields.Float(
        string="Worked (h)",
        compute="_compute_consumed_hours",
        store=True,
        precompute=True,
        aggregator="avg",
        help="Working time used up to the last event, pauses left out.",
    )
    current_hours = fields.Float(
        string="So Far (h)",
        compute="_compute_current_hours",
        compute_sudo=True,
        help="Working time used up to this moment, pauses left out.",
    )
    is_proven = fields.Boolean(
        string="Agrees with Its Events",
        compute="_compute_is_proven",
        compute_sudo=True,
        help="The stored figures were derived again from the events just now and are "
        "the same.",
    )
    explanation = fields.Html(
        compute="_compute_explanation",
        compute_sudo=True,
        sanitize=False,
        help="Every stretch of time that was counted, and why.",
    )

    _kind_uniq = models.UniqueIndex(
        "(ticket_id, kind)",
        "A ticket has one clock of each kind.",
    )
    _next_event_idx = models.Index(
        "(next_event_at, id) WHERE next_event_at IS NOT NULL"
    )
    _live_timeline_idx = models.Index("(timeline_id) WHERE stopped_at IS NULL")
    _report_idx = models.Index("(company_id, started_at)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id", "kind")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for clock in self:
            # sudo: the name of a clock is that of its ticket
            ticket = clock.sudo().ticket_id
            clock.display_name = f"{ticket.name}: {labels.get(clock.kind, '')}"

    @api.depends("state")
    def _compute_met_share(self):
        for clock in self:
            clock.met_share = float(clock.state == "met")

    @api.depends("target_seconds", "paused_seconds")
    def _compute_hours(self):
        for clock in self:
            clock.target_hours = clock.target_seconds / 3600
            clock.paused_hours = clock.paused_seconds / 3600

    @api.depends("consumed_seconds")
    def _compute_consumed_hours(self):
        for clock in self:
            clock.consumed_hours = clock.consumed_seconds / 3600

    @api.depends("consumed_seconds", "resumed_at", "timeline_id")
    def _compute_current_hours(self):
        now = fields.Datetime.now()
        for clock in self:
            clock.current_hours = clock._get_worked_seconds(now) / 3600

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "A service level clock follows from the steps of its ticket and from its "
            "target: nobody writes it."
        )

    @api.model
    def _start(self, starts, now):
        """Start clocks and return them.

        :param starts: list of ``Wanted`` with target and timeline
        :param datetime now: the moment of all starts
        """
        events = [
            sla_clock.Event(
                "start",
                now,
                target=start.target.seconds,
                warn_percent=start.target.warn_percent,
                timeline=start.timeline._get_working_time(),
            )
            for start in starts
        ]
        states = [sla_clock.apply(None, event) for event in events]
        clocks = server_create(
            self,
            [
                {
                    "ticket_id": start.ticket.id,
                    "company_id": start.ticket.company_id.id,
                    "kind": start.target.kind,
                    "started_at": now,
                    "policy_line_id": start.target.line_id,
                    "timeline_id": start.timeline.id,
                    **self._prepare_values(state),
                }
                for start, state in zip(starts, states, strict=True)
            ],
        )
        append_entries(
            self.env,
            [
                clock._prepare_event_values(
                    event, 0, target=start.target, timeline=start.timeline
                )
                for clock, event, start in zip(clocks, events, starts, strict=True)
            ],
        )
        clocks._schedule(now)
        return clocks

    def _get_changes(self, wanted):
        """Return what has to happen so that the clock is as its ticket wants it.

        :param Wanted wanted: see ``itsm_ticket_sla.py``
        :return: list of (event kind, details) for :meth:`_advance`
        """
        self.ensure_one()
        target = wanted.target
        is_live = not self.stopped_at
        is_untargeted = is_live and self.is_cancelled
        if wanted.phase == "cancelled":
            kept = not wanted.ticket._takes_miss_back()
            return [("cancel", {"keeps_miss": kept})] if is_live else []
        changes = []
        if not target and not is_untargeted and not self.breached_at:
            changes.append(("untarget", {"keeps_miss": True}))
        if wanted.phase == sla_clock.STOPPED:
            return [*changes, ("stop", {})] if is_live else []
        if not is_live:
            changes.insert(0, ("reopen", {}))
        if target and (
            is_untargeted or wanted.timeline or target.line_id != self.policy_line_id.id
        ):
            details = {"target": target, "timeline": wanted.timeline}
            changes.append(("switch", details))
        if self.paused_at and is_live:
            if wanted.phase == sla_clock.PAUSED and wanted.reason == self.reason_id:
                return changes
            changes.append(("resume", {}))
        if wanted.phase == sla_clock.PAUSED:
            changes.append(("pause", {"reason": wanted.reason}))
        return changes

    def _advance(self, now, changes=None):
        """Bring the clocks up to ``now`` and apply changes at that moment.

        Whatever became due since the last event is recorded first, at the moment
        it was due: a change of the working hours, a warning, a breach. So the
        result does not depend on when the scheduled job ran.

        :param dict changes: ``{clock id: [(event kind, details)]}``, where the
            details may hold ``reason``, ``target`` and ``timeline``, and
            ``keeps_miss`` of what would take a missed clock out of the figures
        """
        changes = changes or {}
        log = []
        for clock in self:
            todo = changes.get(clock.id, ())
            # other hours are counted from the start, so they need the history
            rewinds = any(details.get("timeline") for _kind, details in todo)
            state = clock._replay() if rewinds else clock._get_state()
            state = clock._catch_up(state, now, log)
            for kind, details in todo:
                is_kept = state.breached_at and details.get("keeps_miss")
                if kind := KEPT_MISSES[kind] if is_kept else kind:
                    state = clock._apply_event(state, kind, now, log, **details)
            clock._write_state(clock._catch_up(state, now, log), now)
        append_entries(self.env, log)
        self._drop_warnings()
        self._schedule(now)

    def _catch_up(self, state, now, log):
        """Return the state at ``now``; what became due before goes into ``log``."""
        self.ensure_one()
        self.timeline_id._cover(now)
        ended_at = self.timeline_id.superseded_at
        while ended_at and state.phase != sla_clock.STOPPED:
            moment = max(ended_at, state.mark)
            state = self._apply_due_events(state, moment, log)
            timeline = self.timeline_id._get_successor()
            state = self._apply_event(
                state, "calendar_change", moment, log, timeline=timeline
            )
            ended_at = timeline.superseded_at
        return self._apply_due_events(state, now, log)

    def _apply_due_events(self, state, moment, log):
        """Record the warning and the breach that are due by ``moment``."""
        for event in sla_clock.get_due_events(state, moment):
            state = self._apply_event(state, event.kind, event.at, log)
        return state

    def _apply_event(
        self,
        state,
        kind,
        at,
        log,
        reason=None,
        target=None,
        timeline=None,
        keeps_miss=False,
    ):
        """Return the state after one event, which goes into ``log``.

        :param Target target: the new target, of a switch
        :param timeline: the new hours, of a switch or a change of the calendar
        :param bool keeps_miss: judged by the caller
        """
        if timeline:
            timeline._cover(self.started_at)
        event = sla_clock.Event(
            kind,
            at,
            target=target.seconds if target else 0,
            warn_percent=target.warn_percent if target else 0,
            timeline=timeline._get_working_time() if timeline else None,
        )
        state = sla_clock.apply(state, event)
        log.append(
            self._prepare_event_values(event, state.consumed, reason, target, timeline)
        )
        vals = {}
        if timeline:
            vals["timeline_id"] = timeline.id
        if target:
            vals["policy_line_id"] = target.line_id
        # Of a paused clock target and hours may change; it pauses for the same reason.
        if kind not in ("calendar_change", "switch", "untarget"):
            vals["reason_id"] = reason.id if reason else False
        if any(self[name].id != value for name, value in vals.items()):
            server_write(self, vals)
        return state

    def _get_worked_seconds(self, now):
        """Return the working time used up to ``now``, pauses left out."""
        self.ensure_one()
        state = self._get_state()
        if state.phase == sla_clock.RUNNING and now > state.mark:
            return state.consumed + state.timeline.elapsed(state.mark, now)
        return state.consumed

    def _get_state(self):
        """Return the row as a clock of ``tools/sla_clock.py``."""
        self.ensure_one()
        if self.stopped_at:
            phase, mark = sla_clock.STOPPED, self.stopped_at
        elif self.paused_at:
            phase, mark = sla_clock.PAUSED, self.paused_at
        else:
            phase, mark = sla_clock.RUNNING, self.resumed_at
        return sla_clock.Clock(
            phase=phase,
            started_at=self.started_at,
            mark=mark,
            target=self.target_seconds,
            warn_percent=self.warn_percent,
            timeline=self.timeline_id._get_working_time(),
            consumed=self.consumed_seconds,
            paused=self.paused_seconds,
            warned_at=self.warned_at or None,
            breached_at=self.breached_at or None,
            stopped_at=self.stopped_at or None,
            cancelled=self.is_cancelled,
            deadline=self.deadline_at or None,
        )

    def _replay(self):
        """Return the clock that the stored events lead to."""
        self.ensure_one()
        write_waiting(self.env)
        return sla_clock.replay(self.event_ids._to_clock_events())

    def _write_state(self, state, now):
        """Write the row from the state, with the alert that follows from it.

        :param state: a clock of ``tools/sla_clock.py``
        """
        self.ensure_one()
        vals = self._prepare_values(state)
        alert, alert_at = self.alert, self.alert_at
        if state.breached_at and not self.breached_at:
            alert, alert_at = "breach", now
        elif state.warned_at and not self.warned_at:
            alert, alert_at = "warning", now
        if alert == "warning" and (state.cancelled or state.phase == sla_clock.STOPPED):
            alert = alert_at = False
        vals.update(
            alert=alert,
            alert_at=alert_at,
            next_event_at=min(
                filter(None, (state.next_event_at, alert_at)), default=False
            ),
        )
        server_write(self, vals)

    def _schedule(self, now):
        """Wake the job for the first event due before its next regular run."""
        upcoming = min(filter(None, self.mapped("next_event_at")), default=None)
        if upcoming and upcoming < now + REGULAR_RUN:
            # sudo: whoever works on a ticket may not read scheduled jobs
            job = self.env.ref("itsm_desk.ir_cron_itsm_sla").sudo()
            job._trigger(at=max(upcoming, now))

    @api.model
    def _prepare_values(self, state):
        """Return the values to store for a clock of ``tools/sla_clock.py``."""
        names = {sla_clock.STOPPED: "paused" if state.cancelled else "met"}
        running = state.phase == sla_clock.RUNNING
        paused = state.phase == sla_clock.PAUSED
        return {
            "state": "breached"
            if state.breached_at
            else names.get(state.phase, state.phase),
            "is_cancelled": state.cancelled,
            "target_seconds": state.target,
            "warn_percent": state.warn_percent,
            "resumed_at": state.mark if running else False,
            "paused_at": state.mark if paused else False,
            "consumed_seconds": state.consumed,
            "paused_seconds": state.paused,
            "deadline_at": state.deadline or False,
            "next_event_at": state.next_event_at or False,
            "warned_at": state.warned_at or False,
            "breached_at": state.breached_at or False,
            "stopped_at": state.stopped_at or False,
        }

    def _prepare_event_values(
        self, event, consumed, reason=None, target=None, timeline=None
    ):
        return {
            "ticket_id": self.ticket_id.id,
            "clock_id": self.id,
            "company_id": self.company_id.id,
            "at": event.at,
            "kind": event.kind,
            "reason_id": reason.id if reason else False,
            "user_id": self.env.uid,
            "worked_seconds": consumed,
            "policy_line_id": target.line_id if target else False,
            "target_seconds": event.target,
            "warn_percent": event.warn_percent,
            "timeline_id": timeline.id if timeline else False,
        }
