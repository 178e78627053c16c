from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..base.grants import server_write
from ..base.groups import HR, MANAGER, OFFICER, PROCUREMENT
from ..base.numbering import number_records

SCOPE_TESTS = ("is_non_core", "is_back_office", "has_no_career_path", "is_long_term")
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
        default=lambda self: self.env.company._outsourcing_today().year,
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

    # What may be done now
    can_submit = fields.Boolean(compute="_compute_flow_can")
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
        number_records(requests, "outsourcing.request")
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
        self._flow_check_can("create_tender")
        tender = self.env["outsourcing.tender"]._create_from_requests(self)
        return tender._get_form_action()

    def action_view_tenders(self):
        """Open the tenders of the request."""
        self.ensure_one()
        self.check_access("read")
        return self._get_chain_action("outsourcing_tender_action", self.tender_ids)

    def action_view_contracts(self):
        """Open the contracts that answer the request."""
        self.ensure_one()
        self.check_access("read")
        return self._get_chain_action("outsourcing_contract_action", self.contract_ids)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_submit_reason(self):
        reasons = {}
        # sudo: the user behind an employee is hidden from other employees.
        for request in self.sudo():
            reason = request._get_incomplete_reason()
            if not reason and self.env.user not in request._get_applicants():
                reason = self.env._(
                    "only the applicant, the author or the department head submits it."
                )
            if reason:
                reasons[request.id] = reason
        return reasons

    def _get_incomplete_reason(self):
        """Say what the application still lacks, or return an empty string."""
        self.ensure_one()
        if not self.department_id:
            return self.env._("choose the department that needs the service.")
        if not self.is_in_scope:
            return self.env._(
                "the scope test is not passed: say why the service may be outsourced "
                "(not core, back office, no career path, long-term)."
            )
        if not self.date_start or not self.date_end:
            return self.env._("fill in from when to when the service is needed.")
        if not self.estimated_amount:
            return self.env._("give an estimate, or lines with prices.")
        return ""

    def _get_cannot_approve_reason(self):
        reasons = {}
        for request in self:
            if reason := request._tier_get_cannot_cross_reason():
                reasons[request.id] = reason
            elif self.env.user in request._tier_get_excluded_users():
                reasons[request.id] = self.env._(
                    "you wrote, edited or requested it; somebody else of HR approves "
                    "it."
                )
        return reasons

    def _get_cannot_refuse_reason(self):
        return {
            request.id: self.env._("you are its applicant: cancel it instead.")
            # sudo: the user behind an employee is hidden from other employees.
            for request in self.sudo()
            if self.env.user in request.employee_id.user_id
        }

    def _get_cannot_reset_reason(self):
        return {
            request.id: self.env._("only its applicant or author takes it back.")
            for request in self
            if self.env.user not in request._get_applicants()
        }

    def _get_cannot_create_tender_reason(self):
        reasons = {}
        for request in self:
            if request.state != "approved":
                reasons[request.id] = self.env._("it must be approved first.")
            elif tenders := request._get_live_tenders():
                reasons[request.id] = self.env._(
                    "its tender %s is being prepared.", tenders[0].display_name
                )
        return reasons

    def _get_cannot_enter_tender_reason(self):
        return {
            request.id: self.env._("create and publish its tender first.")
            for request in self
            if not request._get_live_tenders().filtered("publish_date")
        }

    def _get_cannot_release_reason(self):
        return {
            request.id: self.env._(
                "its tender %s is still running.",
                request._get_live_tenders()[0].display_name,
            )
            for request in self
            if request._get_live_tenders()
        }

    def _get_cannot_finish_reason(self):
        return {
            request.id: self.env._("it is done when its contract is signed.")
            # sudo: who may not read the contract may still know that it is signed.
            for request in self.sudo()
            if not request.contract_ids.filtered(
                lambda contract: contract.signed_date and contract.state != "terminated"
            )
        }

    def _get_cannot_cancel_reason(self):
        staff = self._flow_user_in(OFFICER, HR, MANAGER)
        reasons = {}
        # sudo: the user behind an employee is hidden from other employees.
        for request in self.sudo():
            own = request.create_uid | request.employee_id.user_id
            if not staff and self.env.user not in own:
                reasons[request.id] = self.env._(
                    "only its applicant, an officer or HR cancels it."
                )
            elif tenders := request._get_live_tenders():
                reasons[request.id] = self.env._(
                    "its tender %s is still running; cancel the tender first.",
                    tenders[0].display_name,
                )
        return reasons

    def _get_live_tenders(self):
        """Return the tenders that still hold this request."""
        self.ensure_one()
        # sudo: the applicant may not read the tender, only know that there is one.
        return self.sudo().tender_ids.filtered(
            lambda tender: tender.state not in ENDED_TENDERS
        )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_check_content(self, vals):
        """What an application says is changed by those who may submit it."""
        result = super()._flow_check_content(vals)
        touched = self._flow_content_fields.intersection(vals)
        if not touched or self._flow_is_system():
            return result
        for request in self:
            if self.env.user not in request._get_applicants():
                raise AccessError(
                    self.env._(
                        "%(request)s is changed by its applicant, %(who)s, by who "
                        "wrote it, or by the department head. You may refuse or cancel "
                        "it, or write a message.",
                        request=request._flow_names(),
                        # sudo: the name of a colleague is no secret.
                        who=request.sudo().employee_id.name,
                    )
                )
        return result

    # ------------------------------------------------------------
    # FLOW HOOKS
    # ------------------------------------------------------------

    def _on_enter_submitted(self, origins):
        server_write(
            self,
            {
                "submitted_by_id": self.env.uid,
                "submitted_date": fields.Datetime.now(),
                "refusal_reason": False,
            },
        )
        reviewed = self.filtered(lambda request: request._tier_get_definitions())
        reviewed.request_validation()

    def _on_enter_approved(self, origins):
        # A request that its tender released was approved before.
        fresh = self.filtered(lambda request: origins[request.id] == "submitted")
        server_write(
            fresh,
            {"approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()},
        )
        fresh._notify_applicant(self.env._("Your request was approved."))
        fresh._schedule_for_officers()

    def _on_enter_refused(self, origins):
        self._notify_applicant(self.env._("Your request was refused."))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_applicants(self):
        """Return who speaks for the application: author, applicant and his head."""
        self.ensure_one()
        # sudo: the user behind an employee is hidden from other employees.
        request = self.sudo()
        return (
            request.create_uid
            | request.employee_id.user_id
            | request.department_manager_user_id
        )

    def _check_applicant(self):
        """Users apply for themselves or their department; officers for all."""
        if self.env.su or self._flow_user_in(OFFICER, HR):
            return
        # sudo: the user behind an employee is hidden from other employees.
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

    def _notify_applicant(self, body):
        # sudo: the user behind an employee is hidden from other employees.
        for request in self.sudo():
            partner = request.employee_id.user_id.partner_id
            if partner:
                request.message_notify(
                    partner_ids=partner.ids,
                    subject=request.display_name,
                    body=body,
                    model=self._name,
                    res_id=request.id,
                )

    def _schedule_for_officers(self):
        """Ask the outsourcing department to set price and conditions."""
        # sudo: HR approves and need not be allowed to give officers activities.
        for request in self.sudo():
            officers = request._flow_get_users_of(OFFICER)
            if officers:
                request.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Set the reference price and the conditions"),
                    user_id=officers[0].id,
                )

    @api.model
    def _get_chain_action(self, name, records):
        """Return the action of a smart button: the one record, or a list."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"outsourcing_mgmt.{name}"
        )
        if len(records) == 1:
            return {
                **action,
                "views": [(False, "form")],
                "view_mode": "form",
                "res_id": records.id,
            }
        return {**action, "domain": [("id", "in", records.ids)]}


class OutsourcingRequestLine(models.Model):
    """One service of an application, with quantity and estimated price.

    Obeys the request: it changes only while the request is a draft.
    """

    _name = "outsourcing.request.line"
    _inherit = ["outsourcing.flow.line.mixin"]
    _description = "Outsourcing Request Line"
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "request_id"
    _flow_parent_lines = "line_ids"

    request_id = fields.Many2one(
        comodel_name="outsourcing.request",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="request_id.currency_id")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Service",
        domain="[('type', '=', 'service'), ('purchase_ok', '=', True)]",
        check_company=True,
        index="btree_not_null",
    )
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    product_qty = fields.Float(
        string="Quantity", digits="Product Unit", default=1.0, required=True
    )
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom",
        string="Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    price_unit = fields.Float(string="Estimated Price", digits="Product Price")
    price_subtotal = fields.Monetary(
        string="Subtotal", compute="_compute_price_subtotal", store=True
    )

    _quantity_positive = models.Constraint(
        "CHECK (product_qty > 0 AND price_unit >= 0)",
        "A line needs a quantity above zero and no negative price.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id:
                line.name = line.product_id.display_name
            elif not line.name:
                line.name = False

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.product_id.uom_id or line.product_uom_id

    @api.depends("product_qty", "price_unit", "currency_id")
    def _compute_price_subtotal(self):
        for line in self:
            amount = line.product_qty * line.price_unit
            currency = line.currency_id or line.env.company.currency_id
            line.price_subtotal = currency.round(amount)
