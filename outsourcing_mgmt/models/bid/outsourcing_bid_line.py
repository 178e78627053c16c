from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.outsourcing_flow_mixin import FLOW_KEY


class OutsourcingBidLine(models.Model):
    """One price of an opened bid.

    Lines come out of the sealed price envelope when the prices are opened and
    never change: neither vendor nor buyer edits a price after the opening.
    """

    _name = "outsourcing.bid.line"
    _description = "Bid Line"
    _order = "bid_id, sequence, id"
    _rec_name = "name"
    _check_company_auto = True

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="bid_id.company_id", store=True, index=True)
    tender_id = fields.Many2one(related="bid_id.tender_id", store=True, index=True)
    partner_id = fields.Many2one(related="bid_id.partner_id", store=True, index=True)
    currency_id = fields.Many2one(related="bid_id.currency_id")
    tender_line_id = fields.Many2one(
        comodel_name="outsourcing.tender.line",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    sequence = fields.Integer(default=10)
    name = fields.Text(string="Description", required=True)
    product_qty = fields.Float(string="Quantity", digits="Product Unit", required=True)
    price_unit = fields.Float(
        string="Unit Price", digits="Product Price", required=True
    )
    price_subtotal = fields.Monetary(
        string="Subtotal", compute="_compute_price_subtotal", store=True
    )
    delivery_note = fields.Char(string="Delivery")

    _line_unique = models.UniqueIndex(
        "(bid_id, tender_line_id)", "A bid prices each line of the tender once."
    )
    _price_positive = models.Constraint(
        "CHECK (price_unit >= 0)", "A price cannot be negative."
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("product_qty", "price_unit", "currency_id")
    def _compute_price_subtotal(self):
        for line in self:
            subtotal = line.product_qty * line.price_unit
            line.price_subtotal = (
                line.currency_id.round(subtotal) if line.currency_id else subtotal
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_opening()
        return super().create(vals_list)

    def write(self, vals):
        self._check_opening()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_opened(self):
        self._check_opening()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _create_from_envelope(self, vals_list):
        return self.with_context(outsourcing_flow_key=FLOW_KEY).create(vals_list)

    @api.model
    def _check_opening(self):
        """Let only the opening of prices make lines."""
        if self.env.context.get("outsourcing_flow_key") is not FLOW_KEY:
            raise AccessError(
                self.env._(
                    "Prices of a bid come out of its sealed envelope and are never "
                    "edited. Ask for a new tender if they are wrong."
                )
            )
