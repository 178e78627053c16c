"""Take the dashboard of tenders and contracts over from ``vendor_quality``.

It shows nothing of that module, and is there without it, too.
"""

from odoo import SUPERUSER_ID, api

NAME = "spreadsheet_dashboard_outsourcing"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    names = env["ir.model.data"].search(
        [
            ("module", "in", ("outsourcing_mgmt", "vendor_quality")),
            ("name", "=", NAME),
        ]
    )
    if names.mapped("module") == ["vendor_quality"]:
        names.module = "outsourcing_mgmt"
