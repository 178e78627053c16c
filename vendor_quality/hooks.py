from odoo.addons.outsourcing_mgmt.models.base.grants import server_write

from .models.inspection.outsourcing_compliance_rule import INSPECTION_CODES

SHIPPED_TEMPLATES = (
    "vendor_quality.template_it_service",
    "vendor_quality.template_cleaning",
    "vendor_quality.template_guards",
    "vendor_quality.template_staffing",
)


def post_init_hook(env):
    """Put the shipped templates in force, where no second person exists yet."""
    for xmlid in SHIPPED_TEMPLATES:
        server_write(env.ref(xmlid), {"state": "active"})


def uninstall_hook(env):
    """Arm again what was set aside, and leave what history refers to.

    Bills post by themselves as before. Rules that have events cannot be deleted:
    they stay with their events, archived.
    """
    holds = env["vendor.quality.hold"].search(
        [("state", "=", "active"), ("parked_auto_post", "!=", False)]
    )
    holds._release(env._("Bill control was uninstalled."))
    events = env["outsourcing.compliance.event"].search(
        [("rule_id.code", "in", tuple(INSPECTION_CODES))]
    )
    events.rule_id.active = False
    env["ir.model.data"].search(
        [
            ("module", "=", "vendor_quality"),
            ("model", "=", "outsourcing.compliance.rule"),
            ("res_id", "in", events.rule_id.ids),
        ]
    ).unlink()
