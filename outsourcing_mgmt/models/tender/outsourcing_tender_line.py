from odoo import api, fields, models


class OutsourcingTenderLine(models.Model):
    """One service that is tendered; every bid answers each line with a price."""

    _name = "outsourcing.tender.line"
    _description = "Tender Line"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "tender_id"
    _flow_parent_lines = "line_ids"

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    active = fields.Boolean(
        default=True, help="Not set: an addendum took the service out of the tender."
    )
    sequence = fields.Integer(default=10)
    request_line_id = fields.Many2one(
        comodel_name="outsourcing.request.line",
        index="btree_not_null",
        copy=False,
        check_company=True,
        help="The line of the request that asked for it.",
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Service",
        required=True,
        domain="[('type', '=', 'service'), ('purchase_ok', '=', True)]",
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    name = fields.Text(
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
        required=True,
    )

    _quantity_positive = models.Constraint(
        "CHECK (product_qty > 0)", "A line needs a quantity above zero."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            line.name = line.product_id.display_name or line.name

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.product_id.uom_id or line.product_uom_id


class OutsourcingCriterion(models.Model):
    """How bids are judged.

    ``pass_fail`` excludes a bid, ``scored`` is given points by the committee,
    ``price`` is computed by the system, ``record`` from the quality scores that each
    vendor had when the tender was published. Weights are basis points of the total;
    they sum to 10000 at the publication.
    """

    _name = "outsourcing.criterion"
    _description = "Award Criterion"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "tender_id"
    _flow_parent_lines = "criterion_ids"

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="tender_id.company_id", store=True, index=True)
    active = fields.Boolean(
        default=True, help="Not set: an addendum took the criterion out of the tender."
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    description = fields.Text(
        help="What is looked at and how points are given; printed in the notice."
    )
    kind = fields.Selection(
        selection=[
            ("pass_fail", "Pass or fail"),
            ("scored", "Scored"),
            ("record", "Past quality"),
            ("price", "Price"),
        ],
        required=True,
        default="scored",
    )
    weight = fields.Integer(
        string="Weight (basis points)",
        help="Share of the total in basis points: 10000 is the whole, 2500 a quarter.",
    )
    weight_percent = fields.Float(
        string="Weight (%)",
        compute="_compute_weight_percent",
        inverse="_inverse_weight_percent",
        digits=(6, 2),
    )
    max_points = fields.Float(string="Maximum Points", default=100.0)
    min_points = fields.Float(
        string="Minimum Points",
        help="A bid whose mean is under this is disqualified. Zero: no limit.",
    )
    no_record_percent = fields.Float(
        string="Without a Record (%)",
        default=50.0,
        help="Share of the points that a vendor gets of whom no past quality is known; "
        "printed in the notice.",
    )
    price_formula = fields.Selection(
        selection=[
            ("lowest", "Lowest price / price"),
            ("linear", "Straight line to the reference price"),
        ],
        default="lowest",
        required=True,
        help="How the points of a price are computed. The lowest price always gets "
        "all points.",
    )

    _weight_range = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 10000)",
        "A weight lies between 0 and 10000 basis points.",
    )
    _weight_of_kind = models.Constraint(
        "CHECK (kind <> 'pass_fail' OR weight = 0)",
        "A pass or fail criterion excludes a bid and carries no weight.",
    )
    _points_range = models.Constraint(
        "CHECK (max_points > 0 AND min_points BETWEEN 0 AND max_points)",
        "The most points are above zero, the least between zero and the most.",
    )
    _no_record_range = models.Constraint(
        "CHECK (no_record_percent BETWEEN 0 AND 100)",
        "The share of points without a record lies between 0 and 100 %.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("weight")
    def _compute_weight_percent(self):
        for criterion in self:
            criterion.weight_percent = criterion.weight / 100

    def _inverse_weight_percent(self):
        for criterion in self:
            criterion.weight = round(criterion.weight_percent * 100)

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "pass_fail":
            self.weight_percent = 0.0
