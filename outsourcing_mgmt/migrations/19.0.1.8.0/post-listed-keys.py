"""Keep what vendors on the blacklist, or proposed for it, are known by today."""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.vendor.listed import KEPT, note_keys


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    note_keys(env["outsourcing.blacklist"].search([("state", "in", KEPT)]))
