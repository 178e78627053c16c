from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date, format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from ...tools import periods
from .form_result import sync_lines, update_result

PREPARERS = "vendor_quality.group_quality_officer"
APPROVERS = (
    "vendor_quality.group_quality_manager",
    "vendor_quality.group_quality_finance",
)
LIVE_STATES = ("draft", "collected", "vendor_review", "review", "approved")
VENDOR_STATES = ("vendor_review", "review", "approved", "superseded")
"""States in which the vendor reads the form in the portal."""


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

    Who decided a dispute of the form or waived one of its deductions does not review
    it either; see ``_tier_get_excluded_users`` and ``_get_cannot_approve_reason``.

    An approved form and its lines never change. Data that arrives later is
    collected by a new form that supersedes this one.
    """

    _name = "vendor.quality.form"
    _description = "Quality Form"
    _inherit = [
        "outsourcing.dated.amount.mixin",
        "outsourcing.numbered.mixin",
        "outsourcing.tier.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "date_end desc, id desc"
    _check_company_auto = True
    _rate_day = "date_end"
    _rec_names_search = ["name", "contract_id.name", "partner_id.name"]

    _state_from = ["review"]
    _state_to = ["approved"]
    _cancel_state = "cancelled"
    _tier_requester_fields = ("collected_by_id", "submitted_by_id")
    _tier_refuse_verb = "send_back"
    _tier_manager_group = "vendor_quality.group_quality_manager"

    _number_code = "vendor.quality.form"
    _number_states = frozenset({"vendor_review", "review"})
    _draft_label_fields = frozenset({"contract_id", "date_end"})
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
    _flow_groups = {
        "collect": (PREPARERS,),
        "send_to_vendor": (PREPARERS,),
        "submit": (PREPARERS,),
        "approve": APPROVERS,
        "send_back": (PREPARERS, *APPROVERS),
        "supersede": (PREPARERS,),
        "cancel": (PREPARERS,),
    }
    _flow_required = {
        ("vendor_review", "collected"): ("send_back_reason",),
        ("review", "collected"): ("send_back_reason",),
        "superseded": ("supersede_reason",),
    }
    _flow_system_fields = frozenset(
        {
            "approved_at",
            "approved_by_id",
            "band_id",
            "billed_amount",
            "collected_at",
            "collected_by_id",
            "coverage",
            "credited_amount",
            "currency_id",
            "deduction_amount",
            "deduction_ids",
            "deduction_rate",
            "department_head_id",
            "disputed_amount",
            "evidence_hash",
            "failed_critical",
            "fee_basis",
            "finance_approver_id",
            "gate_band_id",
            "gate_score",
            "grade",
            "has_late_data",
            "is_rated",
            "is_stale",
            "money_facts",
            "name",
            "paid_amount",
            "payable_amount",
            "raw_score",
            "retention_amount",
            "retention_released_amount",
            "score",
            "send_back_reason",
            "sent_at",
            "submitted_at",
            "submitted_by_id",
            "supersede_reason",
            "superseded_by_ids",
            "supersedes_id",
            "upheld_deduction_rate",
            "vendor_answer",
            "vendor_answered_at",
            "vendor_answered_by_id",
            "vendor_deadline",
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
    access_token = fields.Char(groups=fields.NO_ACCESS)
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

    entry_hint = fields.Char(
        compute="_compute_entry_hint",
        help="Metrics that nobody has entered a value for.",
    )

    # Score
    score = fields.Float(
        digits=(16, 2),
        readonly=True,
        copy=False,
        index=True,
        aggregator="avg",
        tracking=True,
        help="0 to 100, rounded once. Zero and not rated are different things.",
    )
    raw_score = fields.Float(
        string="Score Before Cap",
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
    )
    gate_score = fields.Float(
        string="Score for the Threshold",
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="The score with disputed lines at full points, until they are decided.",
    )
    is_rated = fields.Boolean(
        string="Rated",
        readonly=True,
        copy=False,
        help="False when too little of the weight could be measured.",
    )
    coverage = fields.Float(
        string="Coverage (%)",
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Share of the weight that was measured.",
    )
    band_id = fields.Many2one(
        comodel_name="vendor.quality.template.band",
        string="Grade Band",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    gate_band_id = fields.Many2one(
        string="Grade for Bill Control",
        comodel_name="vendor.quality.template.band",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The grade whose consequences hold while disputes are open.",
    )
    grade = fields.Char(readonly=True, copy=False, index=True, tracking=True)
    failed_critical = fields.Char(
        string="Critical Failures",
        readonly=True,
        copy=False,
        help="Codes of the critical metrics under their minimum.",
    )

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
    fee_open_note = fields.Char(
        string="Not Accepted Yet", compute="_compute_fee_open_note"
    )
    deduction_rate = fields.Float(
        string="Deduction (%)", digits=(16, 2), readonly=True, copy=False
    )
    upheld_deduction_rate = fields.Float(
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

    # Deductions and retention
    money_facts = fields.Json(
        readonly=True,
        copy=False,
        help="Money rules and facts of the last collection, as the document has them.",
    )
    deduction_ids = fields.One2many(
        comodel_name="vendor.quality.deduction",
        inverse_name="form_id",
        string="Deductions and Retention",
        copy=False,
    )
    retention_amount = fields.Monetary(
        string="Retention",
        readonly=True,
        copy=False,
        help="Paid later: not lost, and not payable before its release.",
    )
    retention_released_amount = fields.Monetary(
        string="Released Retention",
        readonly=True,
        copy=False,
        help="Part of the retention that may be paid now.",
    )
    retention_date = fields.Date(
        string="Retention Due", compute="_compute_retention_date"
    )

    # Bills, untaxed
    billed_amount = fields.Monetary(
        string="Billed",
        readonly=True,
        copy=False,
        help="Untaxed amount of the posted bills, as of the last one posted.",
    )
    paid_amount = fields.Monetary(
        string="Paid",
        readonly=True,
        copy=False,
        help="Untaxed amount paid on the bills, as of the last payment.",
    )
    bill_ids = fields.Many2many(
        comodel_name="account.move",
        string="Bills",
        compute="_compute_bill_ids",
        compute_sudo=True,
    )
    bill_count = fields.Integer(compute="_compute_bill_ids", compute_sudo=True)
    roster_day_count = fields.Float(
        string="Days on Site", compute="_compute_roster", compute_sudo=True
    )
    roster_note = fields.Char(
        string="Heads and Days", compute="_compute_roster", compute_sudo=True
    )
    credited_amount = fields.Monetary(
        string="Taken off Bills",
        readonly=True,
        copy=False,
        help="Untaxed amount of the deductions on posted credit notes and bill lines.",
    )
    to_credit_amount = fields.Monetary(
        string="To Take off Now",
        compute="_compute_settlement",
        compute_sudo=True,
        help="What the posted bills ask beyond the fee less the deductions.",
    )
    to_return_amount = fields.Monetary(
        string="Goes Back to the Vendor",
        compute="_compute_settlement",
        compute_sudo=True,
        help="What was taken off before and is no longer deducted. The vendor bills "
        "it again, or a bill is made here.",
    )

    # People and moments
    is_stale = fields.Boolean(
        readonly=True,
        copy=False,
        help="A figure was entered after the last collection.",
    )
    has_late_data = fields.Boolean(
        string="Late Evidence",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Evidence of the period changed after it was counted. Send the form back "
        "and collect again; supersede it when it is approved.",
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
    send_back_reason = fields.Text(
        string="Sent Back Because", readonly=True, copy=False
    )
    evidence_hash = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 of the document from which anyone can re-compute the score.",
    )

    # Disputes and improvement plans
    dispute_ids = fields.One2many(
        comodel_name="vendor.quality.dispute", inverse_name="form_id"
    )
    dispute_count = fields.Integer(compute="_compute_dispute_count")
    improvement_plan_ids = fields.One2many(
        comodel_name="vendor.quality.improvement.plan", inverse_name="form_id"
    )
    improvement_plan_count = fields.Integer(
        string="Improvement Plans", compute="_compute_improvement_plan_count"
    )

    # UI
    can_collect = fields.Boolean(compute="_compute_flow_can")
    can_send_to_vendor = fields.Boolean(compute="_compute_flow_can")
    can_submit = fields.Boolean(compute="_compute_flow_can")
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

    @api.depends("name", "contract_id", "partner_id", "date_end")
    @api.depends_context("form_number_last")
    def _compute_display_name(self):
        for form in self:
            parts = [form.name if form.name != "/" else self.env._("New form")]
            # A day of the calendar has room for the first words only.
            if self.env.context.get("form_number_last"):
                contract = form.contract_id
                subject = [contract.subject, contract.name, *parts]
                form.display_name = " · ".join(filter(None, subject))
                continue
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

    @api.depends("state", "line_ids.manual_note", "line_ids.metric_id.source")
    def _compute_entry_hint(self):
        for form in self:
            lines = form.line_ids.filtered(
                lambda line: line.source == "manual" and not line.manual_note
            )
            is_open = form.state in self._flow_content_states
            form.entry_hint = is_open and format_list(
                self.env, lines.mapped("metric_id.name")
            )

    def _compute_dispute_count(self):
        counts = dict(
            self.env["vendor.quality.dispute"]._read_group(
                [("form_id", "in", self.ids)], ["form_id"], ["__count"]
            )
        )
        for form in self:
            form.dispute_count = counts.get(form, 0)

    def _compute_improvement_plan_count(self):
        counts = dict(
            self.env["vendor.quality.improvement.plan"]._read_group(
                [("form_id", "in", self.ids)], ["form_id"], ["__count"]
            )
        )
        for form in self:
            form.improvement_plan_count = counts.get(form, 0)

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("contract_id", "template_id", "date_start", "date_end")
    def _check_period(self):
        for form in self.filtered("template_id"):
            contract, kind = form.contract_id, form.template_id.period_type
            if periods.get_period(form.date_start, kind) != periods.get_period(
                form.date_end, kind
            ):
                raise ValidationError(
                    self.env._(
                        "%(template)s scores each service period by itself. Make one "
                        "form for each %(kind)s.",
                        template=form.template_id.display_name,
                        kind=form.template_id._get_period_label(),
                    )
                )
            late = contract.term != "auto_renew" and contract.date_end
            if (contract.date_start and form.date_start < contract.date_start) or (
                late and form.date_end > late
            ):
                raise ValidationError(
                    self.env._(
                        "The period lies outside the contract %(contract)s, which runs "
                        "from %(start)s to %(end)s.",
                        contract=contract.display_name,
                        start=format_date(self.env, contract.date_start),
                        end=format_date(self.env, contract.date_end),
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_template_known(vals)
            start, end = self._default_period()
            self._check_period_free(
                vals.get("contract_id"),
                fields.Date.to_date(vals.get("date_start")) or start,
                fields.Date.to_date(vals.get("date_end")) or end,
            )
        forms = super().create(vals_list)
        sync_lines(forms)
        return forms

    def write(self, vals):
        if {"contract_id", "date_start", "date_end"}.intersection(vals):
            for form in self:
                form._check_period_free(
                    vals.get("contract_id") or form.contract_id.id,
                    fields.Date.to_date(vals.get("date_start")) or form.date_start,
                    fields.Date.to_date(vals.get("date_end")) or form.date_end,
                )
        is_system = self._flow_is_system()
        result = super().write(vals)
        if is_system:
            return result
        if {"template_id", "contract_id", "date_start"}.intersection(vals):
            sync_lines(self)
        if "fee_amount" in vals:
            server_write(self, {"fee_basis": "manual"})
            update_result(self.filtered(lambda form: form.state == "collected"))
        return result

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def _flow_check_content(self, vals):
        result = super()._flow_check_content(vals)
        fixed = {"contract_id", "template_id", "company_id", "date_start", "date_end"}
        if fixed.intersection(vals) and not self._flow_is_system():
            counted = self.filtered(lambda form: form.state != "draft")
            if counted:
                raise UserError(
                    self.env._(
                        "%s: contract, template and period are fixed once the figures "
                        "are collected. Cancel the form and create another one.",
                        counted._flow_names(),
                    )
                )
        return result

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        if "line_ids" in vals and not self._flow_is_system():
            counted = self.filtered(
                lambda form: form.state == "collected" and not form.is_stale
            )
            if counted:
                server_write(counted, {"is_stale": True})
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_template_known(self, vals):
        contract = self.env["outsourcing.contract"].browse(vals.get("contract_id"))
        if contract and not (
            vals.get("template_id") or contract.vendor_quality_template_id
        ):
            raise UserError(
                self.env._(
                    "%s has no quality template, so nothing can be scored. A quality "
                    "manager gives it one.",
                    contract.display_name,
                )
            )

    def _check_period_free(self, contract_id, start, end):
        """Name the form that covers a part of the period already.

        The exclusion constraint holds in any case and decides a race; this
        check comes first because it can say what to do.
        """
        # sudo: the other form may be hidden from the user, the period is taken.
        other = self.sudo().search(
            [
                ("id", "not in", self.ids),
                ("contract_id", "=", contract_id),
                ("state", "in", LIVE_STATES),
                ("date_start", "<=", end),
                ("date_end", ">=", start),
            ],
            limit=1,
        )
        if other:
            raise ValidationError(
                self.env._(
                    "%(other)s covers the days from %(start)s to %(end)s of this "
                    "contract already. Change the period, or supersede or cancel that "
                    "form.",
                    other=other.display_name,
                    start=format_date(self.env, other.date_start),
                    end=format_date(self.env, other.date_end),
                )
            )
