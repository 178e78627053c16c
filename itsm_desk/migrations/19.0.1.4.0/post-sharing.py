"""Let colleagues in the portal read by what was fixed when a ticket was filed."""

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_path

XMLID = "itsm_ticket_rule_portal"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    rule = env.ref(f"itsm_desk.{XMLID}", raise_if_not_found=False)
    if rule and "commercial_partner_id', '='" in (rule.domain_force or ""):
        tree = etree.parse(file_path("itsm_desk/security/itsm_rules.xml"))
        [domain] = tree.xpath(f"//record[@id='{XMLID}']/field[@name='domain_force']")
        rule.domain_force = domain.text
