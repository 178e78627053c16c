from odoo import fields, models

from ..tools.one_record import check_one


class ItsmEquipmentHandoverStep(models.TransientModel):
    """Asks for what a step of a hand-over slip records: signature, condition."""

    _name = "itsm.equipment.handover.step"
    _description = "Step of a Hand-over Slip"

    handover_id = fields.Many2one(
        comodel_name="itsm.equipment.handover",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    verb = fields.Selection(
        selection=[("sign", "Sign"), ("return", "Give back"), ("cancel", "Cancel")],
        required=True,
    )
    signature = fields.Image(max_width=1024)
    signed_name = fields.Char(string="Name of the Signer")
    text = fields.Text(string="In Words")

    def action_confirm(self):
        """Take the step; whether the user may is judged by the slip."""
        check_one(self)
        slip = self.handover_id
        if self.verb == "sign":
            signature = self.signature
            if isinstance(signature, bytes):
                signature = signature.decode()
            slip.action_sign(signature=signature, signed_name=self.signed_name)
        elif self.verb == "return":
            slip.action_return(self.text)
        else:
            slip.action_cancel(self.text)
        return {"type": "ir.actions.act_window_close"}
