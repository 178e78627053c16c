from odoo import fields, models


class PurchaseOrder(models.Model):
    """Shows which outsourcing contract an order belongs to."""

    _inherit = "purchase.order"

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Outsourcing Contract",
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
