from odoo import api, models
from odoo.tools import SQL


class VendorQualityCollectorContractDuty(models.AbstractModel):
    """Counts duties of the vendor that the contract's own records can prove.

    A guarantee must have been handed in and be valid until the end of the period
    or of the contract. Staff must be on site that was to begin in the period.
    """

    _name = "vendor.quality.collector.contract_duty"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Contract Duties"

    _counted_models = (
        "outsourcing.contract",
        "outsourcing.contract.guarantee",
        "outsourcing.worker",
    )

    @api.model
    def _get_counted(self, metric):
        if metric.duty_measure == "worker":
            return self._get_counted_workers()
        return self._get_counted_guarantees()

    @api.model
    def _get_counted_guarantees(self):
        kept = SQL(
            """(duty.state != 'requested'
                AND COALESCE(duty.date_issue, span.date_start) <= span.date_end
                AND COALESCE(duty.date_expiry >= LEAST(span.date_end,
                    contract.termination_date, contract.date_end), FALSE))"""
        )
        return {
            "model": "outsourcing.contract.guarantee",
            "record": SQL("duty.id"),
            "numerator": SQL("%s::int", kept),
            "failed": SQL("NOT %s", kept),
            "source": SQL(
                """outsourcing_contract_guarantee AS duty
                ON duty.contract_id = span.contract_id
               AND duty.guarantee_type != 'bid'
               AND COALESCE(duty.date_issue, duty.create_date::date) <= span.date_end
               AND COALESCE(duty.closed_on >= span.date_start, TRUE)
              JOIN outsourcing_contract AS contract ON contract.id = duty.contract_id"""
            ),
        }

    @api.model
    def _get_counted_workers(self):
        return {
            "model": "outsourcing.worker",
            "record": SQL("duty.id"),
            "numerator": SQL("(duty.state != 'planned')::int"),
            "failed": SQL("duty.state = 'planned'"),
            "source": SQL(
                """outsourcing_worker AS duty
                ON duty.contract_id = span.contract_id
               AND duty.date_start BETWEEN span.date_start AND span.date_end"""
            ),
        }
