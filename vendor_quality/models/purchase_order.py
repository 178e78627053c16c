from odoo import models


class PurchaseOrder(models.Model):
    """Bills of an order carry its contract."""

    _inherit = "purchase.order"

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        contract = self.outsourcing_contract_id
        if contract:
            values["outsourcing_contract_id"] = contract.id
        return values
