from odoo import api, models
from odoo.tools import SQL


class VendorQualityCollectorInspection(models.AbstractModel):
    """Counts inspection rounds by the day they were due."""

    _name = "vendor.quality.collector.inspection"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Inspections"

    _counted_models = ("vendor.quality.inspection", "vendor.quality.inspection.line")

    @api.model
    def _get_counted(self, metric):
        if metric.inspection_measure == "done_rate":
            return {
                "model": "vendor.quality.inspection",
                "record": SQL("round.id"),
                "numerator": SQL("(round.state IN ('done', 'verified'))::int"),
                "failed": SQL("round.state = 'missed'"),
                "source": SQL(
                    """vendor_quality_inspection AS round
                    ON round.contract_id = span.contract_id
                   AND round.date_due BETWEEN span.date_start AND span.date_end
                   AND round.state IN ('done', 'verified', 'missed')"""
                ),
            }
        return {
            "model": "vendor.quality.inspection",
            "record": SQL("round.id"),
            "numerator": SQL("(line.result = 'pass')::int"),
            "failed": SQL("line.result = 'fail'"),
            "source": SQL(
                """vendor_quality_inspection AS round
                ON round.contract_id = span.contract_id
               AND round.date_due BETWEEN span.date_start AND span.date_end
               AND round.state IN ('done', 'verified')
              JOIN vendor_quality_inspection_line AS line
                ON line.inspection_id = round.id
               AND line.result IN ('pass', 'fail')"""
            ),
        }
