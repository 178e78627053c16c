from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ...tools.one_record import check_chosen, check_one
from ..base.groups import HR, MANAGER, OFFICER, PROCUREMENT
from ..platform.hidden_subjects import find_told
from ..work.missing import get_rows
from .outsourcing_plan import check_years, get_hint
from .request_checks import get_dispatch_advice, get_related, get_split_hint

PARTIES = [("vendor", "The vendor"), ("company", "The company")]
SCOPE_TESTS = ("is_non_core", "is_back_office", "has_no_career_path", "is_long_term")
PARTY_FIELDS = ("who_directs", "whose_tools", "who_sets_hours")
# A tender in one of these states no longer holds its requests.
ENDED_TENDERS = ("failed", "cancelled")


class OutsourcingRequest(models.Model):
    """The application form for outsourcing a service (Annex 1).

    Draft -> submitted -> approved -> in tender -> done; refused and cancelled
    on the way. The gate submitted -> approved is a tier review by HR.

    =============  ===========================  =====================================
    Action         Who                          Restriction
    =============  ===========================  =====================================
    create         outsourcing user             for himself or the department he
                                                heads; officer and HR for others
    edit           author, applicant, his head  in draft
    submit         the applicant, his manager   scope test passed, needs complete
    approve        HR, after the reviews        neither applicant, author nor editor
    refuse         HR                           with a reason
    create tender  officer, procurement         approved
    cancel         applicant, HR, officer       no live tender
    =============  ===========================  =====================================
    """

    _name = "outsourcing.request"
    _description = "Outsourcing Request"
    _inherit = [
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "create_date desc, id desc"
    _rec_names_search = ["name", "subject"]
    _check_company_auto = True
    _mail_post_access = "read"

    _state_from = ["submitted"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("employee_id",)
    _tier_refuse_verb = "refuse"

    _number_code = "outsourcing.request"
    _number_states = frozenset({"submitted"})
    _flow_transitions = {
        "draft": {"submitted", "cancelled"},
        "submitted": {"draft", "approved", "refused", "cancelled"},
        "approved": {"in_tender", "cancelled"},
        "in_tender": {"approved", "done", "cancelled"},
        "refused": {"draft", "cancelled"},
        "done": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        "submitted": "submit",
        "approved": "approve",
        ("in_tender", "approved"): "release",
        "refused": "refuse",
        "draft": "reset",
        "in_tender": "enter_tender",
        "done": "finish",
        "cancelled": "cancel",
    }
    _flow_groups = {
        "approve": (HR, MANAGER),
        "refuse": (HR, MANAGER),
        "create_tender": (OFFICER, PROCUREMENT),
    }
    _flow_required = {"refused": ("refusal_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "submitted_by_id",
            "submitted_date",
            "approved_by_id",
            "approved_date",
            "refusal_reason",
        }
    )
    _flow_content_fields = frozenset(
        {
            "subject",
            "employee_id",
            "department_id",
            "category_id",
            "plan_year",
            "description",
            *SCOPE_TESTS,
            *PARTY_FIELDS,
            "headcount",
            "date_start",
            "date_end",
            "current_cost",
            "estimated_amount",
            "currency_id",
            "line_ids",
            "company_id",
        }
    )
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(
        string="Reference", readonly=True, copy=False, default="/", index="trigram"
    )
    subject = fields.Char(
        required=True, tracking=True, help="The service that is to be outsourced."
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("in_tender", "In Tender"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id", store=True)

    # Who applies
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Applicant",
        required=True,
        default=lambda self: self.env.user.employee_id,
        index=True,
        check_company=True,
        tracking=True,
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
        help="The department for which the service is bought. Stays as it was when "
        "the applicant moves later.",
    )
    department_manager_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Department Head",
        compute="_compute_department_manager_user_id",
        store=True,
        precompute=True,
        index=True,
    )

    # What is asked for
    category_id = fields.Many2one(
        comodel_name="outsourcing.category",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    plan_year = fields.Integer(
        string="Plan Year",
        compute="_compute_plan_year",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        aggregator=None,
        help="The year in whose outsourcing plan HR counts the request.",
    )
    plan_line_id = fields.Many2one(
        comodel_name="outsourcing.plan.line",
        string="Plan Line",
        compute="_compute_plan_line_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        domain="[('state', '=', 'approved'), ('year', '=', plan_year), "
        "('department_id', '=', department_id), ('company_id', '=', company_id)]",
        help="What HR planned for the department in this year.",
    )
    plan_hint = fields.Char(compute="_compute_plan_hint", compute_sudo=True)
    description = fields.Html(
        string="Reason and Content",
        help="Why the service is needed and what the vendor is to do.",
    )
    headcount = fields.Integer(
        help="Outsourced people on site, where the service is counted in people."
    )
    date_start = fields.Date(string="Service From")
    date_end = fields.Date(string="Service To")
    current_cost = fields.Monetary(
        help="What the service costs the company today; the base of a later saving."
    )
    estimated_amount = fields.Monetary(
        string="Estimate",
        compute="_compute_estimated_amount",
        store=True,
        readonly=False,
        tracking=True,
        help="Sum of the lines, or typed when there are none.",
    )
    line_ids = fields.One2many(
        comodel_name="outsourcing.request.line",
        inverse_name="request_id",
        copy=True,
    )

    # Scope test of the regulation, section 2
    is_non_core = fields.Boolean(
        string="Not Core Business",
        help="Supports the back office and brings no turnover.",
    )
    is_back_office = fields.Boolean(string="Back-Office Support")
    has_no_career_path = fields.Boolean(
        string="No Career Path", help="The work offers no chance of advancement."
    )
    is_long_term = fields.Boolean(
        string="Long-Term Need", help="The service is needed in a lasting relation."
    )
    is_in_scope = fields.Boolean(
        string="In Scope", compute="_compute_is_in_scope", store=True
    )

    # Outsourcing, or hired labour?
    who_directs = fields.Selection(
        selection=PARTIES,
        string="Who Directs the Workers",
        help="Who tells the people day by day what to do.",
    )
    whose_tools = fields.Selection(
        selection=PARTIES,
        string="Whose Tools",
        help="Whose equipment and material the people mainly work with.",
    )
    who_sets_hours = fields.Selection(
        selection=PARTIES,
        string="Who Sets the Hours",
        help="Who decides when and how long each person works.",
    )
    dispatch_advice = fields.Text(compute="_compute_dispatch_advice")
    split_hint = fields.Text(
        string="May Be a Split Purchase",
        compute="_compute_split_hint",
        compute_sudo=True,
    )
    split_count = fields.Integer(
        compute="_compute_split_hint",
        compute_sudo=True,
        help="Requests of the same department and category in twelve months.",
    )

    # What became of it
    submitted_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    submitted_date = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_date = fields.Datetime(readonly=True, copy=False, index=True)
    refusal_reason = fields.Text(copy=False, readonly=True, tracking=True)
    reference_price_ids = fields.Many2many(
        comodel_name="outsourcing.reference.price",
        relation="outsourcing_reference_price_request_rel",
        column1="request_id",
        column2="price_id",
        string="Reference Prices",
        copy=False,
        readonly=True,
    )
    tender_ids = fields.Many2many(
        comodel_name="outsourcing.tender",
        relation="outsourcing_tender_request_rel",
        column1="request_id",
        column2="tender_id",
        string="Tenders",
        copy=False,
        readonly=True,
    )
    contract_ids = fields.Many2many(
        comodel_name="outsourcing.contract",
        compute="_compute_contract_ids",
        string="Contracts",
    )
    tender_count = fields.Integer(compute="_compute_chain_counts")
    contract_count = fields.Integer(compute="_compute_chain_counts")

    progress = fields.Char(
        string="How Far It Is",
        compute="_compute_progress",
        compute_sudo=True,
        help="Who has to act next, and the phase of its tender.",
    )

    # What may be done now
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_create_tender = fields.Boolean(compute="_compute_flow_can")
    submit_hint = fields.Text(compute="_compute_submit_hint")
    missing = fields.Json(
        string="Still Missing",
        compute="_compute_submit_hint",
        help="What the application still lacks, a row each, with where it is mended.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start IS NULL OR date_end >= date_start)",
        "The service cannot end before it starts.",
    )
    _amounts_positive = models.Constraint(
        "CHECK (estimated_amount >= 0 AND current_cost >= 0 AND headcount >= 0)",
        "Amounts and headcount cannot be negative.",
    )
    _plan_index = models.Index("(company_id, plan_year, department_id)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("name", "subject")
    @api.depends_context("uid")
    def _compute_display_name(self):
        told = find_told(self)
        for request in self:
            parts = [request.name if request.name != "/" else False]
            parts.append(request in told and request.subject)
            request.display_name = " ".join(filter(None, parts)) or request.name

    @api.depends("employee_id")
    def _compute_department_id(self):
        for request in self:
            request.department_id = request.employee_id.department_id

    @api.depends("department_id")
    def _compute_department_manager_user_id(self):
        for request in self:
            manager = request.department_id.manager_id
            request.department_manager_user_id = manager.user_id

    @api.depends("date_start", "company_id")
    def _compute_plan_year(self):
        """The plan year follows the period, until somebody chooses another one."""
        for request in self:
            company = request.company_id or self.env.company
            day = request.date_start or company._outsourcing_today()
            request.plan_year = day.year

    @api.depends("department_id", "category_id", "plan_year", "company_id")
    def _compute_plan_line_id(self):
        """Draw on the one line that plans this for the department, if there is one."""
        # sudo: whether it is planned is asked for applicants who read no plan.
        Line = self.env["outsourcing.plan.line"].sudo()
        for request in self:
            lines = Line.search(
                [
                    ("state", "=", "approved"),
                    ("year", "=", request.plan_year),
                    ("department_id", "=", request.department_id.id),
                    ("category_id", "=", request.category_id.id),
                    ("company_id", "=", request.company_id.id),
                ],
                limit=2,
            )
            request.plan_line_id = lines if len(lines) == 1 else False

    @api.depends("plan_line_id", "plan_year", "estimated_amount", "company_id")
    @api.depends_context("lang")
    def _compute_plan_hint(self):
        for request in self:
            request.plan_hint = get_hint(request)

    @api.depends(*PARTY_FIELDS)
    @api.depends_context("lang")
    def _compute_dispatch_advice(self):
        for request in self:
            request.dispatch_advice = get_dispatch_advice(request)

    @api.depends("department_id", "category_id", "estimated_amount", "state")
    @api.depends_context("lang")
    def _compute_split_hint(self):
        for request in self:
            is_open = request.state in ("draft", "submitted")
            request.split_hint = is_open and get_split_hint(request)
            request.split_count = is_open and len(get_related(request))

    @api.depends("line_ids.price_subtotal")
    def _compute_estimated_amount(self):
        for request in self:
            if request.line_ids:
                request.estimated_amount = sum(
                    request.line_ids.mapped("price_subtotal")
                )

    @api.depends(*SCOPE_TESTS, "state", "company_id.outsourcing_scope_rule")
    def _compute_is_in_scope(self):
        """Judged by the setting while it is a draft, and kept as it was judged."""
        for request in self:
            if request.state != "draft":
                request.is_in_scope = request.is_in_scope
                continue
            answers = [request[name] for name in SCOPE_TESTS]
            rule = all if request.company_id.outsourcing_scope_rule == "all" else any
            request.is_in_scope = rule(answers)

    @api.depends("tender_ids")
    def _compute_contract_ids(self):
        contracts = self.env["outsourcing.contract"].search(
            [("tender_id", "in", self.tender_ids.ids)]
        )
        for request in self:
            request.contract_ids = contracts.filtered(
                lambda contract, tenders=request.tender_ids: (
                    contract.tender_id in tenders
                )
            )

    @api.depends("tender_ids", "contract_ids")
    def _compute_chain_counts(self):
        for request in self:
            request.tender_count = len(request.tender_ids)
            request.contract_count = len(request.contract_ids)

    @api.depends("state", "tender_ids.state", "tender_ids.bid_deadline")
    @api.depends_context("lang")
    def _compute_progress(self):
        """Tell applicants where their request is, and whom it waits for."""
        for request in self:
            tender = request.tender_ids.filtered(
                lambda item: item.state not in ("failed", "cancelled")
            ).sorted("id")[-1:]
            request.progress = request._get_progress(tender)

    @api.depends(
        *("state", "is_in_scope", "line_ids", "estimated_amount", "date_start"),
        *("date_end", "department_id"),
    )
    @api.depends_context("uid", "lang")
    def _compute_submit_hint(self):
        drafts = self.filtered(lambda request: request.state == "draft")
        reasons = drafts._get_cannot_submit_reason()
        for request in self:
            reason = reasons.get(request.id, False)
            request.submit_hint = reason
            request.missing = get_rows(request.env, reason)

    @api.onchange("category_id")
    def _onchange_category_id(self):
        """Propose the service of the category where no line was written yet."""
        product = self.category_id.product_id
        if product and not self.line_ids:
            self.line_ids = [Command.create({"product_id": product.id})]

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("plan_year")
    def _check_plan_year(self):
        check_years(self, "plan_year")

    @api.constrains("plan_line_id", "plan_year", "department_id", "company_id")
    def _check_plan_line(self):
        # sudo: applicants need not read the plan.
        for request in self.sudo().filtered("plan_line_id"):
            line = request.plan_line_id
            if (line.year, line.department_id, line.company_id) != (
                request.plan_year,
                request.department_id,
                request.company_id,
            ):
                raise ValidationError(
                    self.env._(
                        "%(request)s: %(line)s is planned for another year, department "
                        "or company. Choose another line, or none.",
                        request=request.display_name,
                        line=line.display_name,
                    )
                )
            if request.state == "draft" and line.state != "approved":
                raise ValidationError(
                    self.env._(
                        "%(request)s: the plan of %(line)s is not approved. HR "
                        "approves it first, or the request draws on no line.",
                        request=request.display_name,
                        line=line.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._check_applicant()
        return requests

    def write(self, vals):
        result = super().write(vals)
        if "employee_id" in vals:
            self._check_applicant()
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_submit(self):
        """Submit the application and ask HR for its review."""
        return self._take_step("submitted")

    def action_approve(self):
        """Settle the own open reviews; the last one approves the document."""
        return self._tier_approve()

    def action_refuse(self, reason):
        """Refuse with a reason that the applicant reads.

        :param str reason: why, in plain words
        """
        return self._tier_refuse("refused", "refusal_reason", reason)

    def action_reset(self):
        """Take back a submitted request, or revise a refused one."""
        return self._take_step("draft")

    def action_cancel(self):
        """Give the request up."""
        return self._take_step("cancelled")

    def action_open_refuse_wizard(self):
        """Ask why the request is refused."""
        self._flow_check_can("refuse")
        return self.env["outsourcing.reason.wizard"]._open(self, "action_refuse")

    def action_create_tender(self):
        """Make the draft of one tender for these approved requests."""
        check_chosen(self)
        self._flow_check_can("create_tender")
        tender = self.env["outsourcing.tender"]._create_from_requests(self)
        return tender._get_form_action()

    def action_view_tenders(self):
        """Open the tenders of the request."""
        check_one(self)
        self.check_access("read")
        return self._get_chain_action("outsourcing_tender_action", self.tender_ids)

    def action_view_split(self):
        """Open the requests that may be one purchase with this one."""
        check_one(self)
        self.check_access("read")
        # sudo: which requests they are is computed for every reader; each opens what
        # the own rights let through.
        related = get_related(self.sudo()).sudo(False)
        return self._get_chain_action("outsourcing_request_action", related)

    def action_view_contracts(self):
        """Open the contracts that answer the request."""
        check_one(self)
        self.check_access("read")
        return self._get_chain_action("outsourcing_contract_action", self.contract_ids)
