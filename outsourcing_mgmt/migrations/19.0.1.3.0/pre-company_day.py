"""Count the days of each company where its working hours were: as until now."""

from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    if column_exists(cr, "res_company", "outsourcing_tz"):
        return
    create_column(cr, "res_company", "outsourcing_tz", "varchar")
    cr.execute(
        """
        UPDATE res_company company
           SET outsourcing_tz = COALESCE((
                   SELECT calendar.tz
                     FROM resource_calendar calendar
                    WHERE calendar.id = company.resource_calendar_id), 'UTC')
        """
    )
