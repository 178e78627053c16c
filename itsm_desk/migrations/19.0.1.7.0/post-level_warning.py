"""Whoever has a ticket now is warned before he is late, as for later ones."""

from odoo import SUPERUSER_ID, api, fields

from odoo.addons.itsm_desk.models.base.grants import server_write
from odoo.addons.itsm_desk.models.vendor.itsm_vendor_job import measure_job
from odoo.addons.itsm_desk.tools.sla_clock import WARN_PERCENT

BATCH = 500


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    now = fields.Datetime.now()
    for rows in _get_batches(env["itsm.level.stay"], "ended_at"):
        targets = env["itsm.sla.policy"]._get_targets(rows.ticket_id)
        for stay in rows:
            _set_percent(stay, targets.get((stay.ticket_id.id, stay.level)))
            stay._measure(now)
    for rows in _get_batches(env["itsm.vendor.job"], "returned_at"):
        targets = env["itsm.sla.policy"]._get_targets(rows.ticket_id)
        for job in rows:
            _set_percent(job, targets.get((job.ticket_id.id, "vendor")))
            measure_job(job, now)


def _get_batches(model, end):
    last = 0
    while rows := model.search(
        [(end, "=", False), ("id", ">", last)], order="id", limit=BATCH
    ):
        yield rows
        last = rows[-1].id
        model.env.invalidate_all()


def _set_percent(row, target):
    percent = target.warn_percent if target else WARN_PERCENT
    server_write(row, {"warn_percent": percent})
