from contextlib import contextmanager

from odoo import api, fields, models

from ..base.selections import (
    IMAC_KINDS,
    IMPACTS,
    OPEN_STATES,
    PRIORITIES,
    STATES,
    SUPPORT_LEVELS,
    TICKET_TYPES,
    URGENCIES,
)
from ..event import recording
from ..reader.itsm_ticket_reader import sync_readers
from ..search.indexing import INDEXED, touch
from .filing import file_new, following_at_once, note_filing
from .ticket_words import APPROVED_FIELDS, DESK_FIELDS, WEIGHTS


class ItsmTicket(models.Model):
    """An incident or a request of one requester, from filing to sign-off.

    States: new -> assigned -> in progress <-> pending -> solved -> closed. A request
    that needs it waits for approval first. Refused and cancelled end a ticket
    without a solution.

    ===============  =====================================  ======================
    Step             Who                                    Restriction
    ===============  =====================================  ======================
    file             every internal user, portal, mail      for oneself, unless a
                                                            technician
    take             technician of the team, or whom it     never the requester
                     was escalated to                       or a portal user
    approve, refuse  the requester's manager, else the      never the requester
                     desk's managers
    work, solve      owner, collaborators, lead, manager    handling form complete
    escalate         owner, lead, manager
    sign off, rate   the requester                          never the solver
    reopen           requester, owner, lead, manager        solved; a closed one
                                                            gets a follow-up
    cancel           requester, owner, lead, manager        before it is solved
    ===============  =====================================  ======================

    Nobody but technicians has write access. A step is written by
    :meth:`_take_step`, which judges the acting user; where somebody else was
    proven (mail, signed link, desk code, time limit), by ``take_proven_step``.
    """

    _name = "itsm.ticket"
    _description = "Service Desk Ticket"
    _inherit = [
        "itsm.answered.mixin",
        "itsm.caused.mixin",
        "itsm.complained.mixin",
        "itsm.form.mixin",
        "itsm.escalated.mixin",
        "itsm.listed.mixin",
        "itsm.approved.mixin",
        "itsm.paused.mixin",
        "itsm.worked.mixin",
        "itsm.vendor.mixin",
        "itsm.flow.mixin",
        "itsm.event.source.mixin",
        "itsm.readable.mixin",
        "itsm.redactable.mixin",
        "itsm.handled.mixin",
        "portal.mixin",
        "mail.thread.cc",
        "mail.activity.mixin",
        "rating.mixin",
    ]
    _order = "priority desc, id desc"
    _rec_names_search = ["name", "subject"]
    _primary_email = "partner_email"
    _mail_post_access = "read"
    _check_company_auto = True

    # ------------------------------------------------------------
    # FLOW
    # ------------------------------------------------------------

    _flow_transitions = {
        "new": {"waiting_approval", "assigned", "cancelled"},
        "waiting_approval": {"new", "assigned", "refused", "cancelled"},
        "assigned": {
            "waiting_approval",
            "in_progress",
            "pending",
            "solved",
            "cancelled",
        },
        "in_progress": {"pending", "solved", "cancelled"},
        "pending": {"in_progress", "solved", "cancelled"},
        "solved": {"closed", "in_progress"},
        "closed": set(),
        "refused": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        ("new", "assigned"): "take",
        ("waiting_approval", "new"): "approve",
        ("waiting_approval", "assigned"): "approve",
        "refused": "refuse",
        ("assigned", "in_progress"): "start",
        "pending": "pend",
        ("pending", "in_progress"): "resume",
        "solved": "solve",
        "closed": "sign_off",
        ("solved", "in_progress"): "reopen",
        "cancelled": "cancel",
    }
    _flow_required = {
        "pending": ("pending_reason_id",),
        "solved": ("cause", "action_taken", "minutes_spent", "resolution_code_id"),
        "refused": ("stop_reason",),
        "cancelled": ("stop_reason",),
        ("solved", "in_progress"): ("reopen_reason",),
    }
    _flow_stamps = {
        "closed": (
            "rating_comment",
            "rating_value",
            "sign_off_code_hash",
            "sign_off_method",
            "signature",
            "signed_name",
            "signed_off_at",
            "signed_off_by_id",
        ),
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "approve_until",
            "asked_user_ids",
            "complaint_ids",
            "is_history",
            "is_judged",
            "merged_into_id",
            "pause_ends_at",
            "pause_reminder_at",
            "pending_question",
            "problem_id",
            "vendor_partner_id",
            "vendor_user_id",
            "user_id",
            "first_responder_id",
            "first_response_at",
            "approver_id",
            "approved_by_id",
            "approved_at",
            "pending_reason_id",
            "stop_reason",
            "reopen_reason",
            "parent_id",
            "escalation_ids",
            "handling_ids",
            "closed_at",
            "reopen_count",
            "sign_off_deadline",
            "sign_off_reminder_at",
            "sign_off_code_hash",
            "sign_off_code_expiry",
            "sign_off_code_tries",
            "signed_off_by_id",
            "signed_off_at",
            "sign_off_method",
            "signature",
            "signed_name",
            "rating_value",
            "rating_comment",
            "access_token",
            "rating_ids",
            "clock_ids",
            "event_ids",
            "reader_ids",
            "bridge_ids",
            "chat_person_id",
            "people_forgotten_at",
            "text_forgotten_at",
        }
    )
    _flow_content_fields = (
        APPROVED_FIELDS
        | DESK_FIELDS
        | {"category_id", "equipment_ids", "place", "impact", "urgency", "channel"}
    )
    _flow_content_states = frozenset(OPEN_STATES)
    _flow_step_access = "read"

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    # What is asked
    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        copy=False,
        default="/",
        index="trigram",
    )
    subject = fields.Char(required=True, index="trigram", tracking=True)
    description = fields.Html(sanitize=True)
    ticket_type = fields.Selection(
        selection=TICKET_TYPES,
        string="Type",
        compute="_compute_ticket_type",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="Incident: something does not work. Request: something is wanted.",
    )
    imac_kind = fields.Selection(
        selection=IMAC_KINDS,
        string="Kind of IMAC",
        compute="_compute_imac_kind",
        store=True,
        readonly=False,
        precompute=True,
        help="Install, move, upgrade or replace equipment.",
    )
    channel = fields.Selection(
        selection=[
            ("mail", "Mail"),
            ("portal", "Portal"),
            ("phone", "Phone"),
            ("chat", "Chat"),
            ("walk_in", "Walk-in"),
        ],
        required=True,
        default=lambda self: self._default_channel(),
        help="How the request reached the desk.",
    )
    service_id = fields.Many2one(
        comodel_name="itsm.service",
        check_company=True,
        index=True,
        tracking=True,
    )
    category_id = fields.Many2one(
        comodel_name="itsm.category",
        compute="_compute_category_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index=True,
    )
    equipment_ids = fields.Many2many(
        comodel_name="maintenance.equipment",
        relation="itsm_ticket_equipment_rel",
        column1="ticket_id",
        column2="equipment_id",
        string="Equipment",
        check_company=True,
    )
    place = fields.Selection(
        selection=[("remote", "Remote"), ("on_site", "On site")],
        default="remote",
        help="Where the technician does the work.",
    )

    # Who asks
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Requester",
        required=True,
        default=lambda self: self._default_partner_id(),
        tracking=True,
    )
    partner_email = fields.Char(
        string="Requester's Mail",
        compute="_compute_partner_email",
        store=True,
        precompute=True,
        index="trigram",
        help="Address at the time of filing; codes and links go there.",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_department_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The requester's department at the time of filing.",
    )
    requester_company_id = fields.Many2one(
        comodel_name="res.partner",
        compute="_compute_requester_company_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="The requester's company at the time of filing.",
    )
    shared_user_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_ticket_shared_user_rel",
        string="Colleagues in the Portal",
        compute="_compute_shared_user_ids",
        store=True,
        copy=False,
        help="Portal users of the requester's company at the time of filing. Where "
        "customers share tickets, they read this one while they belong to it.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    # How pressing it is
    impact = fields.Selection(
        selection=IMPACTS,
        compute="_compute_impact",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="How many people cannot work as usual.",
    )
    urgency = fields.Selection(
        selection=URGENCIES,
        compute="_compute_urgency",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        tracking=True,
        help="How badly it hinders them.",
    )
    priority = fields.Selection(
        selection=PRIORITIES,
        compute="_compute_priority",
        store=True,
        precompute=True,
        tracking=True,
        help="From impact and urgency by the priority matrix.",
    )

    is_judged = fields.Boolean(
        string="Judged",
        copy=False,
        readonly=True,
        help="Somebody judged impact or urgency; choosing a service keeps them.",
    )

    # Who works on it
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index=True,
        tracking=True,
    )
    support_level = fields.Selection(
        selection=SUPPORT_LEVELS,
        compute="_compute_support_level",
        store=True,
        precompute=True,
        tracking=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Owner",
        copy=False,
        tracking=True,
        readonly=True,
        help="The first technician who answered or took it; answers for the ticket "
        "until somebody takes it over after an escalation.",
    )
    collaborator_ids = fields.Many2many(
        comodel_name="res.users",
        relation="itsm_ticket_collaborator_rel",
        column1="ticket_id",
        column2="user_id",
        string="Collaborators",
        copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Called in by the owner; they may work on the ticket like the owner.",
    )
    first_responder_id = fields.Many2one(
        comodel_name="res.users",
        string="First Responder",
        copy=False,
        index="btree_not_null",
        readonly=True,
    )
    first_response_at = fields.Datetime(
        string="First Response", copy=False, readonly=True
    )
    approver_id = fields.Many2one(
        comodel_name="res.users",
        string="Approver",
        copy=False,
        index="btree_not_null",
        readonly=True,
        help="The requester's manager; without one the desk's managers decide.",
    )
    approved_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Approved by",
        copy=False,
        readonly=True,
    )
    approved_at = fields.Datetime(string="Approved on", copy=False, readonly=True)
    escalation_ids = fields.One2many(
        comodel_name="itsm.escalation",
        inverse_name="ticket_id",
        string="Escalations",
        readonly=True,
    )

    # Where it stands
    state = fields.Selection(
        selection=STATES,
        required=True,
        default="new",
        copy=False,
        index=True,
        tracking=True,
    )
    pending_reason_id = fields.Many2one(
        comodel_name="itsm.pending.reason",
        string="Pending Because",
        copy=False,
        tracking=True,
        readonly=True,
        check_company=True,
    )
    stop_reason = fields.Text(
        string="Reason of Refusal or Cancellation", copy=False, readonly=True
    )
    reopen_reason = fields.Text(
        string="Reason of the Last Reopening", copy=False, readonly=True
    )
    parent_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="Follow-up of",
        copy=False,
        check_company=True,
        index="btree_not_null",
        readonly=True,
        help="The closed ticket that this one takes up again.",
    )
    child_ids = fields.One2many(
        comodel_name="itsm.ticket",
        inverse_name="parent_id",
        string="Follow-ups",
        readonly=True,
    )

    # Handling form: that of the newest attempt, which takes what is written here
    handling_ids = fields.One2many(
        comodel_name="itsm.handling",
        inverse_name="ticket_id",
        string="Attempts",
        readonly=True,
        copy=False,
    )
    handling_id = fields.Many2one(
        comodel_name="itsm.handling",
        string="Newest Attempt",
        compute="_compute_handling_id",
        store=True,
        copy=False,
        index="btree_not_null",
    )
    handling_count = fields.Integer(
        string="Attempts to Solve", compute="_compute_handling_count"
    )
    work_line_ids = fields.One2many(
        comodel_name="itsm.work.line",
        inverse_name="ticket_id",
        string="Work",
        copy=False,
        groups="itsm_desk.group_itsm_technician",
    )
    cause = fields.Text(related="handling_id.cause", inverse="_inverse_handling")
    action_taken = fields.Text(
        related="handling_id.action_taken", inverse="_inverse_handling"
    )
    minutes_spent = fields.Integer(
        string="Minutes",
        compute="_compute_minutes_spent",
        inverse="_inverse_handling",
        store=True,
        aggregator="sum",
    )
    parts_used = fields.Text(
        related="handling_id.parts_used", inverse="_inverse_handling"
    )
    resolution_code_id = fields.Many2one(
        comodel_name="itsm.resolution.code",
        compute="_compute_resolution_code_id",
        inverse="_inverse_handling",
        store=True,
        check_company=True,
        index="btree_not_null",
    )
    solution = fields.Html(related="handling_id.solution", inverse="_inverse_handling")
    solved_by_id = fields.Many2one(
        related="handling_id.solved_by_id", store=True, index="btree_not_null"
    )
    solver_partner_id = fields.Many2one(
        related="handling_id.solver_partner_id", store=True
    )
    solved_at = fields.Datetime(related="handling_id.solved_at", store=True)
    closed_at = fields.Datetime(string="Closed on", copy=False, readonly=True)
    reopen_count = fields.Integer(string="Times Reopened", copy=False, readonly=True)
    is_first_contact_fix = fields.Boolean(
        string="Fixed at First Contact",
        compute="_compute_is_first_contact_fix",
        store=True,
        help="Solved by its first responder with the first answer or right after it: "
        "never escalated, paused or reopened, and nothing more was said.",
    )

    # Sign-off
    sign_off_deadline = fields.Datetime(
        copy=False,
        readonly=True,
        help="Without an answer by then the ticket closes unsigned.",
    )
    sign_off_reminder_at = fields.Datetime(
        string="Next Reminder", copy=False, readonly=True
    )
    signed_off_by_id = fields.Many2one(
        comodel_name="res.partner",
        string="Signed off by",
        copy=False,
        readonly=True,
    )
    signed_off_at = fields.Datetime(string="Signed off on", copy=False, readonly=True)
    sign_off_method = fields.Selection(
        selection=[
            ("portal", "Portal"),
            ("mail", "Mail link"),
            ("backend", "Back office"),
            ("desk", "Code at the desk"),
            ("unsigned", "Unsigned: time limit"),
        ],
        string="Signed off by Way of",
        copy=False,
        readonly=True,
    )
    signature = fields.Image(copy=False, attachment=True, max_width=1024, readonly=True)
    signed_name = fields.Char(
        string="Signed as",
        copy=False,
        readonly=True,
        help="Full name, typed instead of a drawn signature.",
    )
    rating_value = fields.Integer(
        string="Rating",
        copy=False,
        aggregator="avg",
        readonly=True,
        help="From 1 (bad) to 5 (excellent), by the requester.",
    )
    rating_comment = fields.Text(copy=False, readonly=True)
    rating_last_value = fields.Float(
        compute="_compute_rating_last_value", store=True, precompute=True
    )
    is_satisfaction_counted = fields.Boolean(
        string="Counts for Satisfaction",
        compute="_compute_is_satisfaction_counted",
        store=True,
        help="Rated by the requester without the technician present. Ratings given in "
        "front of the technician are kept but left out of satisfaction figures.",
    )
    sign_off_code_hash = fields.Char(copy=False, groups=fields.NO_ACCESS)
    sign_off_code_expiry = fields.Datetime(copy=False, groups=fields.NO_ACCESS)
    sign_off_code_tries = fields.Integer(
        copy=False, groups=fields.NO_ACCESS, aggregator=None
    )
    access_token = fields.Char(groups=fields.NO_ACCESS)

    event_ids = fields.One2many(
        comodel_name="itsm.ticket.event",
        inverse_name="ticket_id",
        string="Ticket Events",
        readonly=True,
        copy=False,
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )

    reader_ids = fields.One2many(
        comodel_name="itsm.ticket.reader",
        inverse_name="ticket_id",
        string="Readers",
        readonly=True,
        copy=False,
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )

    # How long things are kept
    text_forgotten_at = fields.Datetime(
        string="Texts Removed on", copy=False, readonly=True
    )
    people_forgotten_at = fields.Datetime(
        string="Personal Figures Removed on", copy=False, readonly=True
    )

    # Service level: copied from the clocks, so that lists, boards and reports do
    # not read them
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
        string="Response in Time", compute="_compute_sla", store=True, copy=False
    )
    is_response_counted = fields.Boolean(
        string="Counts for Response",
        compute="_compute_sla",
        store=True,
        copy=False,
        help="A response was due. Calls and walk-ins are left out of response figures: "
        "they are answered while they are filed.",
    )
    resolution_met = fields.Boolean(
        string="Solved in Time", compute="_compute_sla", store=True, copy=False
    )

    sla_warning = fields.Char(
        compute="_compute_sla_warning",
        compute_sudo=True,
        export_string_translation=False,
    )

    # What the acting user may do now
    can_take = fields.Boolean(compute="_compute_flow_can")
    can_log_call = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    can_start = fields.Boolean(compute="_compute_flow_can")
    can_pend = fields.Boolean(compute="_compute_flow_can")
    can_resume = fields.Boolean(compute="_compute_flow_can")
    can_escalate = fields.Boolean(compute="_compute_flow_can")
    can_solve = fields.Boolean(compute="_compute_flow_can")
    can_sign_off = fields.Boolean(compute="_compute_flow_can")
    can_refuse_solution = fields.Boolean(compute="_compute_flow_can")
    can_sign_off_at_desk = fields.Boolean(compute="_compute_flow_can")
    can_reopen = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    can_handle = fields.Boolean(compute="_compute_flow_can")

    # Links of the form
    partner_ticket_count = fields.Integer(compute="_compute_partner_ticket_count")
    follow_up_count = fields.Integer(compute="_compute_follow_up_count")

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "A ticket with this number exists already.",
    )
    _owner_required = models.Constraint(
        "CHECK (state NOT IN ('assigned', 'in_progress', 'pending', 'solved', 'closed')"
        " OR user_id IS NOT NULL OR is_history IS TRUE)",
        "A ticket that is being worked on has an owner: take it first.",
    )
    _order_idx = models.Index("(priority DESC, id DESC)")
    _owner_idx = models.Index("(user_id, priority DESC, id DESC)")
    _filed_idx = models.Index("(create_date DESC, id DESC)")
    _requester_idx = models.Index("(partner_id, create_date DESC, id DESC)")
    _open_idx = models.Index(
        "(team_id, priority DESC, id DESC)"
        " WHERE state NOT IN ('closed', 'refused', 'cancelled')"
    )
    _open_count_idx = models.Index(
        "(id) INCLUDE (company_id, state)"
        " WHERE state NOT IN ('closed', 'refused', 'cancelled')"
    )
    _text_kept_idx = models.Index(
        "(company_id, closed_at) WHERE text_forgotten_at IS NULL"
        " AND state IN ('closed', 'refused', 'cancelled')"
    )
    _people_kept_idx = models.Index(
        "(company_id, closed_at) WHERE people_forgotten_at IS NULL"
        " AND state IN ('closed', 'refused', 'cancelled')"
    )
    _rating_range = models.Constraint(
        "CHECK (rating_value IS NULL OR rating_value BETWEEN 0 AND 5)",
        "A rating goes from 1 to 5.",
    )
    _signer_not_solver = models.Constraint(
        "CHECK (signed_off_by_id IS NULL OR signed_off_by_id <> solver_partner_id)",
        "Whoever solved a ticket can neither sign it off nor rate it.",
    )
    _sign_off_reminder_idx = models.Index(
        "(sign_off_reminder_at) WHERE state = 'solved'"
    )
    _sign_off_deadline_idx = models.Index("(sign_off_deadline) WHERE state = 'solved'")

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # "/" stands for the number to come, as in imports and copies.
        vals_list = [
            {key: val for key, val in vals.items() if (key, val) != ("name", "/")}
            for vals in vals_list
        ]
        self._check_filing(vals_list)
        with recording.one_moment():
            with (
                following_at_once(self.browse()) as quiet,
                recording.filing(file_new) as own,
            ):
                tickets = super(ItsmTicket, quiet).create(vals_list).with_env(self.env)
            file_new(tickets - tickets.browse(own))
            note_filing(tickets)
            touch(self.env, tickets.ids)
            tickets._check_request_answers()
            tickets._note_judged(vals_list)
            tickets._after_filing()
        return tickets

    def write(self, vals):
        recording.file_first(self)
        is_system = self._flow_is_system()
        if not is_system:
            self._check_writer(vals)
            self._check_frozen(vals)
        with recording.one_moment():
            with self._logging_answers(vals), self._calling_moved(vals):
                result = super().write(vals)
                if not INDEXED.isdisjoint(vals):
                    touch(self.env, self.ids)
            if not is_system and WEIGHTS.keys() & vals:
                self._note_judged()
            if {"service_id", "ticket_type"}.intersection(vals):
                self._ask_missing_approval()
            if self._sla_get_trigger_fields().intersection(vals):
                self._sla_sync()
        return result

    @contextmanager
    def _flow_storing(self, vals):
        """Note who reads the tickets now, and what changed."""
        # sudo: whoever writes reads neither the people nor all that an entry says
        tickets = self.sudo()
        with recording.recording_changes(tickets, vals), super()._flow_storing(vals):
            yield
            if not self._readable_get_trigger_fields().isdisjoint(vals):
                sync_readers(tickets)
