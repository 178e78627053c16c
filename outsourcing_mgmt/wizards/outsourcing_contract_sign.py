from odoo import api, fields, models

from ..models.contract.outsourcing_contract_document import find_signed_copy
from ..tools.one_record import check_one


class OutsourcingContractSign(models.TransientModel):
    """Asks for the day on the signed paper, and for the paper itself.

    The paper is needed unless the vendor signed in the portal, or it is among the
    documents of the contract.
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

    vendor_signed_on = fields.Datetime(
        related="contract_id.vendor_signed_on", related_sudo=False
    )
    kept_copy_name = fields.Char(
        compute="_compute_kept_copy_name",
        string="Copy among the Documents",
        help="Uploaded for what the contract says now: it counts for the signature.",
    )
    signed_copy = fields.Binary(
        attachment=False,
        help="PDF or image of the paper with both signatures; needed unless the vendor "
        "signed in the portal.",
    )
    signed_copy_name = fields.Char()

    @api.depends("contract_id")
    def _compute_kept_copy_name(self):
        for wizard in self:
            # Any id may come from the client.
            contract = wizard.contract_id._filtered_access("read")
            wizard.kept_copy_name = (
                find_signed_copy(contract).file_name if contract else False
            )

    def action_confirm(self):
        """Sign the contract on that day."""
        check_one(self)
        self.contract_id.action_sign(
            self.signed_date, self.signed_copy, self.signed_copy_name
        )
        return {"type": "ir.actions.act_window_close"}
