from lxml import etree

from odoo import SUPERUSER_ID, api, fields
from odoo.tools import file_path

TEMPLATES = ("filed", "solved", "stopped")


def migrate(cr, version):
    """Let mails name team and company, and plan reminders of open solutions."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    tree = etree.parse(file_path("itsm_desk/data/mail_template_data.xml"))
    for name in TEMPLATES:
        xmlid = f"mail_template_ticket_{name}"
        template = env.ref(f"itsm_desk.{xmlid}", raise_if_not_found=False)
        if not template or template.write_date != template.create_date:
            # Somebody wrote a text of their own.
            continue
        [body] = tree.xpath(f"//record[@id='{xmlid}']/field[@name='body_html']")
        template.body_html = "".join(
            etree.tostring(child, encoding="unicode") for child in body
        )
    now = fields.Datetime.now()
    for ticket in env["itsm.ticket"].search([("state", "=", "solved")]):
        ticket._plan_reminder(now)
