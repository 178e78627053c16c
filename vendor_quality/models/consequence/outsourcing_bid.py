from odoo import api, fields, models

FLAGGED_STATES = ("opened", "qualified", "ranked", "won")


class OutsourcingBid(models.Model):
    """Flags bids, once opened, to which nothing can be awarded.

    A blocked vendor reads public notices and may bid like everybody: the block
    may be lifted before the award. The opening record and the committee see the flag,
    the bid is scored as any other; who excludes it gives the reason. The award is
    refused.
    """

    _inherit = "outsourcing.bid"

    vendor_quality_block_reason = fields.Text(
        string="Blocked By Standing",
        compute="_compute_vendor_quality_block_reason",
        groups="base.group_user",
    )

    @api.depends("state", "partner_id")
    def _compute_vendor_quality_block_reason(self):
        Block = self.env["vendor.quality.block"]
        opened = self.filtered(lambda bid: bid.state in FLAGGED_STATES)
        blocked = Block._get_blocked(
            "award", [(bid, bid.partner_id, bid.company_id) for bid in opened]
        )
        texts = {
            record: Block._get_message("award", record, vendor, standings)
            for record, vendor, standings in blocked
        }
        for bid in self:
            bid.vendor_quality_block_reason = texts.get(bid, False)

    def _get_opening_remarks(self):
        remarks = super()._get_opening_remarks()
        for bid in self.filtered("vendor_quality_block_reason"):
            remarks[bid.id].append(bid.vendor_quality_block_reason)
        return remarks
