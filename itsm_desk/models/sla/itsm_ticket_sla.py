from odoo import api, fields, models

from ...tools.sla_clock import PAUSED, RUNNING, STOPPED
from .itsm_sla_policy_line import KINDS

CLOCK_FIELDS = {
    "company_id",
    "department_id",
    "first_response_at",
    "impact",
    "partner_id",
    "pending_reason_id",
    "priority",
    "service_id",
    "state",
    "team_id",
    "ticket_type",
    "urgency",
}


class ItsmTicket(models.Model):
    """The clocks of a ticket follow it.

    Whatever way a ticket changes, :meth:`_sla_sync` compares what each clock should
    do with what it does and records the difference. The columns on the ticket are
    there so that lists, boards and reports never look at the clocks.
    """

    _inherit = "itsm.ticket"

    clock_ids = fields.One2many(
        comodel_name="itsm.sla.clock",
        inverse_name="ticket_id",
        string="Clocks",
        readonly=True,
        copy=False,
        groups="itsm_desk.group_itsm_technician",
    )
    sla_next_deadline = fields.Datetime(
        string="Next Deadline",
        compute="_compute_sla",
        store=True,
        copy=False,
        index="btree_not_null",
        help="The nearest deadline of the clocks that have not stopped.",
    )
    sla_state = fields.Selection(
        selection=[
            ("on_time", "On time"),
            ("warning", "At risk"),
            ("breached", "Breached"),
            ("paused", "Paused"),
            ("met", "Met"),
        ],
        string="Service Level",
        compute="_compute_sla",
        store=True,
        copy=False,
        index="btree_not_null",
    )
    response_seconds = fields.Integer(
        string="Time to Respond (s)",
        compute="_compute_sla",
        store=True,
        copy=False,
        aggregator="avg",
        help="Working time until the first answer, as counted by the response clock.",
    )
    resolution_seconds = fields.Integer(
        string="Time to Solve (s)",
        compute="_compute_sla",
        store=True,
        copy=False,
        aggregator="avg",
        help="Working time until solved, pauses left out.",
    )
    response_met = fields.Boolean(
        string="Response in Time",
        compute="_compute_sla",
        store=True,
        copy=False,
    )
    resolution_met = fields.Boolean(
        string="Solved in Time",
        compute="_compute_sla",
        store=True,
        copy=False,
    )

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
            clocks = ticket.clock_ids.filtered(lambda clock: not clock.is_cancelled)
            live = clocks.filtered(lambda clock: not clock.stopped_at)
            ticket.sla_next_deadline = min(
                filter(None, live.mapped("deadline_at")), default=False
            )
            ticket.sla_state = self._get_sla_state(clocks, live)
            for kind, _label in KINDS:
                clock = clocks.filtered(lambda clock, kind=kind: clock.kind == kind)
                ticket[f"{kind}_seconds"] = clock.consumed_seconds
                ticket[f"{kind}_met"] = clock.state == "met"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._sla_sync()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if CLOCK_FIELDS.intersection(vals):
            self._sla_sync()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _sla_sync(self):
        """Start, pause, switch, stop or resume the clocks as the tickets want it."""
        now = fields.Datetime.now()
        # sudo: clocks are written by the engine alone, whoever works on the ticket
        tickets = self.sudo()
        engine = tickets.env["itsm.sla.clock"]
        promises = tickets.env["itsm.sla.policy"]._match(tickets)
        clocks = {
            (clock.ticket_id.id, clock.kind): clock
            for clock in engine.search([("ticket_id", "in", tickets.ids)])
        }
        wishes = {
            (ticket.id, kind): (ticket, *ticket._sla_get_phase(kind))
            for ticket in tickets
            for kind, _label in KINDS
        }
        timelines = tickets._sla_get_timelines(promises, clocks)
        starts = []
        for key, (ticket, phase, _reason) in wishes.items():
            wanted = key not in clocks and phase in (RUNNING, PAUSED)
            if wanted and timelines.get(key):
                starts.append((ticket, promises[key], timelines.pop(key)))
        for clock in engine._start(starts, now):
            clocks[clock.ticket_id.id, clock.kind] = clock
        plans = {}
        for key, clock in clocks.items():
            _ticket, phase, reason = wishes[key]
            plan = clock._get_plan(phase, reason, promises.get(key), timelines.get(key))
            if plan:
                plans[clock.id] = plan
        engine.browse(plans)._advance(now, plans)

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

    def _sla_get_timelines(self, promises, clocks):
        """Return ``{(ticket id, kind): timeline}`` where the clock needs one.

        It needs one to start, and when it runs in the hours of another calendar.
        """
        result, found = {}, {}
        for ticket in self:
            for kind, _label in KINDS:
                key = ticket.id, kind
                if not (promise := promises.get(key)):
                    continue
                calendar = ticket._sla_get_calendar(promise)
                if key in clocks and clocks[key].timeline_id.calendar_id == calendar:
                    continue
                hours = calendar, ticket.company_id
                if hours not in found:
                    found[hours] = self.env["itsm.work.timeline"]._get_current(*hours)
                result[key] = found[hours]
        return result

    def _sla_get_calendar(self, promise):
        """Return the hours of the policy, else of the team, else of the company.

        Hours that are not fixed cannot be counted and are passed over.
        """
        self.ensure_one()
        calendars = (
            self.env["resource.calendar"].browse(promise.calendar_id or ())
            | self.team_id.resource_calendar_id
            | self.company_id.resource_calendar_id
        )
        return calendars.filtered(lambda calendar: not calendar.flexible_hours)[:1]

    @api.model
    def _get_sla_state(self, clocks, live):
        """Return the worst of what the clocks say, or False without clocks."""
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

    @api.model
    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {
            "clock_ids",
            "sla_next_deadline",
            "sla_state",
            "response_seconds",
            "resolution_seconds",
            "response_met",
            "resolution_met",
        }
