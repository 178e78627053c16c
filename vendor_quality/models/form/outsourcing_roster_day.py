from odoo import models


class OutsourcingRosterDay(models.Model):
    """Days on site of a period whose quality form is approved are settled."""

    _inherit = "outsourcing.roster.day"

    def _get_settled_reasons(self):
        reasons = super()._get_settled_reasons()
        # sudo: whoever keeps days need not read quality forms.
        forms = self.env["vendor.quality.form"].sudo()
        if not self:
            return reasons
        forms = forms.search(
            [
                ("contract_id", "in", self.contract_id.ids),
                ("state", "=", "approved"),
                ("date_start", "<=", max(self.mapped("date"))),
                ("date_end", ">=", min(self.mapped("date"))),
            ]
        ).grouped("contract_id")
        for row in self:
            # sudo: as above, for the contract.
            for form in forms.get(row.sudo().contract_id, ()):
                if form.date_start <= row.date <= form.date_end:
                    reasons[row.id] = self.env._(
                        "%s of this period is approved. A quality manager supersedes "
                        "it first.",
                        form.name,
                    )
        return reasons
