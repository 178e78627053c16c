from odoo import api, fields, models


class VendorQualityTemplateLine(models.Model):
    """The weight of one metric in one template version."""

    _name = "vendor.quality.template.line"
    _description = "Metric of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, sequence, id"
    _check_company_auto = True

    _flow_parent = "template_id"
    _flow_parent_lines = "line_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    source = fields.Selection(related="metric_id.source")
    direction = fields.Selection(related="metric_id.direction")
    weight_bp = fields.Integer(
        string="Weight (Basis Points)",
        required=True,
        help="10000 basis points are 100 %. The weights of a template sum to 10000.",
    )
    weight = fields.Float(
        string="Weight (%)",
        compute="_compute_weight",
        inverse="_inverse_weight",
        digits=(16, 2),
    )

    _metric_unique = models.UniqueIndex(
        "(template_id, metric_id)", "A template uses each metric once."
    )
    _weight_positive = models.Constraint(
        "CHECK (weight_bp > 0)", "A weight is above zero."
    )

    @api.depends("weight_bp")
    def _compute_weight(self):
        for line in self:
            line.weight = line.weight_bp / 100

    def _inverse_weight(self):
        for line in self:
            line.weight_bp = round(line.weight * 100)


class VendorQualityTemplateBand(models.Model):
    """A grade from a lower bound up to the next one, and what it blocks.

    Only lower bounds are stored, so that grades can neither overlap nor leave
    a gap.
    """

    _name = "vendor.quality.template.band"
    _description = "Grade of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, lower_bound desc, id"
    _rec_name = "grade"

    _flow_parent = "template_id"
    _flow_parent_lines = "band_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    grade = fields.Char(required=True)
    lower_bound = fields.Float(string="From Score", required=True, digits=(16, 2))
    color = fields.Integer()
    blocks_invitation = fields.Boolean(
        help="The vendor is not invited to new tenders.",
    )
    blocks_order = fields.Boolean(
        help="Purchase orders to the vendor cannot be confirmed.",
    )
    blocks_posting = fields.Boolean(help="Bills of the contract are not posted.")
    blocks_payment = fields.Boolean(help="Bills of the contract are not paid.")
    needs_action = fields.Boolean(
        string="Improvement Plan",
        compute="_compute_needs_action",
        store=True,
        readonly=False,
        precompute=True,
        help="A form approved with this grade opens an improvement plan. By default "
        "every grade that blocks something.",
    )

    _bound_range = models.Constraint(
        "CHECK (lower_bound BETWEEN 0 AND 100)", "A lower bound lies in 0 to 100."
    )
    _bound_unique = models.UniqueIndex(
        "(template_id, lower_bound)", "Each grade has its own lower bound."
    )
    _grade_unique = models.UniqueIndex(
        "(template_id, grade)", "Each grade has its own name."
    )

    @api.depends(
        "blocks_invitation", "blocks_order", "blocks_posting", "blocks_payment"
    )
    def _compute_needs_action(self):
        for band in self:
            band.needs_action = (
                band.blocks_invitation
                or band.blocks_order
                or band.blocks_posting
                or band.blocks_payment
            )


class VendorQualityTemplateDeduction(models.Model):
    """The share of the fee that a score costs, from a lower bound upwards."""

    _name = "vendor.quality.template.deduction"
    _description = "Deduction of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, lower_bound desc, id"

    _flow_parent = "template_id"
    _flow_parent_lines = "deduction_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    lower_bound = fields.Float(string="From Score", required=True, digits=(16, 2))
    rate = fields.Float(string="Deduction (%)", required=True, digits=(16, 2))

    _ranges = models.Constraint(
        "CHECK (lower_bound BETWEEN 0 AND 100 AND rate BETWEEN 0 AND 100)",
        "Score and deduction lie between 0 and 100.",
    )
    _bound_unique = models.UniqueIndex(
        "(template_id, lower_bound)", "Each row has its own lower bound."
    )


class VendorQualityTemplateCredit(models.Model):
    """The service credit that one metric gives when its points are too low."""

    _name = "vendor.quality.template.credit"
    _description = "Service Credit of a Quality Template"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "template_id, sequence, id"
    _rec_name = "metric_id"
    _check_company_auto = True

    _flow_parent = "template_id"
    _flow_parent_lines = "credit_ids"

    template_id = fields.Many2one(
        comodel_name="vendor.quality.template",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    metric_id = fields.Many2one(
        comodel_name="vendor.quality.metric",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    below_points = fields.Float(
        string="Below Points",
        required=True,
        digits=(16, 2),
        default=60.0,
        help="The credit is due when the metric gets fewer points than this.",
    )
    allocation_rate = fields.Float(
        string="Share of the Fee at Risk (%)",
        required=True,
        digits=(16, 2),
        help="What the credit costs, as a share of the amount at risk. Together the "
        "credits may be more than 100 %; the amount at risk caps them.",
    )
    repeat_factor = fields.Float(
        string="When Repeated x",
        required=True,
        digits=(16, 2),
        default=1.0,
        help="Multiplies the credit when the metric was below its mark in the period "
        "before, too.",
    )
    incident_group = fields.Char(
        help="Credits with the same word here often follow from one incident: only "
        "the largest of them counts, not the sum.",
    )

    _metric_unique = models.UniqueIndex(
        "(template_id, metric_id)", "A metric gives one service credit."
    )
    _ranges = models.Constraint(
        "CHECK (below_points > 0 AND below_points <= 100 AND allocation_rate > 0 "
        "AND allocation_rate <= 100 AND repeat_factor BETWEEN 1 AND 10)",
        "Points and share lie above 0 and up to 100, a repetition between 1 and 10 "
        "times.",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("incident_group"):
                vals["incident_group"] = vals["incident_group"].strip()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("incident_group"):
            vals = {**vals, "incident_group": vals["incident_group"].strip()}
        return super().write(vals)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_document(self):
        """Return the credit as plain JSON data, as forms freeze it."""
        self.ensure_one()
        return {
            "code": self.metric_id.code,
            "below": self.below_points,
            "allocation": self.allocation_rate,
            "repeat_factor": self.repeat_factor,
            "group": self.incident_group or "",
        }
