from odoo import api, models


class OutsourcingTenderInvitation(models.Model):
    """A vendor whose standing blocks invitations is not invited."""

    _inherit = "outsourcing.tender.invitation"

    @api.model_create_multi
    def create(self, vals_list):
        invitations = super().create(vals_list)
        invitations._vendor_quality_check()
        return invitations

    def write(self, vals):
        if vals.get("state") == "sent":
            self.filtered(lambda item: item.state == "draft")._vendor_quality_check()
        result = super().write(vals)
        if {"partner_id", "tender_id"}.intersection(vals):
            self._vendor_quality_check()
        return result

    def _vendor_quality_check(self):
        self.env["vendor.quality.block"]._check(
            "invitation",
            [(item, item.partner_id, item.company_id) for item in self],
        )

    @api.model
    def _get_barred(self, vendors, company):
        """Name the vendors whose standing blocks invitations and has no waiver."""
        barred = super()._get_barred(vendors, company)
        drafts = {vendor: self.new({"partner_id": vendor.id}) for vendor in vendors}
        reasons = self.env["vendor.quality.block"]._get_reasons(
            "invitation",
            [(draft, vendor, company) for vendor, draft in drafts.items()],
        )
        return barred | {
            vendor.id: reasons[draft.id]
            for vendor, draft in drafts.items()
            if draft.id in reasons
        }
