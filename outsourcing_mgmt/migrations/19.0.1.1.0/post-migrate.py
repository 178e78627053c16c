"""Give the members of running evaluations the menus they had by being employees."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["outsourcing.committee.member"].search(
        [("state", "=", "appointed")]
    )._show_menus()
