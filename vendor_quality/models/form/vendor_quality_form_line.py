from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.outsourcing_mgmt.models.base.grants import is_custom_only
from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

USER_FIELDS = frozenset({"manual_value", "manual_note"})


class VendorQualityFormLine(models.Model):
    """One metric of a quality form: what was counted and what it gave.

    Everything but the figure of a manual metric is written by the collection
    and frozen with it: numerator, denominator, sample, the rules of that
    moment and the records behind the count.
    """

    _name = "vendor.quality.form.line"
    _description = "Statistics Line of a Quality Form"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "form_id, sequence, id"
    _rec_name = "metric_id"
    _check_company_auto = True
    _log_access = False

    _flow_parent = "form_id"
    _flow_parent_lines = "line_ids"

    # Found by the unique index below, which begins with the form.
    form_id = fields.Many2one(
        comodel_name="vendor.quality.form", required=True, ondelete="cascade"
    )
    # Not stored, nor are author and moment of a line: there are millions of lines,
    # and each reference costs a check when they are counted.
    company_id = fields.Many2one(
        comodel_name="res.company", related="form_id.company_id"
    )
    contract_id = fields.Many2one(related="form_id.contract_id")
    sequence = fields.Integer(default=10)
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    code = fields.Char(readonly=True)
    source = fields.Selection(
        related="metric_id.source",
        help="From where the figure is counted, or that somebody enters it.",
    )
    unit = fields.Selection(related="metric_id.unit")
    weight_bp = fields.Integer(string="Weight (Basis Points)", readonly=True)
    weight = fields.Float(
        string="Weight (%)",
        compute="_compute_weight",
        digits=(16, 2),
        help="Share of the score that this metric decides.",
    )

    # Entered by the officer, for metrics from outside the system
    manual_value = fields.Float(string="Entered Value", digits=(16, 4), copy=False)
    manual_note = fields.Char(
        string="Based On",
        copy=False,
        help="Where the entered value comes from. Without it the value does not "
        "count: the metric has no data.",
    )

    # Frozen by the collection
    numerator = fields.Float(
        readonly=True,
        aggregator="sum",
        help="How much was good, such as tickets solved in time.",
    )
    denominator = fields.Float(
        readonly=True,
        aggregator="sum",
        help="Of how much, such as all tickets that had a deadline.",
    )
    sample = fields.Integer(
        readonly=True,
        aggregator="sum",
        help="How many cases the figure rests on.",
    )
    carried_points = fields.Float(readonly=True)
    has_carried_points = fields.Boolean(readonly=True)
    rules = fields.Json(readonly=True)
    evidence = fields.Json(readonly=True)

    # Result
    value = fields.Float(
        readonly=True,
        aggregator="avg",
        help="The measured figure, in the unit of the metric.",
    )
    points = fields.Float(
        readonly=True,
        aggregator="avg",
        help="What the value is worth by the scale of the metric, from 0 to 100.",
    )
    status = fields.Selection(
        selection=[
            ("measured", "Measured"),
            ("zero", "No data: zero points"),
            ("neutral", "No data: fixed points"),
            ("carry", "No data: points carried over"),
            ("exclude", "No data: left out"),
        ],
        readonly=True,
        help="Whether there was something to measure; without data the template says "
        "what counts instead.",
    )
    is_failed_critical = fields.Boolean(string="Critical Failure", readonly=True)

    # Dispute
    is_disputed = fields.Boolean(
        string="Disputed",
        readonly=True,
        help="Until the dispute is decided, what the line costs is neither deducted "
        "nor paid.",
    )
    has_awarded_points = fields.Boolean(readonly=True)
    awarded_points = fields.Float(
        readonly=True, help="Points put in place by the decision of a dispute."
    )

    counted = fields.Char(
        compute="_compute_counted",
        help="Numerator and denominator: what was good, of what was counted.",
    )
    has_records = fields.Boolean(compute="_compute_has_records")

    _metric_unique = models.UniqueIndex(
        "(form_id, metric_id)", "A form has one line for each metric."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("weight_bp")
    def _compute_weight(self):
        for line in self:
            line.weight = line.weight_bp / 100

    @api.depends("numerator", "denominator", "source")
    def _compute_counted(self):
        for line in self:
            line.counted = (
                f"{line.numerator:g} / {line.denominator:g}"
                if line.denominator
                else False
            )

    @api.depends("evidence")
    def _compute_has_records(self):
        for line in self:
            line.has_records = bool((line.evidence or {}).get("ids"))

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_server()
        return super().create(vals_list)

    def write(self, vals):
        if not (USER_FIELDS.issuperset(vals) or is_custom_only(self, vals)):
            self._check_server()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_collected(self):
        self._check_server()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_records(self):
        """Open the records that were counted, as far as the user may read them."""
        check_one(self)
        self.check_access("read")
        evidence = self.evidence or {}
        return {
            "type": "ir.actions.act_window",
            "name": self.metric_id.name,
            "res_model": evidence.get("model"),
            "view_mode": "list,form",
            "domain": [("id", "in", evidence.get("ids", []))],
        }

    def action_new_improvement_plan(self):
        """Open a new plan about the metric of the line."""
        check_one(self)
        self.check_access("read")
        return self.env["vendor.quality.improvement.plan"]._open_new(
            self.contract_id,
            f"{self.metric_id.name}, {self.form_id.name}",
            metrics=self.metric_id,
            form_id=self.form_id.id,
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_document(self):
        """Return the line as plain JSON data, as it is frozen and hashed."""
        self.ensure_one()
        return {
            "code": self.code,
            "weight": self.weight_bp,
            "rules": self.rules,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "sample": self.sample,
            "carried": self.carried_points if self.has_carried_points else None,
            "disputed": self.is_disputed,
            "awarded": self.awarded_points if self.has_awarded_points else None,
            "evidence": self.evidence or {},
        }

    def _check_server(self):
        """Refuse what only the server writes, when it collects the form."""
        if not self._flow_is_system():
            raise AccessError(
                self.env._(
                    "The statistics of a quality form are collected, not written. "
                    "Enter values of manual metrics, then collect the form again."
                )
            )
