from odoo import api, models
from odoo.tools import SQL


class OutsourcingContractGuarantee(models.Model):
    """A guarantee that counts in every period in which it is owed."""

    _name = "outsourcing.contract.guarantee"
    _inherit = ["outsourcing.contract.guarantee", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {
            "closed_on",
            "contract_id",
            "date_expiry",
            "date_issue",
            "guarantee_type",
            "state",
        }
    )

    @api.model
    def _get_quality_days(self, ids):
        return SQL(
            "SELECT contract_id, NULL::date, NULL::date"
            " FROM outsourcing_contract_guarantee WHERE id = ANY(%s)",
            ids,
        )
