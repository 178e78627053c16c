from odoo import api, models
from odoo.exceptions import UserError

from .vendor_quality_gate_facts import BILL_TYPES

LEDGER_RESULTS = frozenset(
    {"amount_residual", "amount_residual_currency", "parent_state", "reconciled"}
)
"""Figures that core computes from reconciliations."""

DECIDED_ON = frozenset(
    {
        "account_id",
        "amount_currency",
        "balance",
        "credit",
        "currency_id",
        "debit",
        "discount",
        "display_type",
        "move_id",
        "partner_id",
        "price_unit",
        "product_id",
        "purchase_line_id",
        "quantity",
        "tax_ids",
        "tax_repartition_line_id",
    }
)
"""What a decision to post looks at."""


class AccountMoveLine(models.Model):
    """Lines of posted bills: a change is judged like a new posting."""

    _inherit = "account.move.line"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        bills = lines._vendor_quality_get_posted_bills()
        if bills:
            self._vendor_quality_enforce(bills)
        return lines

    def write(self, vals):
        keys = vals.keys()
        if keys & LEDGER_RESULTS:
            self._vendor_quality_check_results()
        bills = self.env["account.move"]
        if keys & DECIDED_ON:
            bills = self._vendor_quality_get_posted_bills()
        result = super().write(vals)
        if bills:
            bills |= self._vendor_quality_get_posted_bills()
            self._vendor_quality_enforce(bills)
        return result

    def unlink(self):
        bills = self._vendor_quality_get_posted_bills()
        result = super().unlink()
        if bills:
            self._vendor_quality_enforce(bills)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_get_posted_bills(self):
        return self.move_id.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in (*BILL_TYPES, "in_refund", "entry")
            )
        )

    def _vendor_quality_enforce(self, bills):
        """Judge bills whose lines changed while they are posted."""
        self.env["vendor.quality.gate"]._enforce_posting(bills.browse(), bills)
        self.env["vendor.quality.gate"]._enforce_entries(bills)

    def _vendor_quality_check_results(self):
        bills = self.move_id.filtered(lambda move: move.move_type in BILL_TYPES)
        governed = self.env["vendor.quality.gate"]._get_facts(bills)
        if governed:
            raise UserError(
                self.env._(
                    "%(bills)s: what is left to pay follows from the payments and is "
                    "not written. Register the payment.",
                    bills=", ".join(bills.browse(governed).mapped("display_name")),
                )
            )
