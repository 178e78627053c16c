"""Requests that wait to be confirmed get a last day, as every two-person request."""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in ("outsourcing.bid.person", "outsourcing.price.reader"):
        waiting = env[name].search(
            [("state", "=", "requested"), ("expiry_date", "=", False)]
        )
        for company, requests in waiting.grouped("company_id").items():
            server_write(requests, {"expiry_date": waiting._dual_last_day(company)})
    cr.execute(
        """
        UPDATE outsourcing_price_reader
           SET approved_by_id = COALESCE(finance_by_id, auditor_by_id),
               approved_at = COALESCE(finance_at, GREATEST(hr_at, auditor_at))
         WHERE state = 'confirmed' AND approved_by_id IS NULL
        """
    )
