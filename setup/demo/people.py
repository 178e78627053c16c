"""The company, its people and its vendors: the demo files of the manifests."""

import ast
from pathlib import Path

from odoo.modules import get_module_path
from odoo.tools import convert_file

from .story import ZONE

MODULES = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")
COMPANY = {
    "name": "Hengtai Manufacturing",
    "street": "88 Binjiang Avenue",
    "city": "Hangzhou",
    "zip": "310051",
    "email": "office@company.example.com",
    "phone": "+86 571 5550 0188",
}


def load(story):
    """Load the demo files of the modules and put the company in its place."""
    env = story.env
    settle(env)
    for module in MODULES:
        folder = Path(get_module_path(module))
        manifest = ast.literal_eval((folder / "__manifest__.py").read_text())
        for name in manifest.get("demo", ()):
            convert_file(env, module, name, {}, mode="init", noupdate=True)
    env.company.write(
        {
            "outsourcing_procurement_department_id": env.ref(
                "outsourcing_mgmt.demo_department_procurement"
            ).id,
            "outsourcing_department_id": env.ref(
                "outsourcing_mgmt.demo_department_outsourcing"
            ).id,
        }
    )
    users = env["res.users"].search([("login", "not in", ("__system__", "public"))])
    users.tz = ZONE.zone
    # They were there before the story begins, and count as own heads.
    env["hr.version"].search([("employee_id", "!=", False)]).write(
        {"date_version": story.begin.date()}
    )
    # Whoever decides on a request for equipment is the head of the department.
    env.ref("itsm_desk.demo_service_laptop").needs_approval = True
    env.cr.commit()


def settle(env):
    """Give the company its name, country, currency and time."""
    company = env.company
    currency = env.ref("base.CNY")
    currency.active = True
    values = {**COMPANY, "country_id": env.ref("base.cn").id}
    if not env["account.move.line"].search_count([], limit=1):
        values["currency_id"] = currency.id
    company.write(values)
    company.resource_calendar_id.tz = ZONE.zone
    company.outsourcing_tz = ZONE.zone
