from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..base.outsourcing_grant import server_write

SCOPE_TESTS = ("is_non_core", "is_back_office", "has_no_career_path", "is_long_term")


class OutsourcingRequest(models.Model):
    """The application form for outsourcing a service (Annex 1).

    Draft -> submitted -> approved -> in tender -> done; refused and cancelled
    on the way. The gate submitted -> approved is a tier review by HR.

    =============  ===========================  =====================================
    Action         Who                          Restriction
    =============  ===========================  =====================================
    create, edit   outsourcing user             own request, in draft
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
        default=lambda self: fields.Date.context_today(self).year,
        required=True,
        index=True,
        aggregator=None,
        help="The year in whose outsourcing plan HR counts the request.",
    )
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

    # What may be done now
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_refuse = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_create_tender = fields.Boolean(compute="_compute_flow_can")
    submit_hint = fields.Text(compute="_compute_submit_hint")

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
    def _compute_display_name(self):
        for request in self:
            parts = [request.name if request.name != "/" else False, request.subject]
            request.display_name = " ".join(filter(None, parts))

    @api.depends("employee_id")
    def _compute_department_id(self):
        for request in self:
            request.department_id = request.employee_id.department_id

    @api.depends("department_id")
    def _compute_department_manager_user_id(self):
        for request in self:
            manager = request.department_id.manager_id
            request.department_manager_user_id = manager.user_id

    @api.depends("line_ids.price_subtotal")
    def _compute_estimated_amount(self):
        for request in self:
            if request.line_ids:
                request.estimated_amount = sum(
                    request.line_ids.mapped("price_subtotal")
                )

    @api.depends(*SCOPE_TESTS, "company_id.outsourcing_scope_rule")
    def _compute_is_in_scope(self):
        for request in self:
            answers = [request[name] for name in SCOPE_TESTS]
            rule = all if request.company_id.outsourcing_scope_rule == "all" else any
            request.is_in_scope = rule(answers)

    @api.depends("state", "is_in_scope", "line_ids", "estimated_amount", "date_start")
    @api.depends_context("uid")
    def _compute_submit_hint(self):
        drafts = self.filtered(lambda request: request.state == "draft")
        reasons = drafts._get_cannot_submit_reason()
        for request in self:
            request.submit_hint = reasons.get(request.id, False)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("plan_year")
    def _check_plan_year(self):
        for request in self:
            if not 2000 <= request.plan_year <= 2100:
                raise ValidationError(
                    self.env._("The plan year is written with four digits, as 2026.")
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._check_applicant()
        for request in requests:
            # Sequences are not readable by users of the suite.
            sequence = self.env["ir.sequence"].with_company(request.company_id).sudo()
            server_write(
                request, {"name": sequence.next_by_code("outsourcing.request")}
            )
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
        return self.write({"state": "submitted"})

    def action_approve(self):
        """Cross the gate once every review is approved."""
        return self.write({"state": "approved"})

    def action_refuse(self, reason):
        """Refuse with a reason that the applicant reads.

        :param str reason: why, in plain words
        """
        return self._take_step("refused", refusal_reason=reason)

    def action_reset(self):
        """Take back a submitted request, or revise a refused one."""
        return self.write({"state": "draft"})

    def action_cancel(self):
        return self.write({"state": "cancelled"})

    def action_open_refuse_wizard(self):
        self._flow_check_can("refuse")
        return self.env["outsourcing.reason.wizard"]._open(self, "action_refuse")

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_applicant(self):
        """Users apply for themselves or their department; officers for all."""
        if self.env.su or self._flow_user_in(
            "outsourcing_mgmt.group_outsourcing_officer",
            "outsourcing_mgmt.group_outsourcing_hr",
        ):
            return
        for request in self.sudo():
            if self.env.user not in (
                request.employee_id.user_id | request.department_manager_user_id
            ):
                raise AccessError(
                    self.env._(
                        "You may apply for yourself or for the department you head. "
                        "An outsourcing officer may apply for others."
                    )
                )
