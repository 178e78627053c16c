"""Say which tickets count for response figures, without computing each of them."""

from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    if column_exists(cr, "itsm_ticket", "is_response_counted"):
        return
    create_column(cr, "itsm_ticket", "is_response_counted", "bool")
    cr.execute(
        """
        UPDATE itsm_ticket ticket SET is_response_counted = TRUE
         WHERE channel NOT IN ('phone', 'walk_in')
           AND EXISTS (
               SELECT FROM itsm_sla_clock clock
                WHERE clock.ticket_id = ticket.id AND clock.kind = 'response'
                  AND clock.is_cancelled IS NOT TRUE
           )
        """
    )
