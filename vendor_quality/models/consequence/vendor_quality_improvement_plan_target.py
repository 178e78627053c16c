from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.models.base.uninstall import guards_deletion

SERVER_FIELDS = frozenset({"minimum_points", "points_before", "result_points"})


class VendorQualityImprovementPlanTarget(models.Model):
    """One metric of an improvement plan: points before, wanted and reached."""

    _name = "vendor.quality.improvement.plan.target"
    _description = "Target of an Improvement Plan"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "improvement_plan_id, id"
    _rec_name = "metric_id"
    _check_company_auto = True

    _flow_parent = "improvement_plan_id"
    _flow_parent_lines = "target_ids"

    improvement_plan_id = fields.Many2one(
        comodel_name="vendor.quality.improvement.plan",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="improvement_plan_id.company_id",
        store=True,
        index=True,
        precompute=True,
    )
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    points_before = fields.Float(
        digits=(16, 2),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Points in the form behind the plan.",
    )
    minimum_points = fields.Float(
        digits=(16, 2),
        readonly=True,
        copy=False,
        help="Points of the grade that needs no plan. A target that the server set "
        "may be raised, not lowered: reaching it lifts what the grade blocks.",
    )
    target_points = fields.Float(
        string="Target", digits=(16, 2), required=True, default=75, aggregator="avg"
    )
    result_points = fields.Float(
        string="Reached", digits=(16, 2), readonly=True, copy=False, aggregator="avg"
    )
    is_reached = fields.Boolean(compute="_compute_is_reached", store=True)

    _metric_unique = models.UniqueIndex(
        "(improvement_plan_id, metric_id)", "A plan has one target for each metric."
    )
    _points_range = models.Constraint(
        "CHECK (target_points > 0 AND target_points <= 100)",
        "A target lies above 0 and is at most 100 points.",
    )

    _minimum_kept = models.Constraint(
        "CHECK (minimum_points IS NULL OR target_points >= minimum_points)",
        "The target may be raised, not lowered: reaching it lifts a block.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("result_points", "target_points")
    def _compute_is_reached(self):
        for target in self:
            target.is_reached = target.result_points >= target.target_points

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("target_points")
    def _check_target_points(self):
        for target in self:
            if target.target_points < target.minimum_points:
                raise ValidationError(
                    self.env._(
                        "%(metric)s: the target of %(points)s points may be raised, "
                        "not lowered, because reaching it lifts what the grade blocks.",
                        metric=target.metric_id.name,
                        points=f"{target.minimum_points:.2f}",
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Take no default of a caller, by context or stored, for these fields."""
        return super().default_get(
            [name for name in fields if name not in SERVER_FIELDS]
        )

    @api.model_create_multi
    def create(self, vals_list):
        if self.browse()._flow_is_system():
            return super().create(vals_list)
        for vals in vals_list:
            self._check_server_fields(vals)
        targets = super().create(vals_list)
        targets._fill_points_before()
        return targets

    def write(self, vals):
        if not self._flow_is_system():
            self._check_server_fields(vals)
            if {"improvement_plan_id", "metric_id"}.intersection(vals):
                self._check_made_by_hand()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_set_by_server(self):
        if not self._flow_is_system():
            self._check_made_by_hand()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _check_server_fields(self, vals):
        if SERVER_FIELDS.intersection(vals):
            raise AccessError(
                self.env._(
                    "Points before, least points and points reached come from the "
                    "quality forms and are not written."
                )
            )

    def _check_made_by_hand(self):
        fixed = self.filtered("minimum_points")
        if fixed:
            raise UserError(
                self.env._(
                    "%s: the grade of the form set this target; it stays in the plan.",
                    fixed[0].metric_id.name,
                )
            )

    def _fill_points_before(self):
        """Take the points of the form behind the plan."""
        for target in self:
            # sudo: an officer reads forms; whoever else opens a plan need not.
            lines = target.sudo().improvement_plan_id.form_id.line_ids
            line = lines.filtered(
                lambda item, target=target: item.metric_id == target.metric_id
            )
            server_write(target, {"points_before": line.points})

    def _prepare_follow_up(self):
        self.ensure_one()
        return {
            "metric_id": self.metric_id.id,
            "points_before": self.result_points or self.points_before,
            "minimum_points": self.minimum_points,
            "target_points": self.target_points,
        }
