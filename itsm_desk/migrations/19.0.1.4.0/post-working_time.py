"""End the versions of working time in which a night shift loses a microsecond.

Shifts that meet at midnight count whole from now on. The clocks that run in such a
version are moved to a new one by the scheduled job, which keeps what they have counted.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.itsm_desk.tools.working_time import join_at_midnight


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    timelines = env["itsm.work.timeline"].search([("superseded_at", "=", False)])
    stale = timelines.filtered(
        lambda line: len(join_at_midnight(line.slots or [])) < len(line.slots or [])
    )
    timelines._supersede([("id", "in", stale.ids)])
