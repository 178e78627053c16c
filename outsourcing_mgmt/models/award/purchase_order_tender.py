from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..base.outsourcing_flow_mixin import FLOW_KEY

CLAIMS = frozenset({"outsourcing_tender_id", "outsourcing_bid_id"})
TERMS = frozenset(
    {
        "partner_id",
        "company_id",
        "currency_id",
        "order_line",
        "purchase_group_id",
        "alternative_po_ids",
        *CLAIMS,
    }
)
CONFIRMED = ("to approve", "purchase")


class PurchaseOrder(models.Model):
    """Keeps the orders of a tender to what was bid and awarded.

    Odoo guards an order's state in its buttons only. Here every route ends in
    ``create`` and ``write``: nobody makes an order claim a tender, changes what
    the vendor bid, or confirms before the award is final.
    """

    _inherit = "purchase.order"

    # Vendors read their orders by RPC; the tender is not for them.
    outsourcing_tender_id = fields.Many2one(
        comodel_name="outsourcing.tender",
        string="Tender",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        groups="base.group_user",
    )
    outsourcing_bid_id = fields.Many2one(
        comodel_name="outsourcing.bid",
        string="Bid",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("purchase_group_id")
    def _check_outsourcing_group(self):
        """Alternatives of a tender are its bids and nothing else."""
        for group in self.sudo().purchase_group_id:
            tenders = {order.outsourcing_tender_id for order in group.order_ids}
            if len(tenders) > 1:
                raise ValidationError(
                    self.env._(
                        "Quotations of the tender %s are compared with each other "
                        "only; make the other order without it.",
                        group.order_ids.outsourcing_tender_id[:1].name,
                    )
                )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self._outsourcing_has_key() and (
            any(CLAIMS.intersection(vals) for vals in vals_list)
            or any(f"default_{name}" in self.env.context for name in CLAIMS)
        ):
            raise AccessError(
                self.env._(
                    "Orders of a tender are made by the opening of its bids only."
                )
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self._outsourcing_has_key() and CLAIMS.intersection(vals):
            raise AccessError(
                self.env._(
                    "Orders of a tender are made by the opening of its bids only."
                )
            )
        orders = self.filtered(lambda order: order.sudo().outsourcing_tender_id)
        if orders:
            orders._outsourcing_check_terms(vals)
            orders._outsourcing_check_state(vals.get("state"))
        result = super().write(vals)
        if vals.get("state") == "purchase" and orders:
            # The purchase manager who approves has no right on tenders.
            orders.sudo().outsourcing_tender_id._order_confirmed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_outsourcing(self):
        for order in self.sudo().filtered("outsourcing_tender_id"):
            raise UserError(
                self.env._(
                    "%(order)s answers the tender %(tender)s and is kept.",
                    order=order.name,
                    tender=order.outsourcing_tender_id.name,
                )
            )

    # ------------------------------------------------------------
    # PURCHASE OVERRIDES
    # ------------------------------------------------------------

    def action_merge(self):
        for order in self.sudo().filtered("outsourcing_tender_id"):
            raise UserError(order._outsourcing_frozen_message())
        return super().action_merge()

    def _confirmation_error_message(self):
        reason = self._outsourcing_get_cannot_confirm_reason()
        if not reason and self._outsourcing_needs_tender():
            reason = self._outsourcing_use_tender_message()
        return reason or super()._confirmation_error_message()

    def _add_supplier_to_product(self):
        # Every employee reads the vendor prices of products; a bid stays private.
        orders = self.filtered(lambda order: not order.sudo().outsourcing_tender_id)
        return super(PurchaseOrder, orders)._add_supplier_to_product()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _outsourcing_has_key(self):
        return self.env.context.get("outsourcing_flow_key") is FLOW_KEY

    def _outsourcing_needs_tender(self):
        """Whether only the tender may confirm this order now."""
        return bool(
            self.sudo().outsourcing_tender_id
            and self.state != "to approve"
            and not self._outsourcing_has_key()
        )

    def _outsourcing_cancel(self):
        """Cancel open quotations on behalf of the procedure."""
        orders = self.filtered(lambda order: order.state not in ("purchase", "cancel"))
        if orders:
            orders.with_context(outsourcing_flow_key=FLOW_KEY).button_cancel()

    def _outsourcing_check_terms(self, vals):
        if not self._outsourcing_has_key() and TERMS.intersection(vals):
            # Commands on lines are judged by the lines themselves.
            if TERMS.intersection(vals) == {"order_line"}:
                return
            raise UserError(self[0]._outsourcing_frozen_message())

    def _outsourcing_check_state(self, target):
        """Judge a change of state, on whatever route it comes."""
        for order in self.filtered(lambda item: target and item.state != target):
            if target in CONFIRMED:
                reason = order._outsourcing_get_cannot_confirm_reason()
                if not reason and order._outsourcing_needs_tender():
                    reason = order._outsourcing_use_tender_message()
                if (
                    not reason
                    and target == "purchase"
                    and not order._approval_allowed()
                ):
                    reason = self.env._(
                        "%s needs the approval of a purchase manager.", order.name
                    )
                if reason:
                    raise UserError(reason)
            elif not self._outsourcing_has_key() and (
                target == "draft"
                or (target == "cancel" and order.state not in CONFIRMED)
            ):
                raise UserError(
                    self.env._(
                        "%(order)s answers the tender %(tender)s: it ends with the "
                        "tender, or when its bid is disqualified there.",
                        order=order.name,
                        tender=order.sudo().outsourcing_tender_id.name,
                    )
                )

    def _outsourcing_get_cannot_confirm_reason(self):
        """Say why the order may not be confirmed, or return an empty string.

        :rtype: str
        """
        self.ensure_one()
        # Purchase users need not be allowed to read tenders and bids.
        order = self.sudo()
        tender, bid = order.outsourcing_tender_id, order.outsourcing_bid_id
        if not tender:
            return ""
        final = tender.award_ids.filtered(lambda award: award.state == "final")
        if not final:
            return self.env._(
                "%(order)s answers the tender %(tender)s, whose award is not final: it "
                "cannot be confirmed yet.",
                order=order.name,
                tender=tender.name,
            )
        if final.bid_id != bid:
            return self.env._(
                "%(order)s did not win the tender %(tender)s; %(winner)s did.",
                order=order.name,
                tender=tender.name,
                winner=final.partner_id.name,
            )
        if not order._outsourcing_equals_bid():
            return self.env._(
                "%s is not what the vendor bid: lines, quantities, prices and currency "
                "must be those of the award.",
                order.name,
            )
        return ""

    def _outsourcing_equals_bid(self):
        """Whether vendor, currency and lines are exactly those of the bid."""
        self.ensure_one()
        bid = self.outsourcing_bid_id
        ordered = sorted(
            (
                line.product_id.id,
                line.product_uom_id.id,
                line.product_qty,
                line.price_unit,
                line.discount,
            )
            for line in self.order_line
            if not line.display_type
        )
        bidden = sorted(
            (
                line.tender_line_id.product_id.id,
                line.tender_line_id.product_uom_id.id,
                line.product_qty,
                line.price_unit,
                0.0,
            )
            for line in bid.line_ids
        )
        return (
            ordered == bidden
            and self.partner_id == bid.partner_id
            and self.currency_id == bid.currency_id
            and self.company_id == bid.company_id
        )

    def _outsourcing_frozen_message(self):
        self.ensure_one()
        return self.env._(
            "%(order)s answers the tender %(tender)s: what the vendor bid cannot be "
            "changed, merged or regrouped.",
            order=self.name,
            tender=self.sudo().outsourcing_tender_id.name,
        )

    def _outsourcing_use_tender_message(self):
        self.ensure_one()
        return self.env._(
            "%(order)s is confirmed on its tender %(tender)s by procurement, which "
            "cancels the other quotations at the same time.",
            order=self.name,
            tender=self.sudo().outsourcing_tender_id.name,
        )
