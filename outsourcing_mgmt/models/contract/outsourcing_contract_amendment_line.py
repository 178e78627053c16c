from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.grants import granting


class OutsourcingContractAmendmentLine(models.Model):
    """A change of one line of the contract's orders: new quantity, new price.

    Obeys the amendment: it changes only while that is a draft. The approval writes
    it to the order.
    """

    _name = "outsourcing.contract.amendment.line"
    _inherit = ["outsourcing.flow.line.mixin"]
    _description = "Change of an Order Line"
    _order = "amendment_id, id"
    _check_company_auto = True

    _flow_parent = "amendment_id"
    _flow_parent_lines = "line_ids"

    amendment_id = fields.Many2one(
        comodel_name="outsourcing.contract.amendment",
        required=True,
        index=True,
        ondelete="cascade",
    )
    contract_id = fields.Many2one(related="amendment_id.contract_id")
    company_id = fields.Many2one(
        related="amendment_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="amendment_id.currency_id")
    purchase_line_id = fields.Many2one(
        comodel_name="purchase.order.line",
        string="Order Line",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('order_id.outsourcing_contract_id', '=', contract_id),"
        " ('order_id.state', '=', 'purchase'), ('display_type', '=', False)]",
    )
    quantity_before = fields.Float(
        string="Quantity Now",
        compute="_compute_before",
        store=True,
        digits="Product Unit",
        help="On the order; kept as it was when the amendment was approved.",
    )
    price_before = fields.Float(
        string="Price Now",
        compute="_compute_before",
        store=True,
        digits="Product Price",
    )
    quantity = fields.Float(
        string="New Quantity",
        compute="_compute_new",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Unit",
    )
    price_unit = fields.Float(
        string="New Price",
        compute="_compute_new",
        store=True,
        readonly=False,
        precompute=True,
        digits="Product Price",
    )
    amount_change = fields.Monetary(
        string="Difference",
        compute="_compute_amount_change",
        store=True,
        help="Untaxed, in the currency of the contract.",
    )

    _line_once = models.UniqueIndex(
        "(amendment_id, purchase_line_id)",
        "An amendment changes an order line once.",
    )
    _amounts_positive = models.Constraint(
        "CHECK (quantity >= 0 AND price_unit >= 0)",
        "An order line has no negative quantity or price.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends(
        "amendment_id.state",
        "purchase_line_id.product_qty",
        "purchase_line_id.price_unit",
    )
    def _compute_before(self):
        for line in self.filtered(lambda item: item.amendment_id.state == "draft"):
            # sudo: readers of the amendment need not read the order.
            ordered = line.sudo().purchase_line_id
            line.quantity_before = ordered.product_qty
            line.price_before = ordered.price_unit

    @api.depends("purchase_line_id")
    def _compute_new(self):
        for line in self:
            # sudo: as above.
            ordered = line.sudo().purchase_line_id
            line.quantity = ordered.product_qty
            line.price_unit = ordered.price_unit

    @api.depends(
        "quantity",
        "price_unit",
        "quantity_before",
        "price_before",
        "purchase_line_id.discount",
        "contract_id.currency_id",
    )
    def _compute_amount_change(self):
        for line in self.filtered(lambda item: item.amendment_id.state == "draft"):
            # sudo: as above.
            ordered = line.sudo().purchase_line_id
            share = 1 - (ordered.discount or 0.0) / 100
            currency = ordered.currency_id or line.currency_id
            amounts = [
                currency.round(quantity * price * share)
                for quantity, price in (
                    (line.quantity_before, line.price_before),
                    (line.quantity, line.price_unit),
                )
            ]
            # sudo: as above.
            contract = line.sudo().contract_id
            line.amount_change = contract._convert_ordered(
                ordered.order_id, amounts[1] - amounts[0]
            )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("purchase_line_id", "quantity", "amendment_id")
    def _check_order_line(self):
        for line in self.filtered(lambda item: item.amendment_id.state == "draft"):
            if reason := line._get_order_reason():
                raise ValidationError(reason)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_order_reason(self):
        """Say why the order line cannot become what the line says, or nothing."""
        self.ensure_one()
        # sudo: reviewers of the amendment need not read the order.
        change = self.sudo()
        line, contract = change.purchase_line_id, change.contract_id
        order = line.order_id
        if order.outsourcing_contract_id != contract or order.state != "purchase":
            return self.env._(
                "%(order)s is no confirmed order of %(contract)s.",
                order=order.name,
                contract=contract.name,
            )
        used = max(line.qty_received, line.qty_invoiced)
        if line.product_uom_id.compare(self.quantity, used) < 0:
            return self.env._(
                "%(line)s: %(used)s were received or billed already, so that "
                "%(quantity)s is too few.",
                line=line.display_name,
                used=used,
                quantity=self.quantity,
            )
        fixed = line.outsourcing_milestone_ids.filtered(
            lambda item: not item.share or item.state != "planned"
        )
        planned = sum(fixed.mapped("quantity"))
        if line.product_uom_id.compare(self.quantity, planned) < 0:
            return self.env._(
                "%(line)s: its milestones plan %(planned)s, so that %(quantity)s is "
                "too few. Change or delete planned milestones first.",
                line=line.display_name,
                planned=planned,
                quantity=self.quantity,
            )
        return ""


def write_to_orders(lines):
    """Bring the order lines to what an approved amendment says.

    :param lines: outsourcing.contract.amendment.line
    """
    # sudo: reviewers are no purchase users; the order tells where the change is from.
    for order in lines.sudo().purchase_line_id.order_id:
        order.message_post(
            body=lines.env._(
                "Changed by the amendment %(amendment)s of %(contract)s.",
                amendment=lines.amendment_id.name,
                contract=lines.contract_id.name,
            )
        )
    for line in lines:
        # sudo: reviewers are no purchase users; what they approved says what changes.
        ordered = line.sudo().purchase_line_id
        with granting(ordered, "product_qty", "price_unit"):
            ordered.write({"product_qty": line.quantity, "price_unit": line.price_unit})
