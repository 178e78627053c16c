from odoo import api, models
from odoo.tools import SQL


class VendorQualityCollectorMilestone(models.AbstractModel):
    """Counts contract milestones by their due day: submitted in time, accepted."""

    _name = "vendor.quality.collector.milestone"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Milestones"

    _counted_models = ("outsourcing.contract.milestone",)

    @api.model
    def _get_counted(self, metric):
        in_time = SQL(
            "(milestone.state = 'accepted' "
            "AND milestone.submitted_on < span.utc_start "
            "+ (milestone.date_due + 1 - span.date_start) * INTERVAL '1 day')"
        )
        return {
            "model": "outsourcing.contract.milestone",
            "record": SQL("milestone.id"),
            "numerator": SQL("%s::int", in_time),
            "failed": SQL("NOT %s", in_time),
            "source": SQL(
                """outsourcing_contract_milestone AS milestone
                ON milestone.contract_id = span.contract_id
               AND milestone.date_due BETWEEN span.date_start AND span.date_end"""
            ),
        }
