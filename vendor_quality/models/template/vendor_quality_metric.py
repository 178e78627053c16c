from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_list

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion

from ...tools import formula, scoring


class VendorQualityMetric(models.Model):
    """One thing that is measured, and how its value becomes points.

    A source counts numerator, denominator and sample for a contract and a
    period; the anchors turn the value into 0 to 100 points. A metric that a
    template in force uses no longer changes: duplicate it for the next
    version of the template.

    Managers write, the other quality roles read.
    """

    _name = "vendor.quality.metric"
    _description = "Quality Metric"
    _order = "sequence, code, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]

    # What may still change while a template in force uses the metric.
    _FREE_FIELDS = frozenset({"sequence", "active", "name", "description"})

    # ------------------------------------------------------------
    # FIELDS
    # ------------------------------------------------------------

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short name for formulas: lower case letters, digits and underscores.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index=True,
        help="Leave empty to use the metric in every company.",
    )
    description = fields.Text(translate=True)
    origin_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        string="Copied From",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Values entered for that metric count for this one when a template is "
        "tested on past months.",
    )

    # Where the value comes from
    source = fields.Selection(
        selection=[
            ("inspection", "Inspections"),
            ("ticket_sla", "Ticket deadlines"),
            ("ticket_rating", "Ticket ratings"),
            ("complaint", "Complaints"),
            ("second_repair", "Second repairs"),
            ("milestone", "Milestones"),
            ("finding", "Findings"),
            ("contract_duty", "Contract duties"),
            ("manual", "Entered by hand"),
            ("formula", "Formula"),
        ],
        required=True,
        default="manual",
        index=True,
    )
    inspection_measure = fields.Selection(
        selection=[
            ("pass_rate", "Share of checked items that passed"),
            ("done_rate", "Share of due rounds that were done"),
        ],
        default="pass_rate",
    )
    sla_measure = fields.Selection(
        string="Deadline Measured",
        selection=[
            ("response", "First response on time"),
            ("resolution", "Resolution on time"),
            ("vendor", "Handed back in the hours of the vendor"),
        ],
        default="resolution",
        help="The first two are those of the whole ticket. The last reads the vendor's "
        "own time: from the hand-over, in its working hours, without what waited for "
        "the requester. It counts a ticket once, with the hours of each time the "
        "vendor had it. Only what is handed back as done is met; what was declined, "
        "taken back or ended there counts where the hours were used up.",
    )
    duty_measure = fields.Selection(
        selection=[
            ("guarantee", "Guarantees valid until the end of the period"),
            ("worker", "Agreed staff on site"),
        ],
        default="guarantee",
    )
    formula = fields.Char(
        help="Arithmetic over the codes of other metrics of the same template, for "
        "example (response + resolution) / 2. Allowed: + - * /, comparisons, and, or, "
        "if else, min, max, abs, round.",
    )
    unit = fields.Selection(
        selection=[
            ("percent", "%"),
            ("rating", "Rating 1 to 5"),
            ("count", "Count"),
            ("points", "Points"),
        ],
        required=True,
        default="percent",
    )

    # How the value becomes points
    anchor_ids = fields.One2many(
        comodel_name="vendor.quality.metric.anchor",
        inverse_name="metric_id",
        string="Values and Points",
        copy=True,
        help="Value and points; linear between two anchors, flat outside.",
    )
    direction = fields.Selection(
        selection=[
            ("higher", "Higher is better"),
            ("lower", "Lower is better"),
            ("target", "Close to a target is better"),
        ],
        compute="_compute_direction",
        store=True,
        help="Follows from the anchors.",
    )

    # What happens without enough data
    missing_policy = fields.Selection(
        selection=[
            ("exclude", "Leave out, the other metrics count more"),
            ("zero", "Zero points: the vendor owes the evidence"),
            ("neutral", "Fixed points"),
            ("carry", "Points of the last approved form"),
        ],
        string="Without Data",
        required=True,
        default="exclude",
        help="What counts when too little happened in a period to say anything. Leave "
        "out: the vendor gains and loses nothing. Zero points: for evidence that the "
        "vendor must bring. Fixed points: a middle value. Points of the last approved "
        "form: for what changes slowly.",
    )
    neutral_points = fields.Float(default=60.0)
    carry_days = fields.Integer(
        default=92,
        help="How old the last approved period may be, counted between the period "
        "ends. Older points are left out.",
    )
    min_sample = fields.Integer(
        string="Minimum Sample",
        required=True,
        default=1,
        help="A value from fewer events counts as missing.",
    )
    is_critical = fields.Boolean(
        string="Critical",
        help="Under its minimum points, the score is capped by the template.",
    )
    critical_minimum = fields.Float(string="Minimum Points", default=60.0)

    is_locked = fields.Boolean(compute="_compute_is_locked")
    template_line_ids = fields.One2many(
        comodel_name="vendor.quality.template.line", inverse_name="metric_id"
    )

    # What the editor shows, computed in vendor_quality_metric_preview
    anchor_preview = fields.Html(
        string="Points by Value", compute="_compute_anchor_preview", sanitize=False
    )
    formula_hint = fields.Char(
        compute="_compute_formula_hint",
        help="What is wrong with the formula, before it is saved.",
    )
    missing_hint = fields.Char(compute="_compute_missing_hint")

    _code_company_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "The code of a metric is unique within its company.",
    )
    _min_sample_positive = models.Constraint(
        "CHECK (min_sample >= 1)", "The minimum sample is at least 1."
    )
    _points_range = models.Constraint(
        "CHECK (neutral_points BETWEEN 0 AND 100 "
        "AND critical_minimum BETWEEN 0 AND 100)",
        "Points lie between 0 and 100.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("anchor_ids.value", "anchor_ids.points")
    def _compute_direction(self):
        for metric in self:
            anchors = metric._get_anchors()
            metric.direction = (
                False
                if scoring.check_anchors(anchors)
                else scoring.get_direction(anchors)
            )

    @api.depends("template_line_ids.template_id.state")
    def _compute_is_locked(self):
        locked = self._filter_locked()
        for metric in self:
            metric.is_locked = metric in locked

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("code")
    def _check_code(self):
        for metric in self:
            code = metric.code
            if not (code.isidentifier() and code.isascii() and code == code.lower()):
                raise ValidationError(
                    self.env._(
                        '"%(code)s" is not a code: use lower case letters, digits and '
                        "underscores, and begin with a letter.",
                        code=code,
                    )
                )

    @api.constrains("formula", "source")
    def _check_formula(self):
        for metric in self.filtered(lambda item: item.source == "formula"):
            compiled = metric._compile_formula()
            if metric.code in compiled.names:
                raise ValidationError(
                    self.env._("%s: the formula uses the metric itself.", metric.name)
                )

    @api.constrains("source", "formula", "unit")
    def _check_formula_of_formulas(self):
        """A formula reads measured values only, so no circle can exist."""
        for metric in self.filtered(lambda item: item.source == "formula"):
            others = self.search(
                [
                    ("code", "in", sorted(metric._compile_formula().names)),
                    ("source", "=", "formula"),
                    ("company_id", "in", [False, metric.company_id.id]),
                ]
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "%(name)s: a formula may not use another formula "
                        "(%(others)s). Write its arithmetic out.",
                        name=metric.name,
                        others=format_list(self.env, others.mapped("code")),
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def copy_data(self, default=None):
        values = super().copy_data(default)
        for metric, vals in zip(self, values, strict=True):
            vals.setdefault("code", metric._get_free_code())
            vals["origin_id"] = metric.id
        return values

    def write(self, vals):
        if not self._FREE_FIELDS.issuperset(vals):
            self._check_unlocked()
            self._note_editor()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_used(self):
        used = self.filtered("template_line_ids")
        if used:
            raise UserError(
                self.env._(
                    "%s: templates use the metric. Archive it instead.",
                    format_list(self.env, used.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _filter_locked(self):
        """Return the metrics that a template beyond draft uses."""
        # sudo: another company's template binds a shared metric as well; only its id.
        lines = self.env["vendor.quality.template.line"].sudo()
        groups = lines._read_group(
            [("metric_id", "in", self.ids), ("template_id.state", "!=", "draft")],
            ["metric_id"],
        )
        return self.browse(metric.id for (metric,) in groups)

    def _check_unlocked(self):
        locked = self._filter_locked()
        if locked:
            raise UserError(
                self.env._(
                    "%s: a template in force uses the metric, so what it measures is "
                    "fixed. Duplicate the metric and use the copy in a new version of "
                    "the template.",
                    format_list(self.env, locked.mapped("name")),
                )
            )

    def _note_editor(self):
        """Make the acting user the last editor of the drafts that use the metrics."""
        # The write also makes an activation at the same moment fail and look again.
        # sudo: drafts of other companies use a shared metric as well.
        templates = self.sudo().template_line_ids.template_id
        templates._note_author()
        server_write(templates, {"content_editor_id": self.env.uid})

    def _get_anchors(self):
        """Return ``[(value, points)]`` in rising order of the values."""
        self.ensure_one()
        return sorted((anchor.value, anchor.points) for anchor in self.anchor_ids)

    def _get_rules(self):
        """Return the rules as plain data, to be frozen on a form line."""
        self.ensure_one()
        return {
            "anchors": [list(pair) for pair in self._get_anchors()],
            "missing_policy": self.missing_policy,
            "neutral_points": self.neutral_points,
            "min_sample": self.min_sample,
            "critical_minimum": self.critical_minimum if self.is_critical else None,
            "scale": 100 if self.unit == "percent" else 1,
            "formula": self.formula if self.source == "formula" else None,
        }

    def _get_content(self):
        """Return what the metric measures and how, as plain data."""
        self.ensure_one()
        names = sorted(
            name
            for name, field in self._fields.items()
            if field.store
            and not field.compute
            and not field.relational
            and name not in self._FREE_FIELDS
            and name not in models.MAGIC_COLUMNS
        )
        return {
            **{name: self[name] for name in names},
            "anchors": [list(pair) for pair in self._get_anchors()],
        }

    def _compile_formula(self):
        """Return the compiled formula.

        :raise ValidationError: naming the part that is not allowed
        """
        self.ensure_one()
        try:
            return formula.Formula(self.formula)
        except formula.FormulaError as error:
            # pylint: disable=translation-required
            raise ValidationError(
                f"{self.name}: {self._get_formula_message(*error.args)}"
            ) from error

    @api.model
    def _get_formula_message(self, code, culprit):
        messages = {
            "empty": self.env._("enter a formula."),
            "long": self.env._("the formula is longer than %s characters.", culprit),
            "deep": self.env._("the formula is nested too deeply."),
            "syntax": (
                self.env._('the formula cannot be read from "%s" on.', culprit)
                if culprit
                else self.env._("the formula ends too early.")
            ),
            "arguments": self.env._(
                'wrong number of values in "%s(...)" of the formula.', culprit
            ),
        }
        return messages.get(code) or self.env._(
            '"%s" is not allowed in a formula. Use codes of metrics, numbers, + - * /, '
            "comparisons, and, or, if else, min, max, abs and round.",
            culprit,
        )

    def _get_cannot_use_reason(self):
        """Return ``{record id: text}`` for metrics that cannot give points."""
        reasons = {}
        for metric in self:
            problem = scoring.check_anchors(metric._get_anchors())
            if problem:
                reasons[metric.id] = metric._get_anchor_message(problem)
        return reasons

    def _get_anchor_message(self, problem):
        name = self.name or ""  # none yet on a new metric
        messages = {
            "few": self.env._("The metric %s needs at least two anchors.", name),
            "order": self.env._(
                "The metric %s has two anchors with the same value.", name
            ),
            "range": self.env._("The metric %s has points outside 0 to 100.", name),
            "shape": self.env._(
                "The metric %s has points that neither rise, nor fall, nor peak once.",
                name,
            ),
        }
        return messages[problem]

    def _get_free_code(self):
        """Return ``<code>_2`` or the next number that is free."""
        self.ensure_one()
        number = 2
        while self.with_context(active_test=False).search_count(
            [("code", "=", f"{self.code}_{number}")], limit=1
        ):
            number += 1
        return f"{self.code}_{number}"


class VendorQualityMetricAnchor(models.Model):
    """One point of the line that turns a metric's value into points."""

    _name = "vendor.quality.metric.anchor"
    _description = "Anchor of a Quality Metric"
    _order = "metric_id, value, id"

    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="metric_id.company_id", store=True)
    value = fields.Float(required=True, digits=(16, 4))
    points = fields.Float(required=True, digits=(16, 2))

    _points_range = models.Constraint(
        "CHECK (points BETWEEN 0 AND 100)", "Points lie between 0 and 100."
    )
    _value_unique = models.UniqueIndex(
        "(metric_id, value)", "A metric has one anchor for each value."
    )

    @api.model_create_multi
    def create(self, vals_list):
        anchors = super().create(vals_list)
        anchors._check_metric()
        return anchors

    def write(self, vals):
        self._check_metric()
        result = super().write(vals)
        self._check_metric()
        return result

    @guards_deletion
    def _unlink_except_locked(self):
        self._check_metric()

    def _check_metric(self):
        """Treat the change as a change of the metric."""
        self.metric_id._check_unlocked()
        self.metric_id._note_editor()
