"""Whether every menu of the suite shows something to somebody who sees it."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Date, Domain
from odoo.tools.safe_eval import safe_eval

MODULES = ("outsourcing_mgmt", "itsm_desk", "vendor_quality")
MAY_BE_EMPTY = {
    "outsourcing_mgmt.outsourcing_price_reader_menu",
    "outsourcing_mgmt.outsourcing_zone_change_menu",
    "itsm_desk.itsm_article_menu_deflection",
    "itsm_desk.itsm_inbound_mail_menu",
    "itsm_desk.itsm_makeup_day_menu",
    "itsm_desk.itsm_makeup_day_menu_hr",
    "itsm_desk.itsm_makeup_day_menu_resource",
    "itsm_desk.itsm_redaction_menu",
    "vendor_quality.itsm_dual_request_menu",
    "vendor_quality.vendor_quality_deputy_menu",
}
"""Lists of what the ordinary course of business does not bring about."""


def find_empty(env):
    """Return a line for each menu that shows no record to any of the demo's people."""
    data = (
        env["ir.model.data"]
        .search([("model", "=", "ir.ui.menu"), ("module", "in", MODULES)])
        .filtered(lambda row: row.complete_name not in MAY_BE_EMPTY)
    )
    users = env["res.users"].search([("share", "=", False)])
    empty = []
    for menu in env["ir.ui.menu"].browse(data.mapped("res_id")):
        action = menu.action
        if not action or action._name != "ir.actions.act_window":
            continue
        if env[action.res_model]._transient:
            continue
        seers = [user for user in users if may_see(env, menu, user)]
        # Of a role that nobody of the demo has, others open the list by a button.
        if not any(count(action, user) for user in seers or users):
            empty.append(f"{menu.complete_name} ({len(seers)} people see it)")
    return empty


def may_see(env, menu, user):
    """Whether a user sees the menu with all above it, raw tables in developer mode."""
    return menu.id in env["ir.ui.menu"].with_user(user)._visible_menu_ids(debug=True)


def count(action, user):
    """Count what the user sees: domain, default filters, own rights."""
    action = action.sudo()
    scope = {
        "uid": user.id,
        "allowed_company_ids": user.company_ids.ids,
        "context_today": Date.today,
    }
    context = safe_eval(action.context or "{}", dict(scope))
    domain = Domain(safe_eval(action.domain or "[]", dict(scope)))
    records = action.env[action.res_model].with_user(user)
    if not records.has_access("read"):
        return 0
    arch = etree.fromstring(
        records.get_view(action.search_view_id.id or None, "search")["arch"]
    )
    for key, value in context.items():
        if key.startswith("search_default_") and value:
            domain &= default_filter(arch, key.removeprefix("search_default_"), scope)
    try:
        return records.search_count(domain, limit=1)
    except AccessError:
        return 0


def default_filter(arch, name, scope):
    """Return the domain of a filter of the search view."""
    for node in arch.iter("filter"):
        if node.get("name") == name and node.get("domain"):
            return Domain(safe_eval(node.get("domain"), dict(scope)))
    return Domain.TRUE
