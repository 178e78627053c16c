from odoo import api, fields, models


class OutsourcingRequestLine(models.Model):
    """One service of an application, with quantity and estimated price.

    Obeys the request: it changes only while the request is a draft.
    """

    _name = "outsourcing.request.line"
    _inherit = ["outsourcing.flow.line.mixin"]
    _description = "Outsourcing Request Line"
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "request_id"
    _flow_parent_lines = "line_ids"

    request_id = fields.Many2one(
        comodel_name="outsourcing.request",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="request_id.currency_id")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product",
        string="Service",
        domain="[('type', '=', 'service'), ('purchase_ok', '=', True)]",
        check_company=True,
        index="btree_not_null",
    )
    name = fields.Char(
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
    )
    price_unit = fields.Float(string="Estimated Price", digits="Product Price")
    price_subtotal = fields.Monetary(
        string="Subtotal", compute="_compute_price_subtotal", store=True
    )

    _quantity_positive = models.Constraint(
        "CHECK (product_qty > 0 AND price_unit >= 0)",
        "A line needs a quantity above zero and no negative price.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id:
                line.name = line.product_id.display_name
            elif not line.name:
                line.name = False

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.product_id.uom_id or line.product_uom_id

    @api.depends("product_qty", "price_unit", "currency_id")
    def _compute_price_subtotal(self):
        for line in self:
            amount = line.product_qty * line.price_unit
            currency = line.currency_id or line.env.company.currency_id
            line.price_subtotal = currency.round(amount)
