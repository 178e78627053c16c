"""Compare vendors by keys that see through letters and digits of other scripts.

Keys of contacts and bank accounts are computed anew, and what contract vendors are
known by is added. Keys that were noted before stay: they say what was known then.
"""

from odoo import SUPERUSER_ID, api

KEYS = {
    "res.partner": (
        "vendor_quality_number_key",
        "vendor_quality_number_proven",
        "vendor_quality_name_key",
    ),
    "res.partner.bank": ("vendor_quality_key",),
}
CHUNK = 1000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, fields in KEYS.items():
        Model = env[name].with_context(active_test=False)
        last_id = 0
        while records := Model.search([("id", ">", last_id)], order="id", limit=CHUNK):
            for field in fields:
                env.add_to_compute(records._fields[field], records)
            env.flush_all()
            last_id = records[-1].id
            env.invalidate_all()
    env["vendor.quality.identity"]._remember_all()
