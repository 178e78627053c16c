from odoo import api, fields, models

CONFIRMED = frozenset({"to approve", "purchase"})
PARTIES = frozenset({"partner_id", "company_id"})


class PurchaseOrder(models.Model):
    """Bills of an order carry its contract; blocked vendors get no order.

    Odoo confirms in buttons, yet every route ends in ``create`` and ``write``.
    """

    _inherit = "purchase.order"

    vendor_quality_block_reason = fields.Text(
        string="Blocked By Standing",
        compute="_compute_vendor_quality_block_reason",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id", "company_id", "state")
    def _compute_vendor_quality_block_reason(self):
        """Say before the click why the order cannot be confirmed."""
        Block = self.env["vendor.quality.block"]
        pending = self.filtered(
            lambda order: (
                order.partner_id and order.state in ("draft", "sent", "to approve")
            )
        )
        blocked = Block._get_blocked(
            "order", [(order, order.partner_id, order.company_id) for order in pending]
        )
        texts = {
            record: Block._get_message("order", record, vendor, standings)
            for record, vendor, standings in blocked
        }
        for order in self:
            order.vendor_quality_block_reason = texts.get(order, False)

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        if not CONFIRMED.isdisjoint(orders.mapped("state")):
            orders.filtered(
                lambda order: order.state in CONFIRMED
            )._vendor_quality_check_order()
        return orders

    def write(self, vals):
        target = vals.get("state")
        if not target and PARTIES.isdisjoint(vals):
            return super().write(vals)
        confirming = self.filtered(
            lambda order: (
                (target or order.state) in CONFIRMED
                and (PARTIES.intersection(vals) or (target and order.state != target))
            )
        )
        result = super().write(vals)
        if confirming:
            confirming._vendor_quality_check_order()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_check_order(self):
        """Refuse orders to blocked vendors, judged as they were written."""
        self.env["vendor.quality.block"]._check(
            "order", [(order, order.partner_id, order.company_id) for order in self]
        )

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        contract = self.outsourcing_contract_id
        if contract:
            values["outsourcing_contract_id"] = contract.id
        return values
