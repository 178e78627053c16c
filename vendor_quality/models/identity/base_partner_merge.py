from odoo import models
from odoo.tools import SQL

BOUND_STATES = ("submitted", "approved", "used")


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Vendors that are merged stay governed, and what was decided stays decided."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        # sudo: who merges contacts may not read bills; nothing of them is shown.
        bills = self.sudo()._vendor_quality_get_decided(partner_ids)
        # sudo: as above, for the requests on those bills.
        Request = self.env["vendor.quality.exception"].sudo()
        before = Request._get_fingerprints(bills)
        result = super()._merge(
            partner_ids, dst_partner=dst_partner, extra_checks=extra_checks
        )
        # The rows about merged vendors were moved along by core, in SQL.
        self.env.registry.clear_cache()
        # sudo: contacts under the merged ones may be hidden from whoever merges.
        everybody = self.env["res.partner"].sudo().with_context(active_test=False)
        left = everybody.search([("id", "child_of", list(partner_ids))])
        self.env["vendor.quality.identity"]._remember_moved(left)
        if before:
            self.env.invalidate_all()
            after = Request._get_fingerprints(bills)
            for bill_id, old in before.items():
                new = after.get(bill_id)
                if new and new != old:
                    self._vendor_quality_carry(bill_id, old, new)
        return result

    def _vendor_quality_get_decided(self, partner_ids):
        """Return the bills and entries whose fingerprint names the partners."""
        return self.env["account.move"].search(
            [
                "|",
                ("commercial_partner_id", "parent_of", partner_ids),
                ("line_ids.partner_id", "in", partner_ids),
                "|",
                ("vendor_quality_decision_ids.is_current", "=", True),
                ("vendor_quality_exception_ids.state", "in", BOUND_STATES),
            ]
        )

    def _vendor_quality_carry(self, bill_id, old, new):
        """Name the merged vendor in what was decided on the bill as it was."""
        for table in ("vendor_quality_decision", "vendor_quality_exception"):
            self.env.execute_query(
                SQL(
                    "UPDATE %s SET fingerprint = %s WHERE move_id = %s "
                    "AND fingerprint = %s RETURNING id",
                    SQL.identifier(table),
                    new,
                    bill_id,
                    old,
                )
            )
        self.env["vendor.quality.decision"].invalidate_model(["fingerprint"])
        self.env["vendor.quality.exception"].invalidate_model(["fingerprint"])
