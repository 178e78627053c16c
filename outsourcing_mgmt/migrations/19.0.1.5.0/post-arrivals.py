"""Say of workers who came that they came, and fix what the company promised to keep.

Before, the state alone told it: whoever left counted as one who had been there. Who was
given up before the first day ended on that day, and is told from the others by it,
unless a day on site was confirmed.
"""


def migrate(cr, version):
    """Called by Odoo after the update of the module."""
    cr.execute(
        """
        UPDATE outsourcing_worker AS worker
           SET came_on = date_start
         WHERE came_on IS NULL
           AND date_start IS NOT NULL
           AND (state = 'on_site'
                OR (state = 'left'
                    AND (date_start < date_end
                         OR EXISTS (SELECT 1 FROM outsourcing_roster_day AS day
                                     WHERE day.worker_id = worker.id
                                       AND day.state = 'confirmed'))))
        """
    )
    cr.execute(
        """
        UPDATE outsourcing_contract AS contract
           SET retention_years = company.outsourcing_retention_years
          FROM res_company AS company
         WHERE company.id = contract.company_id
           AND contract.signed_date IS NOT NULL
           AND COALESCE(contract.retention_years, 0) = 0
        """
    )
    # The points that were made together with their handover.
    cr.execute(
        """
        UPDATE outsourcing_contract_exit_line AS line
           SET is_listed = TRUE
          FROM outsourcing_contract_exit AS leaving
         WHERE leaving.id = line.exit_id
           AND (line.worker_id IS NOT NULL OR line.create_date = leaving.create_date)
        """
    )
