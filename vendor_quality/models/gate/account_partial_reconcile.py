from odoo import api, models

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
