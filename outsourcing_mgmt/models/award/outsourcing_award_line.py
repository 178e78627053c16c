from odoo import fields, models


class OutsourcingAwardLine(models.Model):
    """One awarded service with the price of the winning bid, frozen.

    Written by the award itself; nobody edits it.
    """

    _name = "outsourcing.award.line"
    _description = "Award Line"
    _inherit = ["outsourcing.server.rows.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

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
        comodel_name="product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
    )
    name = fields.Text(string="Description", required=True)
    product_qty = fields.Float(string="Quantity", digits="Product Unit", required=True)
    product_uom_id = fields.Many2one(
        comodel_name="uom.uom", string="Unit", required=True
    )
    price_unit = fields.Float(string="Unit Price", digits="Product Price")
    price_subtotal = fields.Monetary(string="Subtotal")
    reference_amount = fields.Monetary(
        string="Part of the Reference Price",
        readonly=True,
        help="What of the reference price answers this service of a tender that is "
        "awarded by line: by the estimates of the requests, or by the means of what "
        "was offered. Frozen when the award was proposed.",
    )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_server_only_message(self):
        return self.env._(
            "What is awarded is what the winner bid; nobody edits it. Annul "
            "the award if it is wrong."
        )
