"""Give decisions on bills the rate of their day.

Sums over several currencies used the rate of the day on which somebody looked.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.money.outsourcing_dated_amount_mixin import (
    get_rate,
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        UPDATE vendor_quality_decision decision
           SET currency_rate = 1
          FROM res_company company
         WHERE company.id = decision.company_id
           AND decision.currency_rate IS NULL
           AND COALESCE(decision.currency_id, company.currency_id)
               = company.currency_id
        """
    )
    cr.execute(
        """
        SELECT decision.currency_id, decision.company_id,
               COALESCE(CASE WHEN decision.stage = 'post'
                             THEN COALESCE(move.invoice_date, move.date) END,
                        (decision.create_date AT TIME ZONE 'UTC'
                         AT TIME ZONE company.outsourcing_tz)::date) AS day,
               ARRAY_AGG(decision.id)
          FROM vendor_quality_decision decision
          JOIN res_company company ON company.id = decision.company_id
          LEFT JOIN account_move move ON move.id = decision.move_id
         WHERE decision.currency_rate IS NULL
         GROUP BY 1, 2, 3
        """
    )
    for currency_id, company_id, day, ids in cr.fetchall():
        currency = env["res.currency"].browse(currency_id)
        rate = get_rate(currency, env["res.company"].browse(company_id), day)
        cr.execute(
            "UPDATE vendor_quality_decision SET currency_rate = %s WHERE id = ANY(%s)",
            [rate, ids],
        )
    env["vendor.quality.decision"].invalidate_model(["currency_rate"])
