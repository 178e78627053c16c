from odoo import fields, models


class OutsourcingContractSign(models.TransientModel):
    """Asks for the day on the signed paper."""

    _name = "outsourcing.contract.sign"
    _description = "Record the Signature"

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract", required=True, readonly=True
    )
    signed_date = fields.Date(
        required=True,
        default=lambda self: self.env.company._outsourcing_today(),
        help="Not before the final award, not in the future.",
    )

    def action_confirm(self):
        """Sign the contract on that day."""
        self.ensure_one()
        self.contract_id.action_sign(self.signed_date)
        return {"type": "ir.actions.act_window_close"}
