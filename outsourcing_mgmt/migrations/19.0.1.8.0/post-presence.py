"""Ask for the presence of the committee in the shipped procedures.

Procedures are not updated with the module, and theirs was off. Published tenders keep
the rules under which they were published.
"""

from odoo import SUPERUSER_ID, api

PROCEDURES = ("company_invited", "company_public", "cn_public", "cn_invited")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in PROCEDURES:
        procedure = env.ref(
            f"outsourcing_mgmt.procedure_{name}", raise_if_not_found=False
        )
        if procedure and procedure.quorum:
            procedure.presence_required = True
