from odoo import fields, models

from ..tools.one_record import check_one


class OutsourcingContractFile(models.TransientModel):
    """Asks HR where it keeps the contract that it received."""

    _name = "outsourcing.contract.file"
    _description = "Receive the Filing"

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract", required=True, readonly=True
    )
    filing_reference = fields.Char(
        required=True, help="File number under which HR keeps the contract."
    )

    def action_confirm(self):
        """File the contract under the reference, today."""
        check_one(self)
        self.contract_id.action_file(self.filing_reference)
        return {"type": "ir.actions.act_window_close"}
