from datetime import timedelta

from odoo import models

ONE_DAY = timedelta(days=1)


class ItsmSlaClock(models.Model):
    """A service level clock that counts for the contract of its ticket."""

    _name = "itsm.sla.clock"
    _inherit = ["itsm.sla.clock", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {"breached_at", "is_cancelled", "kind", "state", "stopped_at", "ticket_id"}
    )

    def _get_quality_days(self):
        """A clock counts once it is decided, on the day of the breach or the stop.

        Moments are in UTC: a day on either side holds the day of any time zone.
        """
        for clock in self:
            moment = clock.breached_at or clock.stopped_at
            contract = clock.ticket_id.outsourcing_contract_id
            if moment and contract:
                day = moment.date()
                yield contract, day - ONE_DAY, day + ONE_DAY
