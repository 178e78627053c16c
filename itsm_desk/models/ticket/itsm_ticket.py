from odoo import fields, models

TICKET_TYPES = [("incident", "Incident"), ("request", "Request")]
IMAC_KINDS = [
    ("install", "Install"),
    ("move", "Move"),
    ("upgrade", "Upgrade"),
    ("replace", "Replace"),
]
IMPACTS = [
    ("1", "One person"),
    ("2", "A department"),
    ("3", "The whole company"),
]
URGENCIES = [
    ("1", "Can wait"),
    ("2", "Hinders the work"),
    ("3", "Work has stopped"),
]
SUPPORT_LEVELS = [
    ("l1", "L1: first line"),
    ("l2", "L2: second line"),
    ("vendor", "Vendor"),
]
PRIORITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Critical")]
STATES = [
    ("new", "New"),
    ("waiting_approval", "Waiting for Approval"),
    ("assigned", "Assigned"),
    ("in_progress", "In Progress"),
    ("pending", "Pending"),
    ("solved", "Solved"),
    ("closed", "Closed"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("new", "waiting_approval", "assigned", "in_progress", "pending")


class ItsmTicket(models.Model):
    """One question of one requester to the service desk, until he signs it off.

    States: new -> assigned -> in progress <-> pending -> solved -> closed. A request
    that needs it waits for approval first. Refused and cancelled end a ticket
    without a solution.

    ===============  =====================================  ======================
    Step             Who                                    Restriction
    ===============  =====================================  ======================
    file             every internal user, portal, mail      for himself, unless a
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
    """

    _name = "itsm.ticket"
    _description = "Service Desk Ticket"
    _inherit = [
        "itsm.flow.mixin",
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

    # What is asked
    name = fields.Char(
        string="Number",
        required=True,
        readonly=True,
        copy=False,
        default="/",
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
        string="IMAC",
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
        index=True,
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
        index=True,
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
        help="Called in by the owner; they may work on the ticket as he does.",
    )
    first_responder_id = fields.Many2one(
        comodel_name="res.users",
        string="First Responder",
        copy=False,
        index="btree_not_null",
        readonly=True,
    )
    first_response_at = fields.Datetime(
        string="First Response",
        copy=False,
        readonly=True,
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
        group_expand=True,
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
        string="Reason of Refusal or Cancellation",
        copy=False,
        readonly=True,
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

    _name_uniq = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'",
        "A ticket with this number exists already.",
    )
    _owner_required = models.Constraint(
        "CHECK (state NOT IN ('assigned', 'in_progress', 'pending', 'solved', 'closed')"
        " OR user_id IS NOT NULL)",
        "A ticket that is being worked on has an owner: take it first.",
    )
    _order_idx = models.Index("(priority DESC, id DESC)")
    _open_idx = models.Index(
        "(team_id, priority DESC, id DESC)"
        " WHERE state NOT IN ('closed', 'refused', 'cancelled')"
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_channel(self):
        if self.env.user.has_group("itsm_desk.group_itsm_technician"):
            return "phone"
        return "portal"

    def _default_partner_id(self):
        if self._default_channel() == "portal" or self.env.context.get(
            "itsm_for_myself"
        ):
            return self.env.user.partner_id
        return False
