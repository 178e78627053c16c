from odoo import api, fields, models

from ...tools import sla_clock
from ..base.selections import PRIORITIES, STATES, SUPPORT_LEVELS

TICKET_KINDS = [
    ("filed", "Ticket Filed"),
    ("taken_over", "Taken Over as Closed"),
    ("state", "State"),
    ("owner", "Owner"),
    ("team", "Team"),
    ("level", "Support Level"),
    ("priority", "Priority"),
    ("vendor", "Vendor"),
    ("answer", "First Answer"),
    ("reply", "Answer"),
    ("message", "Message of the Requester"),
    ("escalation", "Escalation"),
    ("declined", "Escalation Declined"),
    ("vendor_sent", "Sent to a Vendor"),
    ("vendor_back", "Back from a Vendor"),
    ("level_warn", "Soon Late"),
    ("level_late", "Late"),
]
CLOCK_KINDS = [
    ("start", "Clock Started"),
    ("pause", "Clock Paused"),
    ("resume", "Clock Resumed"),
    ("switch", "Target Switched"),
    ("calendar_change", "Working Hours Changed"),
    ("warn", "Warned"),
    ("breach", "Target Missed"),
    ("stop", "Clock Stopped"),
    ("reopen", "Clock Reopened"),
    ("cancel", "Clock Cancelled"),
    ("untarget", "No Target Any More"),
]


class ItsmTicketEvent(models.Model):
    """What happened to a ticket or to one of its clocks. Append-only.

    An entry of the ticket says from what to what, when, who acted and why, and repeats
    how the ticket stood afterwards. An entry of a clock has ``clock_id`` and what the
    clock was told. The columns of the ticket and of its clocks can be derived again
    from the entries (``ticket_proof``); everything that is measured reads them
    (``ticket_measures``).

    ======  ==================================  ==========================
    Right   Who                                 Restriction
    ======  ==================================  ==========================
    read    technicians                         of tickets that they work on
    read    desk managers, quality              of the company
    create  the server (``recording``, clocks)  never a user
    change  nobody; a reason is blanked by the room ``evidence``
    ======  ==================================  ==========================
    """

    _name = "itsm.ticket.event"
    _inherit = "itsm.log.mixin"
    _description = "Ticket Event"
    _order = "id desc"
    _rec_name = "kind"
    _log_redactable = frozenset({"reason"})

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    clock_id = fields.Many2one(
        comodel_name="itsm.sla.clock",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Of an entry about a clock of the ticket.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        index=True,
    )
    at = fields.Datetime(
        string="Moment",
        required=True,
        readonly=True,
        help="When it happened; of a missed target, when it was due.",
    )
    kind = fields.Selection(
        selection=TICKET_KINDS + CLOCK_KINDS,
        string="Event",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Done By",
        readonly=True,
        help="Who was acting. Warnings and breaches are found by the scheduled job.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="In the Name of",
        readonly=True,
        help="Who was proven to decide where it was not the acting user: by a mail, "
        "the link of a mail, or a code.",
    )
    old_value = fields.Char(string="From (Key)", readonly=True)
    new_value = fields.Char(string="To (Key)", readonly=True)
    old_label = fields.Char(
        string="Old Value", compute="_compute_labels", compute_sudo=True
    )
    new_label = fields.Char(
        string="New Value", compute="_compute_labels", compute_sudo=True
    )
    reason = fields.Text(readonly=True)
    reason_id = fields.Many2one(
        comodel_name="itsm.pending.reason",
        string="Because",
        readonly=True,
        ondelete="restrict",
    )
    worked_seconds = fields.Integer(
        string="Worked Before (s)",
        readonly=True,
        aggregator=None,
        help="Working time used up to this moment, pauses left out: by the clock of "
        "the entry, else by that of the solution.",
    )
    backlog_change = fields.Integer(
        readonly=True,
        help="1 where the ticket enters the backlog, -1 where it leaves.",
    )

    # How the ticket stood afterwards; empty in entries of a clock
    ticket_state = fields.Selection(
        selection=STATES, string="State Afterwards", readonly=True
    )
    owner_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner Afterwards",
        readonly=True,
        index="btree_not_null",
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team", string="Team Afterwards", readonly=True
    )
    support_level = fields.Selection(selection=SUPPORT_LEVELS, readonly=True)
    priority = fields.Selection(selection=PRIORITIES, readonly=True)

    # What a clock was told
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
    _at_idx = models.Index("(company_id, at) WHERE clock_id IS NULL")
    _decided_idx = models.Index(
        "(company_id, at) WHERE kind IN"
        " ('breach', 'stop', 'reopen', 'cancel', 'untarget', 'switch')"
    )
    _backlog_idx = models.Index(
        "(company_id, at, backlog_change) WHERE backlog_change <> 0"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kind", "old_value", "new_value")
    @api.depends_context("lang", "uid")
    def _compute_labels(self):
        """Say the values in the reader's words."""
        names = self._get_record_names()
        for event in self:
            for side in ("old", "new"):
                event[f"{side}_label"] = event._get_label(event[f"{side}_value"], names)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_record_names(self):
        """Return ``{(model, id as text): name}`` of the records that values name."""
        ids = {}
        for event in self:
            field = event._get_fact_field()
            if field and field.type == "many2one":
                values = filter(None, (event.old_value, event.new_value))
                ids.setdefault(field.comodel_name, set()).update(map(int, values))
        return {
            (name, str(record.id)): record.display_name
            for name, record_ids in ids.items()
            for record in self.env[name].browse(record_ids).exists()
        }

    def _get_label(self, value, names):
        """Return the words for a value of the entry (str)."""
        field = self._get_fact_field()
        if not value or not field:
            return value or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "datetime":
            moment = fields.Datetime.to_datetime(value)
            return self.company_id._itsm_format_moment(moment)
        return names.get((field.comodel_name, value), value)

    def _get_fact_field(self):
        """Return the field of the ticket that the values belong to, or None."""
        tickets = self.env["itsm.ticket"]
        begins = dict.fromkeys(("filed", "taken_over"), "state")
        kind = {**begins, "escalation": "level"}.get(self.kind, self.kind)
        for name, fact in tickets._event_get_facts().items():
            if fact == kind:
                return tickets._fields[name]
        return None

    def _to_clock_events(self):
        """Return entries of one clock as events of ``tools/sla_clock.py``, in order."""
        return [
            sla_clock.Event(
                kind=event.kind,
                at=event.at,
                target=event.target_seconds,
                warn_percent=event.warn_percent,
                timeline=event.timeline_id and event.timeline_id._get_working_time(),
            )
            for event in self.sorted("id")
        ]
