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
            # The tickets of a contract are read once, not for each of its periods:
            # OFFSET keeps PostgreSQL from joining them to the spans first.
            "source": SQL(
                """(SELECT ticket.outsourcing_contract_id AS contract_id,
                           clock.id,
                           clock.state,
                           COALESCE(clock.breached_at, clock.stopped_at) AS decided_at
                      FROM itsm_ticket AS ticket
                      JOIN itsm_sla_clock AS clock
                        ON clock.ticket_id = ticket.id
                       AND clock.kind = %s
                       AND clock.state IN ('met', 'breached')
                       AND NOT COALESCE(clock.is_cancelled, FALSE)
                     WHERE ticket.outsourcing_contract_id IN (
                           SELECT contract_id FROM span)
                    OFFSET 0
                   ) AS clock
                ON clock.contract_id = span.contract_id
               AND clock.decided_at >= span.utc_start
               AND clock.decided_at < span.utc_end""",
                metric.sla_measure or "resolution",
            ),
        }
