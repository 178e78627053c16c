from odoo import fields, models
from odoo.fields import Command

from ..base.outsourcing_flow_mixin import FLOW_KEY
from ..base.outsourcing_grant import server_write
from .outsourcing_tender_flow import PROCUREMENT


class OutsourcingTender(models.Model):
    """From the ranking to the order: award, quotations, confirmation."""

    _inherit = "outsourcing.tender"

    award_ids = fields.One2many(
        comodel_name="outsourcing.award",
        inverse_name="tender_id",
        string="Awards",
        copy=False,
    )
    award_id = fields.Many2one(
        comodel_name="outsourcing.award",
        string="Award",
        compute="_compute_award_id",
        compute_sudo=True,
        help="The award that is not annulled.",
    )
    objection_ids = fields.One2many(
        comodel_name="outsourcing.objection",
        inverse_name="tender_id",
        string="Objections",
        copy=False,
    )
    purchase_order_ids = fields.One2many(
        comodel_name="purchase.order",
        inverse_name="outsourcing_tender_id",
        string="Quotations",
        copy=False,
    )
    purchase_order_count = fields.Integer(compute="_compute_purchase_order_count")
    purchase_group_id = fields.Many2one(
        comodel_name="purchase.order.group",
        compute="_compute_purchase_group_id",
        help="Groups the quotations as alternatives while several are alive.",
    )
    can_propose_award = fields.Boolean(compute="_compute_flow_can")
    can_confirm_order = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_award_id(self):
        for tender in self:
            tender.award_id = tender.award_ids.filtered(
                lambda award: award.state != "annulled"
            )[:1]

    def _compute_purchase_order_count(self):
        # Readers of the tender see the number, purchase users the orders.
        counts = dict(
            self.env["purchase.order"]
            .sudo()
            ._read_group(
                [("outsourcing_tender_id", "in", self.ids)],
                ["outsourcing_tender_id"],
                ["__count"],
            )
        )
        for tender in self:
            tender.purchase_order_count = counts.get(tender, 0)

    def _compute_purchase_group_id(self):
        for tender in self:
            orders = tender.sudo().purchase_order_ids
            tender.purchase_group_id = orders.purchase_group_id[:1].sudo(False)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_propose_award(self):
        """Make the award to the first-ranked bid, with the evaluation report."""
        self._take_step("award_proposed")
        return self.award_id._get_form_action() if len(self) == 1 else True

    def action_confirm_order(self):
        """Confirm the winner's order and cancel the others, the native way.

        The order may end as “to approve” where the company asks purchase
        managers for a second validation.
        """
        self._flow_check_can("confirm_order")
        for tender in self:
            tender._confirm_order()
        return True

    def action_view_award(self):
        self.ensure_one()
        return self.award_id._get_form_action()

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("purchase.purchase_rfq")
        action["domain"] = [("outsourcing_tender_id", "=", self.id)]
        action["context"] = {"create": False}
        return action

    def action_compare_orders(self):
        """Open Odoo's comparison of alternatives, line by line."""
        self.ensure_one()
        return self.purchase_order_ids[:1].action_compare_alternative_lines()

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_propose_award_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for tender in self:
            if not tender.is_scoring_complete:
                reasons[tender.id] = tender._get_scoring_pending_reason()
            elif not tender.is_price_opened:
                reasons[tender.id] = self.env._("open the prices first.")
            elif not tender._get_racing_bids():
                reasons[tender.id] = self.env._(
                    "every bid is disqualified: fail the tender."
                )
            elif problems := tender._get_committee_problems():
                reasons[tender.id] = " ".join(problems)
        return reasons

    def _get_cannot_confirm_order_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for tender in self:
            order = tender._get_winning_order()
            if tender.state not in ("awarded", "contracted"):
                reasons[tender.id] = self.env._("its award is not final.")
            elif not order:
                reasons[tender.id] = self.env._("the winner has no quotation.")
            elif order.state not in ("draft", "sent", "cancel"):
                reasons[tender.id] = self.env._(
                    "the order %(order)s is “%(state)s” already.",
                    order=order.name,
                    state=dict(order._fields["state"]._description_selection(self.env))[
                        order.state
                    ],
                )
        return reasons

    def _get_system_step_reason(self, text):
        return {} if self._flow_is_system() else dict.fromkeys(self.ids, text)

    def _get_cannot_reopen_reason(self):
        return self._get_system_step_reason(
            self.env._("annul its award with a reason; the evaluation opens again.")
        )

    def _get_cannot_notify_reason(self):
        return self._get_system_step_reason(
            self.env._("notify the bidders on its award; the standstill begins then.")
        )

    def _get_cannot_finalise_reason(self):
        return self._get_system_step_reason(
            self.env._("its award becomes final after the standstill.")
        )

    def _get_cannot_contract_reason(self):
        return self._get_system_step_reason(
            self.env._("confirm the order of the winner.")
        )

    # ------------------------------------------------------------
    # SIDE EFFECTS
    # ------------------------------------------------------------

    def _enter_award_proposed(self, origins):
        for tender in self:
            tender._rank()
            self.env["outsourcing.award"]._propose(tender)

    def _enter_awarded(self, origins):
        for tender in self:
            tender._plan_activity(
                "mail_activity_type_tender_order", tender.user_id, None
            )

    def _enter_contracted(self, origins):
        self._finish_activities("mail_activity_type_tender_order")

    # ------------------------------------------------------------
    # QUOTATIONS
    # ------------------------------------------------------------

    def _create_quotations(self):
        """Make one request for quotation per bid, grouped as alternatives."""
        self.ensure_one()
        Order = self.env["purchase.order"].with_company(self.company_id)
        Order = Order.with_context(outsourcing_flow_key=FLOW_KEY)
        orders = Order.browse()
        for bid in self._get_racing_bids().filtered(
            lambda bid: not bid.purchase_order_id
        ):
            order = Order.create(self._prepare_quotation_values(bid))
            order.order_line._compute_tax_id()
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(bid.sudo(), {"purchase_order_id": order.id})
            orders |= order
        if len(orders) > 1:
            self.env["purchase.order.group"].with_context(
                outsourcing_flow_key=FLOW_KEY
            ).create({"order_ids": [Command.set(orders.ids)]})

    def _prepare_quotation_values(self, bid):
        self.ensure_one()
        return {
            "partner_id": bid.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "user_id": self.user_id.id,
            "origin": self.name,
            "date_order": fields.Datetime.now(),
            "outsourcing_tender_id": self.id,
            "outsourcing_bid_id": bid.id,
            "order_line": [
                Command.create(self._prepare_quotation_line_values(line))
                for line in bid.line_ids
            ],
        }

    def _prepare_quotation_line_values(self, line):
        starts = [date for date in self.request_ids.mapped("date_start") if date]
        return {
            "product_id": line.tender_line_id.product_id.id,
            "name": line.name,
            "product_qty": line.product_qty,
            "product_uom_id": line.tender_line_id.product_uom_id.id,
            "price_unit": line.price_unit,
            "discount": 0.0,
            "sequence": line.sequence,
            "date_planned": min(starts) if starts else fields.Datetime.now(),
        }

    # ------------------------------------------------------------
    # ORDER
    # ------------------------------------------------------------

    def _get_winning_order(self):
        """Return the order of the bid whose award is final.

        :rtype: purchase.order (empty when there is none)
        """
        self.ensure_one()
        award = self.award_ids.filtered(lambda award: award.state == "final")
        return award.bid_id.purchase_order_id

    def _confirm_order(self):
        self.ensure_one()
        order = self._get_winning_order().with_context(
            outsourcing_flow_key=FLOW_KEY, skip_alternative_check=True
        )
        if order.state == "cancel":
            order.button_draft()
        winner = order.outsourcing_bid_id
        losers = self._get_racing_bids() - winner
        losers.purchase_order_id._outsourcing_cancel()
        # sudo: nobody has write access to bids; only the procedure writes them.
        server_write(losers.sudo(), {"state": "lost"})
        if winner.state == "ranked":
            # sudo: nobody has write access to bids; only the procedure writes them.
            server_write(winner.sudo(), {"state": "won"})
        self._audit(
            "confirm_order", {"order": order.name, "amount": order.amount_untaxed}
        )
        order.button_confirm()

    def _order_confirmed(self):
        """Follow the order of the winner, however it was approved."""
        server_write(
            self.filtered(lambda tender: tender.state == "awarded"),
            {"state": "contracted"},
        )

    # ------------------------------------------------------------
    # PREMATURE END
    # ------------------------------------------------------------

    def _end_without_award(self):
        """Annul the award, cancel quotations, free the requests."""
        for tender in self:
            # A manager may end a tender without rights on awards or orders.
            system = tender.sudo()
            server_write(
                system.award_id,
                {"state": "annulled", "annul_reason": tender.end_reason},
            )
            system.purchase_order_ids._outsourcing_cancel()
            server_write(
                system.request_ids.filtered(
                    lambda request: request.state == "in_tender"
                ),
                {"state": "approved"},
            )
            system.activity_ids.unlink()
