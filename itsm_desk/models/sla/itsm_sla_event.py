from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.sla_clock import Event

EVENT_KINDS = [
    ("start", "Started"),
    ("pause", "Paused"),
    ("resume", "Resumed"),
    ("switch", "Target switched"),
    ("calendar_change", "Working hours changed"),
    ("warn", "Warned"),
    ("breach", "Breached"),
    ("stop", "Stopped"),
    ("reopen", "Reopened"),
    ("cancel", "Cancelled"),
]


class ItsmSlaEvent(models.Model):
    """Something that happened to a clock. Append-only: the proof of the clock."""

    _name = "itsm.sla.event"
    _description = "Service Level Event"
    _order = "clock_id, id"
    _rec_name = "kind"

    clock_id = fields.Many2one(
        comodel_name="itsm.sla.clock",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
    )
    at = fields.Datetime(string="Moment", required=True, readonly=True)
    kind = fields.Selection(
        selection=EVENT_KINDS,
        string="Event",
        required=True,
        readonly=True,
    )
    reason_id = fields.Many2one(
        comodel_name="itsm.pending.reason",
        string="Because",
        readonly=True,
        ondelete="restrict",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        readonly=True,
        help="Who was acting. Warnings and breaches are found by the scheduled job.",
    )
    consumed_seconds = fields.Integer(
        string="Worked Before (s)",
        readonly=True,
        aggregator=None,
    )
    policy_line_id = fields.Many2one(
        comodel_name="itsm.sla.policy.line",
        string="Target",
        readonly=True,
        ondelete="restrict",
    )
    target_seconds = fields.Integer(
        string="Target (s)",
        readonly=True,
        aggregator=None,
    )
    warn_percent = fields.Integer(readonly=True, aggregator=None)
    timeline_id = fields.Many2one(
        comodel_name="itsm.work.timeline",
        string="Working Hours Version",
        readonly=True,
        ondelete="restrict",
    )

    _pause_reason = models.Constraint(
        "CHECK (kind <> 'pause' OR reason_id IS NOT NULL)",
        "A clock is paused for a reason: choose one.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if self:
            raise UserError(self._get_append_only_message())
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_proof(self):
        raise UserError(self._get_append_only_message())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_append_only_message(self):
        return self.env._(
            "Service level events are the proof of a clock: nobody changes or deletes "
            "them. What happened next is a new event."
        )

    def _to_events(self):
        """Return the records as the events of the arithmetic, in order."""
        return [
            Event(
                kind=event.kind,
                at=event.at,
                target=event.target_seconds,
                warn_percent=event.warn_percent,
                timeline=event.timeline_id and event.timeline_id._get_working_time(),
            )
            for event in self.sorted("id")
        ]
