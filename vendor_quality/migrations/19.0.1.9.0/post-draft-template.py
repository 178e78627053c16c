"""Let quality managers give a draft contract another template, or none."""

from odoo import SUPERUSER_ID, api

RULE = "vendor_quality.outsourcing_contract_rule_quality_manager"
DOMAIN = "['|', ('signed_date', '!=', False), ('state', '=', 'draft')]"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    if rule := env.ref(RULE, raise_if_not_found=False):
        rule.domain_force = DOMAIN
