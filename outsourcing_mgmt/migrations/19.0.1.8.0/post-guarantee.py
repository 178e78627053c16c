"""Note of which guarantees the owners were told: all that are due by now.

Before, the alert came back every morning until the guarantee was given back.
"""

from odoo import SUPERUSER_ID, api, fields

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    guarantees = env["outsourcing.contract.guarantee"]
    for company in env["res.company"].search([("active", "in", (True, False))]):
        today = company._outsourcing_today()
        due = guarantees.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "held"),
                ("alerted_for", "=", False),
                (
                    "date_expiry",
                    "<=",
                    fields.Date.add(today, days=company.outsourcing_alert_days),
                ),
            ]
        )
        for day, told in due.grouped("date_expiry").items():
            server_write(told, {"alerted_for": day})
