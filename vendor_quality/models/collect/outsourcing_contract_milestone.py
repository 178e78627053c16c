from odoo import api, models
from odoo.tools import SQL


class OutsourcingContractMilestone(models.Model):
    """A milestone that counts, and is paid, in the period in which it is due."""

    _name = "outsourcing.contract.milestone"
    _inherit = ["outsourcing.contract.milestone", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"amount", "contract_id", "date_due", "state", "submitted_on"}
    )

    @api.model
    def _get_quality_days(self, ids):
        # The first or the last milestone changes how all fees are proposed.
        return SQL(
            """
            SELECT milestone.contract_id, day, day
              FROM outsourcing_contract_milestone AS milestone,
           LATERAL (
                   SELECT milestone.date_due AS day
                     FROM outsourcing_contract_milestone AS other
                    WHERE other.contract_id = milestone.contract_id
                      AND other.id != ALL(%(ids)s)
                    UNION ALL
                   SELECT NULL
                    LIMIT 1
                   ) AS days
             WHERE milestone.id = ANY(%(ids)s)
            """,
            ids=ids,
        )
