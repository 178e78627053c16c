from odoo import api, models
from odoo.exceptions import UserError

from ..base.outsourcing_flow_mixin import FLOW_KEY

TERMS = frozenset(
    {
        "order_id",
        "product_id",
        "product_qty",
        "product_uom_id",
        "price_unit",
        "discount",
        "tax_ids",
        "display_type",
        "name",
    }
)


class PurchaseOrderLine(models.Model):
    """Freezes the lines of a tender's orders to what the vendor bid.

    Deliveries and bills go on as usual. Contract amendments change lines with
    the key of the server's own code.
    """

    _inherit = "purchase.order.line"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(
            lambda line: (
                not (
                    # Odoo's own down payments order nothing.
                    line.is_downpayment
                    and not line.product_qty
                    and line.order_id.state == "purchase"
                )
            )
        )._outsourcing_check_frozen()
        return lines

    def write(self, vals):
        if TERMS.intersection(vals):
            self._outsourcing_check_frozen()
        result = super().write(vals)
        if "order_id" in vals:
            self._outsourcing_check_frozen()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_outsourcing(self):
        self._outsourcing_check_frozen()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_frozen(self):
        if self.env.context.get("outsourcing_flow_key") is FLOW_KEY:
            return
        # The tender is readable by employees only; the rule holds for all.
        for order in self.sudo().order_id.filtered("outsourcing_tender_id"):
            raise UserError(order._outsourcing_frozen_message())
