from odoo import fields, models

from odoo.addons.outsourcing_mgmt.tools.one_record import check_one


class VendorQualityDisputeDecide(models.TransientModel):
    """Asks how a dispute is decided and why, then decides it."""

    _name = "vendor.quality.dispute.decide"
    _description = "Decide a Dispute"

    dispute_id = fields.Many2one(
        comodel_name="vendor.quality.dispute", required=True, readonly=True
    )
    claim = fields.Text(related="dispute_id.claim")
    collected_points = fields.Float(related="dispute_id.points")
    result = fields.Selection(
        selection=[
            ("upheld", "The vendor is right"),
            ("partial", "The vendor is right in part"),
            ("rejected", "The figure stays"),
        ],
        required=True,
        default="rejected",
    )
    points = fields.Float(
        string="Points of the Line",
        help="More than collected and less than 100.",
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        check_one(self)
        self.dispute_id.action_decide(
            result=self.result,
            reason=self.reason,
            points=self.points if self.result == "partial" else None,
        )
        return {"type": "ir.actions.act_window_close"}
