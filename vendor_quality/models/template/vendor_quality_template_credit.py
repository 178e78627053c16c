from odoo import api, fields, models


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
        string="Share of the Pool (%)",
        required=True,
        digits=(16, 2),
        help="What the credit costs, as a share of the amount at risk. Together the "
        "credits may be more than 100 %; the amount at risk caps them.",
    )
    repeat_factor = fields.Float(
        string="When Repeated ×",
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
