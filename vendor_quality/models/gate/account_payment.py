from odoo import api, models

from .vendor_quality_gate_payment import judging_at_end

PAID_STATES = ("in_process", "paid")

PAYS = frozenset(
    {
        "amount",
        "company_id",
        "currency_id",
        "invoice_ids",
        "partner_bank_id",
        "partner_id",
        "payment_type",
    }
)
"""What a payment says; one that is under way is judged again on a change."""


class AccountPayment(models.Model):
    """Payments to vendors: judged by the gate when they start or change."""

    _inherit = "account.payment"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Core starts payments one by one while it creates them.
        with judging_at_end(self.env):
            payments = super().create(vals_list)
            self.env["vendor.quality.gate"]._enforce_payments(payments)
        return payments

    def write(self, vals):
        starting = self.browse()
        if vals.get("state") in PAID_STATES:
            starting = self.filtered(lambda payment: payment.state not in PAID_STATES)
        if vals.keys() & PAYS:
            starting |= self.filtered(lambda payment: payment.state in PAID_STATES)
        result = super().write(vals)
        if starting:
            self.env["vendor.quality.gate"]._enforce_payments(starting)
        return result
