from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class OutsourcingContract(models.Model):
    """Who may take which step of a contract, and what is refused."""

    _inherit = "outsourcing.contract"

    # UI
    can_send_to_sign = fields.Boolean(compute="_compute_flow_can")
    can_reset = fields.Boolean(compute="_compute_flow_can")
    can_sign = fields.Boolean(compute="_compute_flow_can")
    can_file = fields.Boolean(compute="_compute_flow_can")
    can_activate = fields.Boolean(compute="_compute_flow_can")
    can_renew = fields.Boolean(compute="_compute_flow_can")
    can_terminate = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_entered(self, target, origins):
        result = super()._flow_entered(target, origins)
        log = self.env["outsourcing.audit.log"]
        for contract in self:
            log._record(
                contract, target, {"from": origins[contract.id], **contract._facts()}
            )
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_send_to_sign(self):
        """Freeze the contract and hand it to procurement for signature."""
        return self._take_step("to_sign")

    def action_reset(self):
        """Take an unsigned contract back to correct it."""
        return self._take_step("draft")

    def action_activate(self):
        """Start the service."""
        return self._take_step("active")

    def action_open_terminate_wizard(self):
        """Ask why the contract ends before its time."""
        self._flow_check_can("terminate")
        return self.env["outsourcing.reason.wizard"]._open(
            self, "action_terminate", self.env._("Terminate the Contract")
        )

    def action_terminate(self, reason):
        """End a signed contract before its time, for a stated reason."""
        for contract in self:
            contract._take_step(
                "terminated",
                termination_reason=reason,
                termination_date=contract.company_id._outsourcing_today(),
            )
        return True

    def action_cancel(self):
        """Give up a contract that was not signed."""
        return self._take_step("cancelled")

    def action_view_purchase_orders(self):
        """Open the orders placed under the contract."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Purchase Orders"),
            "res_model": "purchase.order",
            "view_mode": "list,form",
            "domain": [("outsourcing_contract_id", "in", self.ids)],
        }

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_send_to_sign_reason(self):
        contracts = self.filtered(lambda item: not item._continues_by_term())
        reasons = contracts._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )
        for contract in contracts.filtered(lambda item: not reasons.get(item.id)):
            if reason := contract._get_origin_reason():
                reasons[contract.id] = reason
        return reasons

    def _get_cannot_reset_reason(self):
        return self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )

    def _get_cannot_activate_reason(self):
        if self._flow_is_system():
            return {}
        reasons = self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_officer",
        )
        for contract in self:
            today = contract.company_id._outsourcing_today()
            if contract.date_start and contract.date_start > today:
                reasons.setdefault(
                    contract.id,
                    self.env._(
                        "it starts on %(date)s and is activated then.",
                        date=format_date(self.env, contract.date_start),
                    ),
                )
        return reasons

    def _get_cannot_terminate_reason(self):
        return self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )

    def _get_cannot_cancel_reason(self):
        return self._flow_reason_unless_in(
            "outsourcing_mgmt.group_outsourcing_procurement",
            "outsourcing_mgmt.group_outsourcing_manager",
        )

    def _get_origin_reason(self):
        """Say what is wrong with what the contract rests on, or nothing."""
        self.ensure_one()
        orders = self.sudo().purchase_order_ids.filtered(
            lambda order: order.state != "cancel"
        )
        ordered = sum(orders.mapped("amount_untaxed"))
        if orders and self.currency_id.compare_amounts(ordered, self.amount_total):
            return self.env._(
                "its amount is %(amount)s, its orders say %(ordered)s. Nothing is "
                "bargained after the award: both must be equal.",
                amount=self.currency_id.format(self.amount_total),
                ordered=self.currency_id.format(ordered),
            )
        return self._get_direct_reason()

    def _get_direct_reason(self):
        """Say why a contract without tender cannot go on, or nothing."""
        self.ensure_one()
        manager = "outsourcing_mgmt.group_outsourcing_manager"
        if self.predecessor_id or (self.direct_reason and self._flow_user_in(manager)):
            return ""
        return self.env._(
            "it has no award. A tender comes first; only an outsourcing manager sends "
            "a contract without one to sign, and gives the reason."
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_orders(self):
        """Keep orders to what was agreed, once the contract left its draft.

        Call-offs may be added while the contract is in force, as long as all
        orders together stay within its amount.
        """
        for contract in self.sudo():
            if contract.state in ("draft", "cancelled"):
                continue
            if contract.state not in ("signed", "active", "expiring"):
                raise UserError(
                    self.env._(
                        "%(name)s is “%(state)s”: its orders can no longer change.",
                        name=contract.name,
                        state=contract._flow_state_label(contract.state),
                    )
                )
            orders = contract.purchase_order_ids.filtered(
                lambda order: order.state != "cancel"
            )
            ordered = sum(orders.mapped("amount_untaxed"))
            if contract.currency_id.compare_amounts(ordered, contract.amount_total) > 0:
                raise UserError(
                    self.env._(
                        "%(name)s: its orders would be %(ordered)s, above the contract "
                        "amount of %(amount)s. Amend the contract first.",
                        name=contract.name,
                        ordered=contract.currency_id.format(ordered),
                        amount=contract.currency_id.format(contract.amount_total),
                    )
                )

    def _facts(self):
        """Return what the audit log says about each step."""
        self.ensure_one()
        return {
            "amount": self.currency_id.round(self.amount_total),
            "currency": self.currency_id.name,
            "partner": self.partner_id.id,
            "version": self.version,
        }
