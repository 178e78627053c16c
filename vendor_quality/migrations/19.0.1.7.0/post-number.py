"""Enter the numbers that were given before into the register of numbers."""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.number.numbering import enter_given

NUMBERED = (
    "vendor.quality.form",
    "vendor.quality.inspection",
    "vendor.quality.exception",
    "vendor.quality.improvement.plan",
    "vendor.quality.waiver",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in NUMBERED:
        enter_given(env[name])
