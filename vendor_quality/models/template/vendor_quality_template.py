from odoo import api, fields, models

from odoo.addons.outsourcing_mgmt.models.base.outsourcing_grant import server_write

from ...tools import scoring


class VendorQualityTemplate(models.Model):
    """How the service of one kind of contract is scored, and what follows.

    draft -> active -> retired. A version in force never changes; a new version
    is a copy with the next number that counts from its own date on, so that
    closed periods keep the rules they were judged by.

    ============  ==========================  =================================
    step          who                         but not
    ============  ==========================  =================================
    write, copy   quality manager             once in force
    activate      quality manager             its author or its last editor
    retire        quality manager             while contracts use it alone
    ============  ==========================  =================================
    """

    _name = "vendor.quality.template"
    _description = "Quality Template"
    _inherit = ["outsourcing.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, code, version desc, id"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"active"},
        "active": {"retired"},
        "retired": set(),
    }
    _flow_verbs = {"active": "activate", "retired": "retire"}
    _flow_system_fields = frozenset(
        {
            "version",
            "previous_id",
            "content_editor_id",
            "activated_by_id",
            "activated_at",
        }
    )
    _flow_content_fields = frozenset(
        {
            "name",
            "code",
            "company_id",
            "period_type",
            "date_from",
            "line_ids",
            "band_ids",
            "deduction_ids",
            "gate_at",
            "threshold",
            "not_rated_policy",
            "min_coverage",
            "critical_cap",
            "answer_days",
            "at_risk_rate",
            "annual_cap_rate",
            "credit_ids",
            "late_fine_rate",
            "late_fine_cap",
            "retention_rate",
            "retention_release",
            "retention_days",
        }
    )
    _flow_content_states = frozenset({"draft"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Common to all versions of the template.",
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        string="Previous Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to use the template in every company.",
    )
    description = fields.Text(translate=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("active", "Active"),
            ("retired", "Retired"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    date_from = fields.Date(
        string="Valid From",
        copy=False,
        tracking=True,
        help="Periods that begin on or after this day use this version. Empty on a "
        "first version: it is valid for every period.",
    )
    period_type = fields.Selection(
        selection=[("month", "Month"), ("quarter", "Quarter")],
        string="Service Period",
        required=True,
        default="month",
    )

    # Score
    line_ids = fields.One2many(
        comodel_name="vendor.quality.template.line",
        inverse_name="template_id",
        string="Metrics",
        copy=True,
    )
    weight_total = fields.Float(
        string="Total Weight (%)",
        compute="_compute_weight_total",
        digits=(16, 2),
    )
    min_coverage = fields.Float(
        string="Minimum Coverage (%)",
        default=60.0,
        tracking=True,
        help="Share of the weight that must be measured. With less, the period is not "
        "rated: neither full points nor none.",
    )
    critical_cap = fields.Float(
        string="Cap After a Critical Failure",
        default=59.0,
        tracking=True,
        help="Highest score left when a critical metric is under its minimum.",
    )

    # What follows from the score
    band_ids = fields.One2many(
        comodel_name="vendor.quality.template.band",
        inverse_name="template_id",
        string="Grades",
        copy=True,
    )
    deduction_ids = fields.One2many(
        comodel_name="vendor.quality.template.deduction",
        inverse_name="template_id",
        string="Deductions",
        copy=True,
    )
    gate_at = fields.Selection(
        selection=[
            ("post", "Posting of the bill"),
            ("payment", "Payment"),
            ("both", "Posting and payment"),
        ],
        string="Gate At",
        required=True,
        default="both",
        tracking=True,
        help="Posting needs an approved form for the service period. Payment needs a "
        "score of at least the threshold, or an approved exception.",
    )
    threshold = fields.Float(
        string="Payment Threshold",
        default=60.0,
        digits=(16, 2),
        tracking=True,
    )
    not_rated_policy = fields.Selection(
        selection=[
            ("exception", "Payment needs an exception"),
            ("pay", "Payment in full"),
        ],
        string="Without a Score",
        required=True,
        default="exception",
        tracking=True,
        help="What holds for a period with too little data for a score.",
    )
    answer_days = fields.Integer(
        string="Days to Answer",
        default=5,
        help="Calendar days the vendor has to answer a form.",
    )

    # Duties
    content_editor_id = fields.Many2one(
        comodel_name="res.users",
        string="Last Edited By",
        readonly=True,
        copy=False,
    )
    activated_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, copy=False
    )
    activated_at = fields.Datetime(readonly=True, copy=False)
    activate_hint = fields.Char(compute="_compute_activate_hint")
    can_activate = fields.Boolean(compute="_compute_flow_can")
    can_retire = fields.Boolean(compute="_compute_flow_can")

    _code_version_unique = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))",
        "This version of the template exists already.",
    )
    _percentages = models.Constraint(
        "CHECK (min_coverage BETWEEN 0 AND 100 AND critical_cap BETWEEN 0 AND 100 "
        "AND threshold BETWEEN 0 AND 100)",
        "Coverage, cap and threshold lie between 0 and 100.",
    )
    _answer_days_positive = models.Constraint(
        "CHECK (answer_days >= 0)", "The days to answer are not negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("line_ids.weight_bp")
    def _compute_weight_total(self):
        for template in self:
            template.weight_total = sum(template.line_ids.mapped("weight_bp")) / 100

    @api.depends(
        "state",
        "line_ids.weight_bp",
        "band_ids.lower_bound",
        "deduction_ids.rate",
        "backtest_ids.state",
    )
    @api.depends_context("uid")
    def _compute_activate_hint(self):
        for template in self:
            hint = ""
            if template.state == "draft":
                hint = (
                    template._get_incomplete_reason()
                    or template._get_backtest_reason()
                    or template._get_second_person_reason()
                )
            template.activate_hint = hint

    @api.depends("name", "version")
    def _compute_display_name(self):
        for template in self:
            template.display_name = self.env._(
                "%(name)s v%(version)s", name=template.name, version=template.version
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        templates = super().create(vals_list)
        server_write(templates, {"content_editor_id": self.env.uid})
        return templates

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_period_label(self):
        self.ensure_one()
        selection = self._fields["period_type"]._description_selection(self.env)
        return dict(selection)[self.period_type]

    def _get_band(self, score):
        """Return the grade of ``score``; exactly one exists."""
        self.ensure_one()
        bands = self.band_ids
        index = scoring.find_band(score, bands.mapped("lower_bound"))
        return bands.browse() if index is None else bands[index]

    def _get_deduction_rate(self, score):
        """Return the percentage of the fee that ``score`` costs."""
        self.ensure_one()
        return scoring.get_rate(
            score, [(row.lower_bound, row.rate) for row in self.deduction_ids]
        )

    @api.model
    def _activate_shipped(self, xmlids):
        """Put shipped templates in force at installation, where no users exist."""
        for xmlid in xmlids:
            template = self.env.ref(xmlid, raise_if_not_found=False)
            if template and template.state == "draft":
                server_write(template, {"state": "active"})
