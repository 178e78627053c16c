from odoo import api, models
from odoo.tools import SQL


class ItsmSlaClock(models.Model):
    """A deadline that counts for the contract of its ticket once it is decided."""

    _name = "itsm.sla.clock"
    _inherit = ["itsm.sla.clock", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"breached_at", "is_cancelled", "kind", "state", "stopped_at", "ticket_id"}
    )

    def _filter_quality_counted(self):
        return self.filtered(lambda clock: clock.state in ("met", "breached"))

    @api.model
    def _get_quality_days(self, ids):
        return SQL(
            """
            SELECT ticket.outsourcing_contract_id, moment::date - 1, moment::date + 1
              FROM itsm_sla_clock AS clock
              JOIN itsm_ticket AS ticket ON ticket.id = clock.ticket_id,
                   COALESCE(clock.breached_at, clock.stopped_at) AS moment
             WHERE clock.id = ANY(%s) AND moment IS NOT NULL
            """,
            ids,
        )
