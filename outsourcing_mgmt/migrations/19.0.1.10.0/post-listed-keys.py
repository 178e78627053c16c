"""Know blacklisted vendors by keys that see through letters of other scripts.

What is compared is written in a new way since; the entries keep the old one, too.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.vendor.listed import KEPT, note_keys


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    entries = env["outsourcing.blacklist"].with_context(active_test=False)
    note_keys(entries.search([("state", "in", KEPT)]))
