from odoo import models

from ...tools.deferral import get_deferral
from .vendor_quality_gate_payment import judging_at_end


class AccountPaymentRegister(models.TransientModel):
    """Registers payments of bills: judged once, when all of them are matched."""

    _inherit = "account.payment.register"

    # ------------------------------------------------------------
    # ACCOUNT OVERRIDES
    # ------------------------------------------------------------

    def _compute_amount(self):
        """Propose what may be paid; a bill that may not be paid says why later."""
        result = super()._compute_amount()
        for wizard in self.filtered(
            lambda item: item.can_edit_wizard and not item.custom_user_amount
        ):
            room = wizard._vendor_quality_get_room(wizard.line_ids)
            if room and wizard.currency_id.compare_amounts(wizard.amount, room) > 0:
                wizard.amount = room
        return result

    def _create_payment_vals_from_batch(self, batch_result):
        values = super()._create_payment_vals_from_batch(batch_result)
        deferral = get_deferral()
        if deferral and len(batch_result["lines"].move_id) == 1:
            room = deferral.rooms.get(batch_result["lines"].move_id.id)
            if room:
                values["amount"] = min(values["amount"], room)
        return values

    def _create_payments(self):
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(self.line_ids.move_id)
        if not bills or not Gate._is_on(bills.company_id):
            return super()._create_payments()
        with judging_at_end(self.env) as deferral:
            if not self.can_edit_wizard or len(bills) > 1:
                deferral.rooms = Gate._get_governed_rooms(bills)
            payments = super()._create_payments()
            Gate._enforce_payments(payments)
        return payments

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_get_room(self, lines):
        """Return what may be paid on the bills now, or 0 if the gate sets no limit."""
        self.ensure_one()
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(lines.move_id)
        rooms = Gate._get_governed_rooms(bills)
        if len(rooms) != len(bills):
            return 0.0
        return sum(
            bill.currency_id._convert(
                rooms[bill.id], self.currency_id, self.company_id, self.payment_date
            )
            for bill in bills
        )
