"""Note who decided on appeals of blacklisted vendors: they decide no later one."""

from odoo import SUPERUSER_ID, Command, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

DECISIONS = ("active", "lifted")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    entries = env["outsourcing.blacklist"].search([("appealed_on", "!=", False)])
    steps = env["outsourcing.audit.log"].search(
        [
            ("res_model", "=", entries._name),
            ("res_id", "in", entries.ids),
            ("verb", "in", DECISIONS),
        ]
    )
    for step in steps:
        if (step.details or {}).get("from") == "appealed":
            entry = entries.browse(step.res_id)
            server_write(entry, {"judge_ids": [Command.link(step.user_id.id)]})
