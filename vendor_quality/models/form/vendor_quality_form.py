from odoo import api, fields, models

from ...tools import periods


class VendorQualityForm(models.Model):
    """Service quality statistics and payment approval form (Annex 2).

    One per contract and service period: what was measured, the score, the fee
    and what of it is payable.

    draft -> collected -> (vendor_review) -> review -> approved -> superseded;
    it goes back to collected with a reason, or is cancelled before approval.

    ===============  ==============================  ===========================
    step             who                             but not
    ===============  ==============================  ===========================
    write, collect   officer                         once sent on
    send, submit     officer
    send back        officer, manager, finance       after approval
    review           department head (manager),      whoever created, edited,
                     then finance                    collected or submitted it,
                                                     and not one for both
    approve          manager, finance                before both have reviewed
    supersede        officer, manager
    ===============  ==============================  ===========================

    An approved form and its lines never change. Data that arrives later is
    collected by a new form that supersedes this one.
    """

    _name = "vendor.quality.form"
    _description = "Quality Form"
    _inherit = [
        "outsourcing.tier.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_end desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "contract_id.name", "partner_id.name"]

    _state_from = ["review"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("collected_by_id", "submitted_by_id")
    _tier_manager_group = "vendor_quality.group_quality_manager"

    _flow_transitions = {
        "draft": {"collected", "cancelled"},
        "collected": {"vendor_review", "review", "cancelled"},
        "vendor_review": {"collected", "review", "cancelled"},
        "review": {"collected", "approved", "cancelled"},
        "approved": {"superseded"},
        "superseded": set(),
        "cancelled": set(),
    }
    _flow_verbs = {
        ("draft", "collected"): "collect",
        "collected": "send_back",
        "vendor_review": "send_to_vendor",
        "review": "submit",
        "approved": "approve",
        "superseded": "supersede",
        "cancelled": "cancel",
    }
    _flow_required = {"superseded": ("supersede_reason",)}
    _flow_system_fields = frozenset(
        {
            "name",
            "currency_id",
            "score",
            "raw_score",
            "gate_score",
            "coverage",
            "is_rated",
            "grade",
            "band_id",
            "gate_band_id",
            "failed_critical",
            "deduction_rate",
            "stayed_rate",
            "fee_basis",
            "deduction_amount",
            "disputed_amount",
            "payable_amount",
            "is_stale",
            "collected_at",
            "collected_by_id",
            "sent_at",
            "vendor_deadline",
            "vendor_answered_at",
            "vendor_answered_by_id",
            "vendor_answer",
            "submitted_at",
            "submitted_by_id",
            "approved_at",
            "approved_by_id",
            "department_head_id",
            "finance_approver_id",
            "supersedes_id",
            "supersede_reason",
            "evidence_hash",
        }
    )
    _flow_content_fields = frozenset(
        {
            "contract_id",
            "template_id",
            "company_id",
            "date_start",
            "date_end",
            "fee_amount",
            "note",
            "line_ids",
        }
    )
    _flow_content_states = frozenset({"draft", "collected"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(
        string="Number", readonly=True, copy=False, default="/", index="trigram"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("collected", "Collected"),
            ("vendor_review", "Vendor Review"),
            ("review", "Review"),
            ("approved", "Approved"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        precompute=True,
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )

    # Contract and period
    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('state', 'not in', ('draft', 'to_sign', 'cancelled'))]",
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Vendor", store=True, index=True
    )
    commercial_partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, index=True
    )
    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        compute="_compute_template_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('state', '!=', 'draft')]",
        tracking=True,
    )
    date_start = fields.Date(
        string="Period From",
        required=True,
        tracking=True,
        default=lambda self: self._default_period()[0],
    )
    date_end = fields.Date(
        string="Period To",
        required=True,
        index=True,
        tracking=True,
        default=lambda self: self._default_period()[1],
    )
    line_ids = fields.One2many(
        comodel_name="vendor.quality.form.line",
        inverse_name="form_id",
        string="Statistics",
        copy=False,
    )
    note = fields.Text(string="Remarks")

    # Money, all untaxed
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        compute="_compute_currency_id",
        store=True,
        precompute=True,
        required=True,
    )
    fee_amount = fields.Monetary(
        string="Fee",
        copy=False,
        tracking=True,
        help="Untaxed fee of the period. Collecting proposes it from the accepted "
        "milestones or the contract; correct it if needed.",
    )
    fee_basis = fields.Selection(
        selection=[
            ("milestone", "Accepted milestones"),
            ("contract", "Contract amount by month"),
            ("manual", "Entered by hand"),
        ],
        readonly=True,
        copy=False,
    )
    deduction_rate = fields.Float(
        string="Deduction (%)", digits=(16, 2), readonly=True, copy=False
    )
    stayed_rate = fields.Float(
        string="Deduction if Disputes Were Upheld (%)",
        digits=(16, 2),
        readonly=True,
        copy=False,
    )
    deduction_amount = fields.Monetary(
        string="Deduction",
        readonly=True,
        copy=False,
        help="What is lost: by the score, service credits and late fines, after caps.",
    )
    disputed_amount = fields.Monetary(
        string="In Dispute",
        readonly=True,
        copy=False,
        help="Neither deducted nor payable until the dispute is decided.",
    )
    payable_amount = fields.Monetary(
        string="Payable",
        readonly=True,
        copy=False,
        tracking=True,
        help="Fee less deduction, retention and disputed part, untaxed.",
    )

    # People and moments
    is_stale = fields.Boolean(
        readonly=True,
        copy=False,
        help="A figure was entered after the last collection.",
    )
    collected_at = fields.Datetime(readonly=True, copy=False)
    collected_by_id = fields.Many2one(
        comodel_name="res.users", string="Handler", readonly=True, copy=False
    )
    sent_at = fields.Datetime(string="Sent to Vendor", readonly=True, copy=False)
    vendor_deadline = fields.Date(
        string="Answer Until", readonly=True, copy=False, index="btree_not_null"
    )
    vendor_answered_at = fields.Datetime(
        string="Vendor Answered", readonly=True, copy=False
    )
    vendor_answered_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    vendor_answer = fields.Text(readonly=True, copy=False)
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    approved_at = fields.Datetime(string="Approved On", readonly=True, copy=False)
    approved_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    department_head_id = fields.Many2one(
        comodel_name="res.users", string="Department Head", readonly=True, copy=False
    )
    finance_approver_id = fields.Many2one(
        comodel_name="res.users", string="Finance", readonly=True, copy=False
    )

    # History
    supersedes_id = fields.Many2one(
        comodel_name="vendor.quality.form",
        string="Supersedes",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    superseded_by_ids = fields.One2many(
        comodel_name="vendor.quality.form",
        inverse_name="supersedes_id",
        string="Superseded By",
    )
    supersede_reason = fields.Text(readonly=True, copy=False)
    evidence_hash = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 of the document from which anyone can re-compute the score.",
    )

    # UI
    can_collect = fields.Boolean(compute="_compute_flow_can")
    can_send_to_vendor = fields.Boolean(compute="_compute_flow_can")
    can_submit = fields.Boolean(compute="_compute_flow_can")
    can_approve = fields.Boolean(compute="_compute_flow_can")
    can_send_back = fields.Boolean(compute="_compute_flow_can")
    can_supersede = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _period_ordered = models.Constraint(
        "CHECK (date_end >= date_start)", "A period ends on or after its first day."
    )
    _fee_positive = models.Constraint(
        "CHECK (fee_amount >= 0)", "The fee of a period is not negative."
    )
    _parts_sum = models.Constraint(
        "CHECK (state IN ('draft', 'collected', 'cancelled') OR abs(deduction_amount "
        "+ disputed_amount + payable_amount + COALESCE(retention_amount, 0) "
        "- fee_amount) < 0.000001)",
        "Deduction, retention, disputed part and payable part sum to the fee.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(contract_id, contract_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[]') WITH &&) "
        "WHERE (state NOT IN ('superseded', 'cancelled'))",
        "Another form of the contract covers a part of this period.",
    )
    _supersedes_unique = models.UniqueIndex(
        "(supersedes_id) WHERE supersedes_id IS NOT NULL AND state != 'cancelled'",
        "A form is superseded by one form.",
    )
    _gate_idx = models.Index(
        "(commercial_partner_id, company_id, date_end DESC) WHERE state = 'approved'"
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_period(self):
        return periods.get_previous_period(self.env.company._outsourcing_today())

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("contract_id")
    def _compute_company_id(self):
        for form in self:
            form.company_id = form.contract_id.company_id or self.env.company

    @api.depends("contract_id")
    def _compute_currency_id(self):
        for form in self:
            form.currency_id = (
                form.contract_id.currency_id or self.env.company.currency_id
            )

    @api.depends("contract_id", "date_start")
    def _compute_template_id(self):
        for form in self:
            if not form.contract_id or form.state != "draft":
                form.template_id = form.template_id
                continue
            template = form.contract_id.vendor_quality_template_id
            form.template_id = (
                template
                and form.date_start
                and template._get_version_for(form.date_start)
            )

    @api.depends("name", "partner_id", "date_end")
    def _compute_display_name(self):
        for form in self:
            parts = [form.name if form.name != "/" else self.env._("New form")]
            if form.partner_id:
                parts.append(form.partner_id.name)
            if form.date_end:
                parts.append(fields.Date.to_string(form.date_end)[:7])
            form.display_name = " · ".join(filter(None, parts))

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for form in self:
            form.access_url = f"/my/quality-forms/{form.id}"
        return result
