from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_list

from ..base.acting_person import check_person
from ..base.grants import (
    get_granted_names,
    granting,
    is_granted,
    is_server_act,
    server_create,
    server_unlink,
    server_write,
    spend,
)
from ..base.uninstall import guards_deletion

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
LINE_TERMS = frozenset(
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
ADVANCE_TERMS = frozenset({"discount", "name", "price_unit", "tax_ids"})
"""What a bill of an advance may set on the line that stands for it."""
AMOUNT_TERMS = frozenset(
    {
        "order_id",
        "product_qty",
        "product_uom_id",
        "price_unit",
        "discount",
        # Of a tax that is included in the price, the rest is what is ordered.
        "tax_ids",
    }
)
"""What changes the sum of an order; an amendment of its contract may do so, too."""
RECEIVED = frozenset({"qty_received", "qty_received_manual"})
CONFIRMED = ("to approve", "purchase")
UNCONFIRMED = ("draft", "sent", "cancel")
RIVALS = frozenset({"alternative_po_ids", "purchase_group_id"})
"""What would tell a bidder how many rivals there are."""


class PurchaseOrder(models.Model):
    """Ties an order to its tender and to its outsourcing contract.

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
    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Outsourcing Contract",
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("purchase_group_id")
    def _check_outsourcing_group(self):
        """Alternatives of a tender are its bids and nothing else."""
        # sudo: purchase users need not be allowed to read tenders.
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
        names = set().union(*vals_list)
        # Defaults come from the caller too: by its context, or stored by the user.
        names |= self.default_get([*CLAIMS]).keys()
        self._outsourcing_check_claims(names, "create")
        spend(self, "create")
        orders = super().create(vals_list)
        linked = orders.filtered("outsourcing_contract_id")
        linked._check_outsourcing_vendor()
        linked.outsourcing_contract_id._check_orders()
        return orders

    def write(self, vals):
        self._outsourcing_check_claims(vals, "write")
        # sudo: purchase users need not be allowed to read tenders.
        orders = self.filtered(lambda order: order.sudo().outsourcing_tender_id)
        if orders:
            orders._outsourcing_check_terms(vals)
            orders._outsourcing_check_state(vals.get("state"))
        spend(self)
        is_linking = bool({"outsourcing_contract_id", "currency_id"} & vals.keys())
        revived = self.filtered(
            lambda order: "state" in vals and order.state == "cancel" != vals["state"]
        )
        # Not every user who writes an order may read its contract.
        contracts = is_linking and self.outsourcing_contract_id
        result = super().write(vals)
        if is_linking:
            self._check_outsourcing_vendor()
            (contracts | self.outsourcing_contract_id)._check_orders()
        revived.outsourcing_contract_id._check_orders()
        if vals.get("state") == "purchase" and orders:
            # sudo: the purchase manager who approves has no right on tenders.
            tenders = orders.sudo().outsourcing_tender_id
            server_write(
                tenders.filtered(lambda tender: tender.state == "awarded"),
                {"state": "contracted"},
            )
        return result

    @api.model
    def _has_field_access(self, field, operation):
        """Hide the other quotations from vendors, who read their own."""
        # Not by groups of the fields: core's views use them for everybody.
        if field.name in RIVALS and self.env.user.share and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @guards_deletion
    def _unlink_except_outsourcing(self):
        # sudo: purchase users need not be allowed to read tenders.
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
        # sudo: purchase users need not be allowed to read tenders.
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
        # sudo: purchase users need not be allowed to read tenders.
        orders = self.filtered(lambda order: not order.sudo().outsourcing_tender_id)
        return super(PurchaseOrder, orders)._add_supplier_to_product()

    # ------------------------------------------------------------
    # CONTRACT
    # ------------------------------------------------------------

    def _check_outsourcing_vendor(self):
        # sudo: purchase users need not be allowed to read contracts.
        for order in self.sudo().filtered("outsourcing_contract_id"):
            contract = order.outsourcing_contract_id
            if order.partner_id.commercial_partner_id != contract.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s is not with the vendor of %(contract)s.",
                        order=order.name,
                        contract=contract.name,
                    )
                )

    # ------------------------------------------------------------
    # TENDER
    # ------------------------------------------------------------

    def _outsourcing_check_claims(self, names, operation):
        """Let only the opening of bids make orders of a tender."""
        claims = CLAIMS.intersection(names)
        if claims and not is_granted(self, operation, claims):
            raise AccessError(
                self.env._(
                    "Orders of a tender are made by the opening of its bids only."
                )
            )

    def _outsourcing_needs_tender(self):
        """Whether only the tender may confirm this order now."""
        return bool(
            # sudo: purchase users need not be allowed to read tenders.
            self.sudo().outsourcing_tender_id
            and self.state != "to approve"
            and not is_granted(self, "write", {"state"})
        )

    def _outsourcing_check_terms(self, vals):
        touched = TERMS.intersection(vals) - get_granted_names(self)
        # Commands on lines are judged by the lines themselves.
        if touched - {"order_line"}:
            raise UserError(self[0]._outsourcing_frozen_message())

    def _outsourcing_check_state(self, target):
        """Judge a change of state, on whatever route it comes."""
        for order in self.filtered(lambda item: target and item.state != target):
            if target in CONFIRMED:
                check_person(order)
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
            elif not is_granted(order, "write", {"state"}) and (
                target == "draft"
                or (target == "cancel" and order.state not in CONFIRMED)
            ):
                raise UserError(
                    self.env._(
                        "%(order)s answers the tender %(tender)s: it ends with the "
                        "tender, or when its bid is disqualified there.",
                        order=order.name,
                        # sudo: purchase users need not be allowed to read tenders.
                        tender=order.sudo().outsourcing_tender_id.name,
                    )
                )

    def _outsourcing_get_cannot_confirm_reason(self):
        """Say why the order may not be confirmed, or return an empty string.

        :rtype: str
        """
        self.ensure_one()
        # sudo: purchase users need not be allowed to read tenders and bids.
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
        if bid not in final.bid_id:
            return self.env._(
                "%(order)s did not win the tender %(tender)s; %(winner)s did.",
                order=order.name,
                tender=tender.name,
                winner=format_list(self.env, final.partner_id.mapped("name")),
            )
        if not order._outsourcing_equals_bid():
            return self.env._(
                "%s is not what the vendor bid: lines, quantities, prices and currency "
                "must be those of the award.",
                order.name,
            )
        return ""

    def _outsourcing_equals_bid(self):
        """Whether vendor, currency and lines are exactly what the bid was awarded."""
        self.ensure_one()
        bid = self.outsourcing_bid_id
        awards = self.outsourcing_tender_id.award_ids
        awarded = awards.filtered(
            lambda award: award.state == "final" and award.bid_id == bid
        ).line_ids.tender_line_id
        ordered = sorted(
            (
                line.product_id.id,
                line.product_uom_id.id,
                line.product_qty,
                line.price_unit,
                line.discount,
            )
            for line in self.order_line
            if not line.display_type and not line._outsourcing_is_advance()
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
            if line.tender_line_id in awarded
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
            # sudo: purchase users need not be allowed to read tenders.
            tender=self.sudo().outsourcing_tender_id.name,
        )

    def _outsourcing_use_tender_message(self):
        self.ensure_one()
        return self.env._(
            "%(order)s is confirmed on its tender %(tender)s by procurement, which "
            "cancels the other quotations at the same time.",
            order=self.name,
            # sudo: purchase users need not be allowed to read tenders.
            tender=self.sudo().outsourcing_tender_id.name,
        )


class PurchaseOrderLine(models.Model):
    """Keeps the lines of a tender's orders to what the vendor bid.

    Bills go on as usual. What is received on a line with milestones follows from
    their acceptance.
    """

    _inherit = "purchase.order.line"

    outsourcing_milestone_ids = fields.One2many(
        comodel_name="outsourcing.contract.milestone",
        inverse_name="purchase_line_id",
        string="Outsourcing Milestones",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        is_server = is_server_act(self.browse())
        spend(self, "create")
        lines = super().create(vals_list)
        if not is_server:
            lines.filtered(
                lambda line: (
                    not line._outsourcing_is_advance()
                    or line.order_id.state != "purchase"
                )
            )._outsourcing_check_frozen()
            lines._check_outsourcing_contract()
        return lines

    def write(self, vals):
        touched = vals.keys() - get_granted_names(self)
        spend(self)
        if RECEIVED & touched:
            self._check_outsourcing_received()
        if terms := LINE_TERMS & touched:
            frozen = self
            if ADVANCE_TERMS >= terms:
                frozen = self.filtered(lambda line: not line._outsourcing_is_advance())
            frozen._outsourcing_check_frozen()
        result = super().write(vals)
        if "order_id" in touched:
            self._outsourcing_check_frozen()
        if AMOUNT_TERMS & touched:
            self._check_outsourcing_contract()
        return result

    @guards_deletion
    def _unlink_except_outsourcing(self):
        if not is_granted(self, "unlink"):
            self._outsourcing_check_frozen()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_outsourcing_received(self):
        """A line with milestones is received by their acceptance only."""
        # sudo: purchase users need not be allowed to read milestones.
        guarded = self.sudo().filtered("outsourcing_milestone_ids")
        if guarded:
            raise UserError(
                self.env._(
                    "%s: what is received follows from the milestones of its contract. "
                    "The outsourcing department accepts them.",
                    format_list(self.env, guarded.mapped("display_name")),
                )
            )

    def _check_outsourcing_contract(self):
        """Lines of a contract's order stay within the contract, as the orders do."""
        # sudo: purchase users need not be allowed to read contracts.
        lines = self.sudo().filtered(
            lambda line: not line.display_type and not line._outsourcing_is_advance()
        )
        lines.order_id.outsourcing_contract_id._check_orders()

    def _outsourcing_is_advance(self):
        """Whether the line stands for an advance: it orders nothing.

        Odoo marks its down payments, OCA's ``purchase_deposit`` its deposits.
        """
        self.ensure_one()
        is_deposit = "is_deposit" in self._fields and self.is_deposit
        return not self.product_qty and bool(self.is_downpayment or is_deposit)

    def _outsourcing_check_frozen(self):
        # sudo: the tender is readable by employees only; the rule holds for all.
        for order in self.sudo().order_id.filtered("outsourcing_tender_id"):
            raise UserError(order._outsourcing_frozen_message())


# ------------------------------------------------------------
# ACTS OF THE PROCEDURE
# ------------------------------------------------------------


def get_order_problem(tender):
    """Say what keeps Odoo from making orders in the tender's company, or nothing.

    With Inventory, each order needs a place of delivery, though services have none.
    """
    # sudo: whoever publishes or opens need not read the configuration of inventory.
    Order = tender.env["purchase.order"].sudo().with_company(tender.company_id)
    name = "picking_type_id"
    if name not in Order._fields or not Order._fields[name].required:
        return ""
    # pylint: disable=context-overridden
    if Order.with_context({}).default_get([name]).get(name):
        return ""
    return tender.env._(
        "%(company)s has no warehouse, and Odoo makes no order without one, also for "
        "services. Create it under Inventory, Configuration, Warehouses.",
        company=tender.company_id.name,
    )


def create_quotations(tender, bids):
    """Make one request for quotation per bid, grouped as alternatives.

    :param bids: opened bids of the tender, with sudo (outsourcing.bid)
    """
    if not bids:
        return
    tender = tender.with_company(tender.company_id)
    # Defaults come from whoever calls, and would reach the state of the orders.
    clean = {
        name: value
        for name, value in tender.env.context.items()
        if not name.startswith("default_")
    }
    # pylint: disable=context-overridden
    env = tender.with_context(clean).env
    starts = [date for date in tender.request_ids.mapped("date_start") if date]
    planned = min(starts) if starts else fields.Datetime.now()
    orders = server_create(
        env["purchase.order"],
        [
            {
                "partner_id": bid.partner_id.id,
                "company_id": tender.company_id.id,
                "currency_id": tender.currency_id.id,
                "user_id": tender.user_id.id,
                "origin": tender.name,
                "date_order": fields.Datetime.now(),
                "outsourcing_tender_id": tender.id,
                "outsourcing_bid_id": bid.id,
            }
            for bid in bids
        ],
    )
    lines = server_create(
        env["purchase.order.line"],
        [
            {
                "order_id": order.id,
                "product_id": line.tender_line_id.product_id.id,
                "name": line.name,
                "product_qty": line.product_qty,
                "product_uom_id": line.tender_line_id.product_uom_id.id,
                "price_unit": line.price_unit,
                "discount": 0.0,
                "sequence": line.sequence,
                "date_planned": planned,
            }
            for order, bid in zip(orders, bids, strict=True)
            for line in bid.line_ids
        ],
    )
    with granting(lines, "tax_ids"):
        lines._compute_tax_id()
    for order, bid in zip(orders, bids, strict=True):
        server_write(bid, {"purchase_order_id": order.id})
    if len(orders) > 1:
        with granting(orders, "purchase_group_id"):
            env["purchase.order.group"].create({"order_ids": [Command.set(orders.ids)]})


def confirm_order(order):
    """Confirm the order of a final award; one that was refused begins again."""
    with granting(order, "state"):
        if order.state == "cancel":
            order.button_draft()
        order.with_context(skip_alternative_check=True).button_confirm()


def cut_to_award(order):
    """Take the lines out of an order that its bid did not win.

    The vendor's prices of them stay on the bid.
    """
    # sudo: purchase users need not be allowed to read tenders and bids.
    order = order.sudo()
    awards = order.outsourcing_tender_id.award_ids.filtered(
        lambda award: (
            award.state == "final" and award.bid_id == order.outsourcing_bid_id
        )
    )
    awarded = [
        (line.product_id, line.name, line.product_qty, line.price_unit)
        for line in awards.line_ids
    ]
    lost = order.order_line.filtered(
        lambda line: (
            not line.display_type
            and (line.product_id, line.name, line.product_qty, line.price_unit)
            not in awarded
        )
    )
    server_unlink(lost)


def cancel_quotations(orders):
    """Cancel the quotations that are not confirmed."""
    orders = orders.filtered(lambda order: order.state not in ("purchase", "cancel"))
    if orders:
        with granting(orders, "state"):
            orders.button_cancel()


def receive_line(line, quantity):
    """Set what was received on a line, from an accepted milestone."""
    with granting(line, *RECEIVED):
        line.write({"qty_received": quantity})
