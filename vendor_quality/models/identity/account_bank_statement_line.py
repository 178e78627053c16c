from odoo import models

LABELS = frozenset({"account_number", "partner_name"})
"""What the bank says about the payee."""


class AccountBankStatementLine(models.Model):
    """Whom the bank paid, by its own words, is listed before these are changed."""

    _inherit = "account.bank.statement.line"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        names = vals.keys() & LABELS
        changed = self.filtered(
            lambda line: any(
                line[name] and line[name] != (vals[name] or "") for name in names
            )
        )
        Gate = self.env["vendor.quality.gate"]
        if changed and Gate._is_on(changed.company_id):
            Gate._list_bank_lines(changed.move_id)
        return super().write(vals)
