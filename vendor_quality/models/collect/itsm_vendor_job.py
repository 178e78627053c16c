from odoo import models

from .itsm_sla_clock import ONE_DAY


class ItsmVendorJob(models.Model):
    """A ticket that was with a vendor, which counts for the contract of the ticket."""

    _name = "itsm.vendor.job"
    _inherit = ["itsm.vendor.job", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset(
        {
            "is_missed",
            "outcome",
            "partner_id",
            "returned_at",
            "target_hours",
            "ticket_id",
            "worked_hours",
        }
    )

    def _get_quality_days(self):
        """A job counts once the ticket is back, on that day.

        Moments are in UTC: a day on either side holds the day of any time zone.
        """
        for job in self:
            contract = job.ticket_id.outsourcing_contract_id
            if job.returned_at and contract:
                day = job.returned_at.date()
                yield contract, day - ONE_DAY, day + ONE_DAY
