from odoo import api, fields, models

from ...tools import sla_clock
from .itsm_sla_policy_line import KINDS


class ItsmSlaClock(models.Model):
    """A running promise: one clock per ticket and kind of target.

    States: running <-> paused -> met, or breached for ever. A breach is sticky: no
    pause, reopening or lower priority takes it back. A cancelled clock counts in
    no figure.

    The row is what its events lead to (``tools/sla_clock.py``) and nobody but the
    engine writes it. The engine works on batches: :meth:`_start` begins clocks,
    :meth:`_advance` brings clocks up to now and applies what happened.
    """

    _name = "itsm.sla.clock"
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
        "more: the clock stands still and counts in no figure.",
    )

    # What was promised
    policy_line_id = fields.Many2one(
        comodel_name="itsm.sla.policy.line",
        string="Promise",
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
    started_at = fields.Datetime(string="Started", required=True, readonly=True)
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
    warned_at = fields.Datetime(string="Warned", readonly=True)
    breached_at = fields.Datetime(string="Breached on", readonly=True)
    stopped_at = fields.Datetime(string="Stopped", readonly=True)
    alert = fields.Selection(
        selection=[("warning", "Warning"), ("breach", "Breach")],
        string="Alert to Send",
        readonly=True,
    )
    alert_at = fields.Datetime(string="Alert Not Before", readonly=True)
    event_ids = fields.One2many(
        comodel_name="itsm.sla.event",
        inverse_name="clock_id",
        string="Events",
        readonly=True,
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

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _start(self, starts, now):
        """Start clocks and return them.

        :param starts: list of (ticket, promise, timeline)
        :param datetime now: the moment of all starts
        """
        events = [
            sla_clock.Event(
                "start",
                now,
                target=promise.target,
                warn_percent=promise.warn_percent,
                timeline=timeline._get_working_time(),
            )
            for _ticket, promise, timeline in starts
        ]
        clocks = self.create(
            [
                {
                    "ticket_id": ticket.id,
                    "company_id": ticket.company_id.id,
                    "kind": promise.kind,
                    "started_at": now,
                    "policy_line_id": promise.id,
                    "timeline_id": timeline.id,
                    **self._prepare_values(sla_clock.apply(None, event)),
                }
                for (ticket, promise, timeline), event in zip(
                    starts, events, strict=True
                )
            ]
        )
        self.env["itsm.sla.event"].create(
            [
                clock._prepare_event(event, 0, promise=promise, timeline=timeline)
                for clock, event, (_ticket, promise, timeline) in zip(
                    clocks, events, starts, strict=True
                )
            ]
        )
        clocks._schedule(now)
        return clocks

    def _get_plan(self, phase, reason, promise, timeline):
        """Return what has to happen so that the clock is as its ticket wants it.

        :param str phase: running, paused, stopped or cancelled
        :param reason: why it pauses
        :param promise: the target that holds now, or None
        :param timeline: other working hours that hold now, or none
        :return: list of (event kind, details) for :meth:`_advance`
        """
        self.ensure_one()
        is_live = not self.stopped_at
        if not promise or phase == "cancelled":
            return [("cancel", {})] if is_live else []
        if phase == sla_clock.STOPPED:
            return [("stop", {})] if is_live else []
        plan = []
        if not is_live:
            plan.append(("reopen", {}))
        if timeline or promise.id != self.policy_line_id.id:
            plan.append(("switch", {"promise": promise, "timeline": timeline}))
        if self.paused_at and is_live:
            if phase == sla_clock.PAUSED and reason == self.reason_id:
                return plan
            plan.append(("resume", {}))
        if phase == sla_clock.PAUSED:
            plan.append(("pause", {"reason": reason}))
        return plan

    def _advance(self, now, plans=None):
        """Bring the clocks up to ``now`` and apply what happened to them.

        Whatever fell due since the last event is recorded first, at the moment it
        fell due: a change of the working hours, a warning, a breach. So the result
        does not depend on when the scheduled job ran.

        :param dict plans: ``{clock id: [(event kind, details)]}``, where the details
            may hold ``reason``, ``promise`` and ``timeline``
        """
        plans = plans or {}
        log = []
        for clock in self:
            plan = plans.get(clock.id, ())
            # other hours are counted from the start, so they need the history
            rewinds = any(details.get("timeline") for _kind, details in plan)
            state = clock._replay() if rewinds else clock._get_state()
            state = clock._catch_up(state, now, log)
            for kind, details in plan:
                state = clock._happen(state, kind, now, log, **details)
            clock._store(clock._catch_up(state, now, log), now)
        self.env["itsm.sla.event"].create(log)
        self._drop_warnings()
        self._schedule(now)

    def _catch_up(self, state, now, log):
        """Return the state at ``now``; what fell due before goes into ``log``."""
        self.ensure_one()
        self.timeline_id._cover(now)
        ended_at = self.timeline_id.superseded_at
        while ended_at and state.phase != sla_clock.STOPPED:
            moment = max(ended_at, state.mark)
            state = self._fall_due(state, moment, log)
            timeline = self.timeline_id._get_successor()
            state = self._happen(
                state, "calendar_change", moment, log, timeline=timeline
            )
            ended_at = timeline.superseded_at
        return self._fall_due(state, now, log)

    def _fall_due(self, state, moment, log):
        """Record the warning and the breach that fell due by ``moment``."""
        for event in sla_clock.get_due_events(state, moment):
            state = self._happen(state, event.kind, event.at, log)
        return state

    def _happen(self, state, kind, at, log, reason=None, promise=None, timeline=None):
        """Return the state after one event, which goes into ``log``."""
        if timeline:
            timeline._cover(self.started_at)
        event = sla_clock.Event(
            kind,
            at,
            target=promise.target if promise else 0,
            warn_percent=promise.warn_percent if promise else 0,
            timeline=timeline._get_working_time() if timeline else None,
        )
        state = sla_clock.apply(state, event)
        log.append(
            self._prepare_event(event, state.consumed, reason, promise, timeline)
        )
        if timeline:
            self.timeline_id = timeline
        if promise:
            self.policy_line_id = promise.id
        self.reason_id = reason
        return state

    def _get_state(self):
        """Return the row as a clock of the arithmetic."""
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
        return sla_clock.replay(self.event_ids._to_events())

    def _store(self, state, now):
        """Write the row from the state, with the alert that follows from it."""
        self.ensure_one()
        vals = self._prepare_values(state)
        alert, alert_at = self.alert, self.alert_at
        if state.breached_at and not self.breached_at:
            alert, alert_at = "breach", now
        elif state.warned_at and not self.warned_at:
            alert, alert_at = "warning", now
        if alert == "warning" and state.phase == sla_clock.STOPPED:
            alert = alert_at = False
        vals.update(
            alert=alert,
            alert_at=alert_at,
            next_event_at=min(
                filter(None, (state.next_event_at, alert_at)), default=False
            ),
        )
        self.write(vals)

    @api.model
    def _prepare_values(self, state):
        """Return the stored values of a clock of the arithmetic."""
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

    def _prepare_event(self, event, consumed, reason=None, promise=None, timeline=None):
        return {
            "clock_id": self.id,
            "company_id": self.company_id.id,
            "at": event.at,
            "kind": event.kind,
            "reason_id": reason.id if reason else False,
            "user_id": self.env.uid,
            "consumed_seconds": consumed,
            "policy_line_id": promise.id if promise else False,
            "target_seconds": event.target,
            "warn_percent": event.warn_percent,
            "timeline_id": timeline.id if timeline else False,
        }
