"""Fix who may sign the contracts that wait for the vendor's signature."""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.contract.vendor_acts import fix_signers


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    fix_signers(env["outsourcing.contract"].search([("state", "=", "to_sign")]))
