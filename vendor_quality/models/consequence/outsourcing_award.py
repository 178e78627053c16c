from odoo import api, fields, models

CHECKED_STATES = ("submitted", "approved", "notified")


class OutsourcingAward(models.Model):
    """Nothing is awarded to a vendor whose standing blocks it.

    Judged when the award is proposed and at every step up to the notice, since
    a form may be approved in between. After the notice the order is judged.
    """

    _inherit = "outsourcing.award"

    vendor_quality_block_reason = fields.Text(
        compute="_compute_vendor_quality_block_reason",
        string="Blocked By Standing",
        groups="base.group_user",
    )

    @api.depends("bid_id", "state")
    def _compute_vendor_quality_block_reason(self):
        Block = self.env["vendor.quality.block"]
        blocked = Block._get_blocked("award", self._vendor_quality_documents())
        texts = {
            record: Block._get_message("award", record, vendor, standings)
            for record, vendor, standings in blocked
        }
        for award in self:
            award.vendor_quality_block_reason = texts.get(award, False)

    @api.model_create_multi
    def create(self, vals_list):
        awards = super().create(vals_list)
        awards._vendor_quality_check()
        return awards

    def write(self, vals):
        if vals.get("state") in CHECKED_STATES:
            self._vendor_quality_check()
        result = super().write(vals)
        if "bid_id" in vals:
            self._vendor_quality_check()
        return result

    def _vendor_quality_documents(self):
        # sudo: whoever takes the step need not read the bid.
        awards = self.sudo()
        return [(award, award.bid_id.partner_id, award.company_id) for award in awards]

    def _vendor_quality_check(self):
        self.env["vendor.quality.block"]._check(
            "award", self._vendor_quality_documents()
        )
