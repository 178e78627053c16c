from odoo.addons.outsourcing_mgmt.models.base.grants import server_write
from odoo.addons.outsourcing_mgmt.tools import leaving

from .models.inspection.outsourcing_compliance_rule import INSPECTION_CODES

MODULE = "vendor_quality"
PREFIX = "vendor.quality."
SHIPPED_TEMPLATES = (
    "vendor_quality.template_it_service",
    "vendor_quality.template_cleaning",
    "vendor_quality.template_guards",
    "vendor_quality.template_staffing",
)


def pre_init_hook(env):
    """Start clean in a database that had the module before.

    Rules that had events have stayed with them, and are the rules of this
    installation again.
    """
    leaving.come_back(env, MODULE, PREFIX)
    _part_events_from_documents(env.cr)
    env.cr.execute(
        """
        UPDATE outsourcing_compliance_rule SET active = TRUE WHERE code = ANY(%(codes)s)
        """,
        {"codes": list(INSPECTION_CODES)},
    )
    env.cr.execute(
        """
        INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
        SELECT %(module)s, 'compliance_rule_' || code, 'outsourcing.compliance.rule',
               id, TRUE
          FROM outsourcing_compliance_rule
         WHERE code = ANY(%(codes)s)
            ON CONFLICT DO NOTHING
        """,
        {"module": MODULE, "codes": list(INSPECTION_CODES)},
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
            ("module", "=", MODULE),
            ("model", "=", "outsourcing.compliance.rule"),
            ("res_id", "in", events.rule_id.ids),
        ]
    ).unlink()
    env.flush_all()
    _part_events_from_documents(env.cr)
    leaving.leave(env, MODULE)


def _part_events_from_documents(cr):
    """Let the events about inspections stand for themselves: those are gone.

    An event counts once per rule and document, and the inspections of a new
    installation have the same ids.
    """
    cr.execute(
        "UPDATE outsourcing_compliance_event"
        " SET res_model = 'outsourcing.compliance.event', res_id = id"
        " WHERE res_model LIKE %s",
        [f"{PREFIX}%"],
    )
