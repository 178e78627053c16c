from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Let the job that closes tenders run at the deadlines of those published now."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["outsourcing.tender"].search([("state", "=", "published")])._schedule_close()
