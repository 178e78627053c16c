from odoo import api, models
from odoo.tools import SQL


class VendorQualityCollectorTicketSla(models.AbstractModel):
    """Counts service level clocks of the vendor's tickets when they are decided.

    A clock is decided when it stops in time or at the moment of its breach.
    """

    _name = "vendor.quality.collector.ticket_sla"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Ticket Deadlines"

    _counted_models = ("itsm.ticket", "itsm.sla.clock")

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "itsm.sla.clock",
            "record": SQL("clock.id"),
            "numerator": SQL("(clock.state = 'met')::int"),
            "failed": SQL("clock.state = 'breached'"),
            "source": SQL(
                """itsm_ticket AS ticket
                ON ticket.outsourcing_contract_id = span.contract_id
              JOIN itsm_sla_clock AS clock
                ON clock.ticket_id = ticket.id
               AND clock.kind = %s
               AND clock.state IN ('met', 'breached')
               AND NOT COALESCE(clock.is_cancelled, FALSE)
               AND COALESCE(clock.breached_at, clock.stopped_at) >= span.utc_start
               AND COALESCE(clock.breached_at, clock.stopped_at) < span.utc_end""",
                metric.sla_measure or "resolution",
            ),
        }
