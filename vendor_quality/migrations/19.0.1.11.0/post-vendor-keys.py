"""Compare vendors by keys that see through letters and digits of other scripts.

Keys of contacts and bank accounts are computed anew, and what contract vendors are
known by is added. Keys that were noted before stay: they say what was known then.
What two persons decided to be two vendors stays decided under the new key.
"""

from collections import defaultdict

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.base.grants import server_create

KEYS = {
    "res.partner": (
        "vendor_quality_number_key",
        "vendor_quality_number_proven",
        "vendor_quality_name_key",
    ),
    "res.partner.bank": ("vendor_quality_key",),
}
COLUMNS = {
    "number": ("res.partner", "vendor_quality_number_key"),
    "name": ("res.partner", "vendor_quality_name_key"),
    "account": ("res.partner.bank", "vendor_quality_key"),
}
CHUNK = 1000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    decided = read_decided(env)
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
    carry_over(env, decided)


def read_decided(env):
    """Return which contacts and accounts have the key of a decision now.

    :return: ``{vendor.quality.identity: records}``
    """
    decided = {}
    for row in env["vendor.quality.identity"].search([("kind", "=", "other")]):
        if row.ground not in COLUMNS or not row.key:
            continue
        model, field = COLUMNS[row.ground]
        domain = [(field, "=", row.key)]
        # A bill may name the account of somebody else.
        if model == "res.partner":
            domain.append(("commercial_partner_id", "=", row.partner_id.id))
        decided[row] = env[model].with_context(active_test=False).search(domain)
    return decided


def carry_over(env, decided):
    """Note the decisions under the keys of today, unless the pair became one later.

    By "one vendor", or because the one joined the company of the other.
    """
    Identity = env["vendor.quality.identity"]
    known = defaultdict(set)
    joined = defaultdict(int)
    partners = {row.partner_id.id for row in decided}
    for row in Identity.search([("partner_id", "in", list(partners))]):
        pair = (row.partner_id, row.vendor_id)
        if row.kind == "other":
            known[(*pair, row.company_id)].add((row.ground, row.key))
        elif row.kind in ("same", "contact"):
            place = (*pair, row.company_id)
            joined[place] = max(joined[place], row.id)
    no_company, rows = env["res.company"], []
    for row, records in decided.items():
        pair = (row.partner_id, row.vendor_id, row.company_id)
        if row.id < max(
            joined[pair], joined[row.partner_id, row.vendor_id, no_company]
        ):
            continue
        field = COLUMNS[row.ground][1]
        for key in set(records.mapped(field)) - {False, row.key}:
            if (row.ground, key) not in known[pair]:
                known[pair].add((row.ground, key))
                rows.append(
                    {
                        "vendor_id": row.vendor_id.id,
                        "partner_id": row.partner_id.id,
                        "kind": "other",
                        "ground": row.ground,
                        "key": key,
                        "company_id": row.company_id.id,
                        "change_id": row.change_id.id,
                    }
                )
    if rows:
        server_create(Identity, rows)
        Identity.flush_model()
