from odoo import models


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

    def _get_quality_days(self):
        return ((guarantee.contract_id, False, False) for guarantee in self)
