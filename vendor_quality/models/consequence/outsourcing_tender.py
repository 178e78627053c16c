from dateutil.relativedelta import relativedelta

from odoo import models

MONTHS = 12


class OutsourcingTender(models.Model):
    """Supplies the past quality of vendors to a tender that asks for it."""

    _inherit = "outsourcing.tender"

    def _get_past_quality(self):
        """Return the mean score of each vendor's approved forms of the last months.

        Forms that could not be rated do not count.
        """
        self.ensure_one()
        since = self.company_id._outsourcing_today() - relativedelta(months=MONTHS)
        # sudo: whoever publishes need not read quality forms; only means are kept.
        forms = self.env["vendor.quality.form"].sudo()
        rows = forms._read_group(
            [
                ("state", "=", "approved"),
                ("is_rated", "=", True),
                ("company_id", "=", self.company_id.id),
                ("date_end", ">=", since),
            ],
            ["commercial_partner_id"],
            ["score:avg"],
        )
        return {vendor.id: mean for vendor, mean in rows}
