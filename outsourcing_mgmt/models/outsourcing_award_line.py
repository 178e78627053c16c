from odoo import fields, models


class OutsourcingAwardLine(models.Model):
    """One awarded service with the price of the winning bid, frozen.

    Written by the award itself; nobody edits it.
    """

    _name = "outsourcing.award.line"
    _description = "Award Line"
    _inherit = ["outsourcing.flow.line.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    _flow_parent = "award_id"
    _flow_parent_lines = "line_ids"

    award_id = fields.Many2one(
        comodel_name="outsourcing.award",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="award_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="award_id.currency_id")
    sequence = fields.Integer(default=10)
    tender_line_id = fields.Many2one(
        comodel_name="outsourcing.tender.line",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    product_id = fields.Many2one(
        comodel_name="product.product", required=True, ondelete="restrict"
    )
    name = fields.Text(string="Description", required=True)
    product_qty = fields.Float(string="Quantity", digits="Product Unit", required=True)
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom", string="Unit", required=True
    )
    price_unit = fields.Float(string="Unit Price", digits="Product Price")
    price_subtotal = fields.Monetary(string="Subtotal")
