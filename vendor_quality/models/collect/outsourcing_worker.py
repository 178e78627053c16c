from odoo import api, models
from odoo.tools import SQL


class OutsourcingWorker(models.Model):
    """Outsourced staff that counts in the period in which it was to begin."""

    _name = "outsourcing.worker"
    _inherit = ["outsourcing.worker", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset({"contract_id", "date_start", "state"})

    @api.model
    def _get_quality_days(self, ids):
        return SQL(
            "SELECT contract_id, date_start, date_start FROM outsourcing_worker"
            " WHERE id = ANY(%s) AND date_start IS NOT NULL",
            ids,
        )
