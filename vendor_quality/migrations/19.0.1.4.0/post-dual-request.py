from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Remove the job that ended waivers: one job ends all two-person requests."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    job = env.ref("vendor_quality.ir_cron_expire_waivers", raise_if_not_found=False)
    if job:
        job.unlink()
