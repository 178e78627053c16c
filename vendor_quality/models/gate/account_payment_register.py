from odoo import api, fields, models

from ...tools.deferral import get_deferral
from .vendor_quality_gate_payment import judging_at_end


class AccountPaymentRegister(models.TransientModel):
    """Registers payments of bills: judged once, when all of them are matched."""

    _inherit = "account.payment.register"

    vendor_quality_notice = fields.Char(compute="_compute_vendor_quality_notice")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("line_ids", "currency_id", "payment_date")
    def _compute_vendor_quality_notice(self):
        """Say why less is proposed than is due."""
        for wizard in self:
            room = wizard._vendor_quality_get_room(wizard.line_ids)
            bills = wizard.line_ids.move_id
            due = sum(
                bill.currency_id._convert(
                    bill.amount_residual,
                    wizard.currency_id,
                    wizard.company_id,
                    wizard.payment_date,
                )
                for bill in bills
            )
            wizard.vendor_quality_notice = False
            if room and wizard.currency_id.compare_amounts(room, due) < 0:
                wizard.vendor_quality_notice = self.env._(
                    "Of %(due)s due, %(room)s may be paid now. %(parts)s",
                    due=wizard.currency_id.format(due),
                    room=wizard.currency_id.format(room),
                    # sudo: whoever pays a bill hears why not all of it may be paid
                    parts=bills.sudo().vendor_quality_form_ids._describe_rest(),
                )

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
                self._vendor_quality_split(bills, deferral.rooms)
            payments = super()._create_payments()
            Gate._enforce_payments(payments)
        return payments

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_get_room(self, lines):
        """Return what may be paid on the bills now, or 0 if the gate sets no limit.

        Bills that the gate does not hold count with what is due.
        """
        self.ensure_one()
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(lines.move_id)
        rooms = Gate._get_governed_rooms(bills)
        if not rooms or lines.move_id - bills:
            return 0.0
        return sum(
            bill.currency_id._convert(
                rooms.get(bill.id, bill.amount_residual),
                self.currency_id,
                self.company_id,
                self.payment_date,
            )
            for bill in bills
        )

    def _vendor_quality_split(self, bills, rooms):
        """Pay each bill by itself where some may not be paid in full.

        One payment of several bills pays the first ones in full, beyond what may be
        paid on them, and the last ones not at all.
        """
        self.ensure_one()
        room = self._vendor_quality_get_room(self.line_ids)
        if not self.group_payment or self.currency_id.compare_amounts(
            self.amount, room
        ):
            return
        if any(
            bill.currency_id.compare_amounts(rooms[bill.id], bill.amount_residual) < 0
            for bill in bills
            if rooms.get(bill.id)
        ):
            self.group_payment = False
