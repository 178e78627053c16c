from odoo import api, fields, models

from ...tools import sla_clock


class ItsmSlaClock(models.Model):
    """The figures of clocks as lists, filters and reports show them."""

    _inherit = "itsm.sla.clock"

    team_id = fields.Many2one(related="ticket_id.team_id")
    user_id = fields.Many2one(related="ticket_id.user_id", string="Owner")
    service_id = fields.Many2one(related="ticket_id.service_id")
    department_id = fields.Many2one(related="ticket_id.department_id")
    ticket_type = fields.Selection(related="ticket_id.ticket_type")
    priority = fields.Selection(related="ticket_id.priority")

    met_share = fields.Float(
        string="Kept",
        compute="_compute_met_share",
        store=True,
        precompute=True,
        aggregator="avg",
        help="1 when the promise was kept, 0 when it was broken. Filter on decided "
        "clocks to get the compliance.",
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

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

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
            state = clock._get_state()
            seconds = clock.consumed_seconds
            if state.phase == sla_clock.RUNNING and now > state.mark:
                seconds += state.timeline.elapsed(state.mark, now)
            clock.current_hours = seconds / 3600
