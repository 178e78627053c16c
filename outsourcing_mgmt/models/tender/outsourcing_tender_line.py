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
