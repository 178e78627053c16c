from odoo import api, models
from odoo.tools import SQL


class VendorQualityCollectorTicketRating(models.AbstractModel):
    """Averages the ratings that requesters gave themselves at the sign-off."""

    _name = "vendor.quality.collector.ticket_rating"
    _inherit = "vendor.quality.collector"
    _description = "Collector of Ticket Ratings"

    _counted_models = ("itsm.ticket",)

    @api.model
    def _get_counted(self, metric):
        return {
            "model": "itsm.ticket",
            "record": SQL("ticket.id"),
            "numerator": SQL("ticket.rating_value"),
            "failed": SQL("ticket.rating_value <= 2"),
            "source": SQL(
                """itsm_ticket AS ticket
                ON ticket.outsourcing_contract_id = span.contract_id
               AND ticket.is_satisfaction_counted
               AND ticket.rating_value BETWEEN 1 AND 5
               AND ticket.signed_off_at >= span.utc_start
               AND ticket.signed_off_at < span.utc_end"""
            ),
        }
