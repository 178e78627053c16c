from odoo import api, models

from .vendor_quality_decision import record_payments

SETTLES = frozenset(
    {
        "credit_amount_currency",
        "credit_move_id",
        "debit_amount_currency",
        "debit_move_id",
    }
)


class AccountPartialReconcile(models.Model):
    """The one place where a bill becomes paid: every route ends here."""

    _inherit = "account.partial.reconcile"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._vendor_quality_enforce()
        return partials

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & SETTLES:
            self._vendor_quality_enforce()
        return result

    def unlink(self):
        if self:
            self._vendor_quality_keep_decided()
        return super().unlink()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_enforce(self):
        """Judge the bills that the reconciliations pay."""
        moves = (self.debit_move_id | self.credit_move_id).move_id
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(moves)
        if not bills or not Gate._is_on(bills.company_id):
            return
        Gate._enforce_paid(bills, moves)

    def _vendor_quality_keep_decided(self):
        """Note that payments were decided on together with the bills they leave.

        What was right when it was decided stays right: such a payment waits to be
        matched again, and is none that nobody decided on.
        """
        moves = (self.debit_move_id | self.credit_move_id).move_id
        Gate = self.env["vendor.quality.gate"]
        bills = Gate._filter_bills(moves)
        payments = (moves - bills).origin_payment_id
        if not payments or not Gate._is_on(bills.company_id):
            return
        # sudo: whoever matches need not read decisions.
        decisions = self.env["vendor.quality.decision"].sudo()
        decided = decisions.search(
            [("move_id", "in", bills.ids), ("stage", "=", "payment")]
        ).move_id
        known = decisions.search([("payment_id", "in", payments.ids)]).payment_id
        leaving = {}
        for partial in self:
            pair = (partial.debit_move_id | partial.credit_move_id).move_id
            payment = pair.origin_payment_id - known
            if payment and pair & decided:
                leaving[payment] = payment.move_id.id
        record_payments(self.env, leaving)
