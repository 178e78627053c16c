from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.outsourcing_flow_mixin import FLOW_KEY


class OutsourcingAwardLine(models.Model):
    """One awarded service with the price of the winning bid, frozen.

    Written by the award itself; nobody edits it.
    """

    _name = "outsourcing.award.line"
    _description = "Award Line"
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

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_key()
        return super().create(vals_list)

    def write(self, vals):
        self._check_key()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_replaced(self):
        self._check_key()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _check_key(self):
        if self.env.context.get("outsourcing_flow_key") is not FLOW_KEY:
            raise AccessError(
                self.env._(
                    "What is awarded is what the winner bid; nobody edits it. Annul "
                    "the award if it is wrong."
                )
            )
