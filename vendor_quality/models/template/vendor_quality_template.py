from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

MANAGER = "vendor_quality.group_quality_manager"


class VendorQualityTemplate(models.Model):
    """How the service of one kind of contract is scored, and what follows.

    draft -> active -> retired. A version in force never changes; a new version
    is a copy with the next number that counts from its own date on, so that
    closed periods keep the rules they were judged by. Where contracts are scored
    already, activation needs a recent back-test of exactly this content.

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
    _inherit = ["outsourcing.author.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, code, version desc, id"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"active"},
        "active": {"retired"},
        "retired": set(),
    }
    _flow_verbs = {"active": "activate", "retired": "retire"}
    _flow_groups = {"activate": (MANAGER,), "retire": (MANAGER,)}
    _flow_system_fields = frozenset(
        {
            "version",
            "previous_id",
            "activated_by_id",
            "activated_at",
            "backtest_id",
            "backtest_hash",
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
    _flow_closing_fields = frozenset({"description"})

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
            ("active", "In Force"),
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
        string="Bills Are Controlled At",
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

    # At risk
    at_risk_rate = fields.Float(
        string="Fee at Risk (%)",
        digits=(16, 2),
        default=100.0,
        help="The most that deductions, service credits and fines of one period may "
        "take from its fee, and the pool of which service credits are shares.",
    )
    annual_cap_rate = fields.Float(
        string="Annual Cap (%)",
        digits=(16, 2),
        help="The most that a contract year may lose in all, as a share of the fees "
        "of that year. 0: no annual cap. A retention is not lost and does not count.",
    )
    credit_ids = fields.One2many(
        comodel_name="vendor.quality.template.credit",
        inverse_name="template_id",
        string="Service Credits",
        copy=True,
    )

    # Late fines
    late_fine_rate = fields.Float(
        string="Late Fine per Day (%)",
        digits=(16, 4),
        help="Share of the amount of a milestone that each calendar day of delay "
        "costs. The fine falls in the period in which the milestone was delivered. "
        "0: no fine.",
    )
    late_fine_cap = fields.Float(
        string="Late Fine at Most (%)",
        digits=(16, 2),
        help="The most that the delay of one milestone costs, as a share of its "
        "amount.",
    )

    # Retention
    retention_rate = fields.Float(
        string="Retention (%)",
        digits=(16, 2),
        help="Share of what is left after the deductions that is paid later. The "
        "vendor does not lose it. 0: everything is paid at once.",
    )
    retention_release = fields.Selection(
        selection=[
            ("days", "Days after the period"),
            ("contract_end", "End of the contract"),
        ],
        string="Retention Is Due",
        default="days",
        help="From when on quality finance may release the retention.",
    )
    retention_days = fields.Integer(
        string="Retention Days",
        help="Calendar days from the last day of the period to the release.",
    )

    # Back-tests
    backtest_id = fields.Many2one(
        comodel_name="vendor.quality.backtest",
        string="Put in Force after Test",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The test on past months that the activating manager confirmed.",
    )
    backtest_hash = fields.Char(
        string="Signature of the Test", readonly=True, copy=False
    )
    backtest_ids = fields.One2many(
        comodel_name="vendor.quality.backtest",
        inverse_name="template_id",
        string="Tests",
    )
    backtest_count = fields.Integer(
        string="Test Count", compute="_compute_backtest_count"
    )

    # Duties
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
    _money_ranges = models.Constraint(
        "CHECK (COALESCE(at_risk_rate, 100) BETWEEN 0 AND 100 "
        "AND COALESCE(annual_cap_rate, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(late_fine_rate, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(late_fine_cap, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(retention_rate, 0) BETWEEN 0 AND 100 "
        "AND COALESCE(retention_days, 0) >= 0)",
        "Rates lie between 0 and 100 %, days are not negative.",
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

    @api.depends("backtest_ids")
    def _compute_backtest_count(self):
        for template in self:
            template.backtest_count = len(template.backtest_ids)

    @api.depends(
        "state",
        "line_ids.weight_bp",
        "band_ids.lower_bound",
        "deduction_ids.rate",
        "backtest_ids.state",
    )
    @api.depends_context("uid")
    def _compute_activate_hint(self):
        """Say what keeps a draft from being put in force, the content first."""
        drafts = self.filtered(lambda template: template.state == "draft")
        (self - drafts).activate_hint = ""
        reasons = drafts._flow_get_reasons("activate")
        for template in drafts:
            template.activate_hint = (
                template._get_incomplete_reason()
                or template._get_backtest_reason()
                or reasons.get(template.id, "")
            )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for template in self:
            template.display_name = self.env._(
                "%(name)s v%(version)s", name=template.name, version=template.version
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("date_from", "previous_id", "period_type")
    def _check_date_from(self):
        """A new version begins after today: a period keeps the rules it began with."""
        for template in self.filtered("previous_id"):
            today = template._get_today()
            previous = template.previous_id
            if not template.date_from or template.date_from <= max(
                today, previous.date_from or today
            ):
                raise ValidationError(
                    self.env._(
                        "%s: a new version is valid from a later day on, so that "
                        "periods that have begun keep their rules.",
                        template.display_name,
                    )
                )

    @api.constrains("code", "company_id", "previous_id")
    def _check_family(self):
        for template in self.filtered("previous_id"):
            previous = template.previous_id
            if (template.code, template.company_id) != (
                previous.code,
                previous.company_id,
            ):
                raise ValidationError(
                    self.env._(
                        "%s: a new version keeps the code and the company of the "
                        "version before.",
                        template.display_name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def copy_data(self, default=None):
        values = super().copy_data(default)
        for template, vals in zip(self, values, strict=True):
            vals.setdefault("code", template._get_free_code())
        return values

    @guards_deletion
    def _unlink_except_tested(self):
        # sudo: tests of other companies are evidence as well; only whether one exists.
        tested = self.filtered(lambda item: item.sudo().backtest_ids)
        if tested:
            raise UserError(
                self.env._(
                    "%s: tests on past months are kept with the template. Archive it "
                    "instead.",
                    tested._flow_names(),
                )
            )

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_content_changed(self, vals):
        result = super()._flow_content_changed(vals)
        # Written also by the same editor again: an activation at the same moment
        # then fails and looks again.
        server_write(self, {"content_editor_id": self.env.uid})
        return result

    def _may_approve(self, user):
        return user.has_group(MANAGER)

    def _flow_check_transition(self, target, vals):
        result = super()._flow_check_transition(target, vals)
        if target == "active":
            for template in self:
                template._get_valid_backtests()._check_intact()
        return result

    def _get_cannot_retire_reason(self):
        """A template in use is not retired; a new version takes its place."""
        if self._flow_is_system():
            return {}
        # sudo: contracts of every company keep their template; only counted.
        contracts = self.env["outsourcing.contract"].sudo()
        used = contracts._read_group(
            [
                ("vendor_quality_template_id", "in", self.ids),
                ("state", "!=", "cancelled"),
            ],
            ["vendor_quality_template_id"],
            ["__count"],
        )
        return {
            template.id: self.env._(
                "%s contracts are scored by it. Put a new version in force instead.",
                count,
            )
            for template, count in used
        }

    def _on_enter_active(self, origins):
        """Stamp who put the versions in force on which test; retire those before."""
        for template in self:
            test = template._get_valid_backtests()[:1]
            server_write(
                template,
                {
                    "activated_by_id": self.env.uid,
                    "activated_at": fields.Datetime.now(),
                    "backtest_id": test.id,
                    "backtest_hash": test.result_hash,
                },
            )
        server_write(
            self.previous_id.filtered(lambda item: item.state == "active"),
            {"state": "retired"},
        )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_activate(self):
        """Put the version in force; the one before it is retired."""
        return self._take_step("active")

    def action_retire(self):
        """Take the version out of use for new contracts."""
        return self._take_step("retired")

    def action_confirm_activation(self):
        """Show what the version would have meant, then put it in force."""
        check_one(self)
        self._flow_check_can("activate")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put in Force"),
            "res_model": "vendor.quality.template.activate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_template_id": self.id},
        }

    def action_test(self):
        """Open a new test of the version on past months."""
        check_one(self)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test on Past Months"),
            "res_model": "vendor.quality.backtest",
            "view_mode": "form",
            "context": {"default_template_id": self.id},
        }

    def action_view_backtests(self):
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vendor_quality.vendor_quality_backtest_action"
        )
        action["domain"] = [("template_id", "=", self.id)]
        action["context"] = {"default_template_id": self.id}
        return action

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_period_label(self):
        self.ensure_one()
        selection = self._fields["period_type"]._description_selection(self.env)
        return dict(selection)[self.period_type]

    def _get_today(self):
        """Return today of the template's company, or of the acting user's."""
        return (self.company_id or self.env.company)._outsourcing_today()
