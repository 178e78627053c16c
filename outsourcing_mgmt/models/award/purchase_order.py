from odoo import api, fields, models
from odoo.exceptions import ValidationError


class PurchaseOrder(models.Model):
    """Shows which outsourcing contract an order belongs to."""

    _inherit = "purchase.order"

    outsourcing_contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        string="Outsourcing Contract",
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups="base.group_user",
    )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        if "outsourcing_contract_id" not in vals:
            return super().write(vals)
        before = self.outsourcing_contract_id
        result = super().write(vals)
        self._check_outsourcing_vendor()
        (before | self.outsourcing_contract_id)._check_orders()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        linked = orders.filtered("outsourcing_contract_id")
        linked._check_outsourcing_vendor()
        linked.outsourcing_contract_id._check_orders()
        return orders

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_outsourcing_vendor(self):
        for order in self.sudo().filtered("outsourcing_contract_id"):
            contract = order.outsourcing_contract_id
            if order.partner_id.commercial_partner_id != contract.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s is not with the vendor of %(contract)s.",
                        order=order.name,
                        contract=contract.name,
                    )
                )
