from odoo import models

from .itsm_sla_clock import ONE_DAY


class ItsmHandling(models.Model):
    """An attempt on a ticket: a second repair counts for the contract of the first."""

    _name = "itsm.handling"
    _inherit = ["itsm.handling", "vendor.quality.counted.mixin"]

    _quality_columns = frozenset({"begun_at", "solved_at", "ticket_id"})

    def _get_quality_days(self):
        """A second repair counts on the day it began.

        Moments are in UTC: a day on either side holds the day of any time zone.
        """
        # Others are in no repair, and nothing is searched for them.
        if tickets := self.ticket_id.filtered("equipment_ids"):
            yield from get_repair_days(tickets)


def get_repair_days(tickets):
    """Return contracts and days of second repairs in which tickets are either one.

    :param tickets: that have equipment
    """
    # Both tickets of a repair name its equipment, by which the rows are found.
    repairs = tickets.env["itsm.second.repair"].search(
        [("equipment_id", "in", tickets.equipment_ids.ids)]
    )
    for repair in repairs:
        if not (repair.ticket_id | repair.first_ticket_id) & tickets:
            continue
        if contract := repair.first_ticket_id.outsourcing_contract_id:
            day = repair.at.date()
            yield contract, day - ONE_DAY, day + ONE_DAY
