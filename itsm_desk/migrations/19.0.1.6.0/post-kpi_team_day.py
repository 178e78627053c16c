"""Put the facts of all days together by team, for the board and the dashboard."""

from odoo import SUPERUSER_ID, api

from odoo.addons.itsm_desk.models.report.kpi_counting import sum_day


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT DISTINCT company_id, day FROM itsm_kpi_day ORDER BY 1, 2")
    for company_id, day in cr.fetchall():
        sum_day(env, company_id, day)
