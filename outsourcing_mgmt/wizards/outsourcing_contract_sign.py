from odoo import fields, models


class OutsourcingContractSign(models.TransientModel):
    """Asks for the day on the signed paper, and for the paper itself.

    The paper is needed unless the vendor signed in the portal.
    """

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

    vendor_signed_on = fields.Datetime(related="contract_id.vendor_signed_on")
    signed_copy = fields.Binary(
        attachment=False,
        help="PDF or image of the paper with both signatures; needed unless the vendor "
        "signed in the portal.",
    )
    signed_copy_name = fields.Char()

    def action_confirm(self):
        """Sign the contract on that day."""
        self.ensure_one()
        self.contract_id.action_sign(
            self.signed_date, self.signed_copy, self.signed_copy_name
        )
        return {"type": "ir.actions.act_window_close"}
