from odoo import fields, models

from ..tools.one_record import check_one


class OutsourcingBidGuarantee(models.TransientModel):
    """Asks for the number of a bid guarantee, and for its paper."""

    _name = "outsourcing.bid.guarantee"
    _description = "Bid Guarantee"

    bid_id = fields.Many2one(
        comodel_name="outsourcing.bid", required=True, readonly=True
    )
    reference = fields.Char(
        string="Number of the Bid Guarantee",
        required=True,
        help="Of the bank or the insurer, or where the deposit was paid to.",
    )
    document = fields.Binary(
        string="Bid Guarantee",
        attachment=False,
        required=True,
        help="PDF or image of the guarantee, or of the receipt of the deposit.",
    )
    document_name = fields.Char()

    def action_confirm(self):
        """Note the guarantee; the rule of the bid decides who may."""
        check_one(self)
        self.bid_id.action_receive_guarantee(
            self.reference, self.document, self.document_name
        )
        return {"type": "ir.actions.act_window_close"}
