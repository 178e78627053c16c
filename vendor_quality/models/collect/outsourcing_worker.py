from odoo import models


class OutsourcingWorker(models.Model):
    """Outsourced staff that counts in the period in which it was to begin."""

    _name = "outsourcing.worker"
    _inherit = ["outsourcing.worker", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"came_on", "continues_id", "contract_id", "date_start", "state"}
    )

    def _get_quality_days(self):
        for worker in self.filtered("date_start"):
            yield worker.contract_id, worker.date_start, worker.date_start
