from odoo import fields, models

from ..tools.one_record import check_one


class OutsourcingFindingVerify(models.TransientModel):
    """Asks finance what a finding really saved."""

    _name = "outsourcing.finding.verify"
    _description = "Verify the Saving"

    finding_id = fields.Many2one(
        comodel_name="outsourcing.finding", required=True, readonly=True
    )
    currency_id = fields.Many2one(related="finding_id.currency_id")
    estimated_amount = fields.Monetary(related="finding_id.estimated_amount")
    saving_amount = fields.Monetary(
        string="Verified Saving",
        required=True,
        help="Base of the rewards: all together stay within the company's share of it.",
    )

    def action_confirm(self):
        """Verify the finding with that amount."""
        check_one(self)
        self.finding_id.action_verify(self.saving_amount)
        return {"type": "ir.actions.act_window_close"}
