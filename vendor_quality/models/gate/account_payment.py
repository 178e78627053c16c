from odoo import api, models

from ...tools.deferral import GateDeferral

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
    """Payments to vendors under the gate."""

    _inherit = "account.payment"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # Core starts payments one by one while it creates them.
        deferral = self.env.context.get("vendor_quality_deferral")
        if not isinstance(deferral, GateDeferral):
            deferral = GateDeferral()
            payments = super(
                AccountPayment, self.with_context(vendor_quality_deferral=deferral)
            ).create(vals_list)
            payments = payments.with_env(self.env)
            payments._vendor_quality_enforce()
            return payments
        return super().create(vals_list)

    def write(self, vals):
        starting = self.browse()
        if vals.get("state") in PAID_STATES:
            starting = self.filtered(lambda payment: payment.state not in PAID_STATES)
        if vals.keys() & PAYS:
            starting |= self.filtered(lambda payment: payment.state in PAID_STATES)
        result = super().write(vals)
        if starting and not isinstance(
            self.env.context.get("vendor_quality_deferral"), GateDeferral
        ):
            starting._vendor_quality_enforce()
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_enforce(self):
        self.env["vendor.quality.gate"]._enforce_payments(self)
