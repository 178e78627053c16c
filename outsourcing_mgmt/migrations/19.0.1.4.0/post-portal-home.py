"""Note of which vendor portal users are, and show orders to the bid's persons only."""

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_path

RULES = ("purchase_order_rule_bidder", "purchase_order_line_rule_bidder")


def migrate(cr, version):
    cr.execute(
        """
        UPDATE res_users login
           SET outsourcing_home_id = contact.commercial_partner_id
          FROM res_partner contact
         WHERE contact.id = login.partner_id
           AND login.share
           AND login.outsourcing_home_id IS NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    tree = etree.parse(file_path("outsourcing_mgmt/security/outsourcing_bid_rules.xml"))
    for xmlid in RULES:
        rule = env.ref(f"outsourcing_mgmt.{xmlid}", raise_if_not_found=False)
        if rule and "state', '=', 'purchase'" in (rule.domain_force or ""):
            [node] = tree.xpath(f"//record[@id='{xmlid}']/field[@name='domain_force']")
            rule.domain_force = node.text
