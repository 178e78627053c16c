"""Give shipped rules who answers for a breach, and list signed copies as documents.

The rules are not updated with the module. A rule whose fine or points somebody set
keeps them.
"""

from odoo import SUPERUSER_ID, api

from odoo.addons.outsourcing_mgmt.models.contract.outsourcing_contract_document import (
    keep_signed_copies,
)

HEADS = {
    "procurement_head": (
        "no_request",
        "late_reference_price",
        "too_few_bidders",
        "opened_early",
        "signed_late",
        "filed_late",
        "renewed_unforeseen",
        "split_purchase",
        "below_policy",
        "direct_award",
    ),
    "outsourcing_head": ("found_elsewhere", "no_inspection_plan"),
}


def migrate(cr, version):
    """Called by Odoo after the update of the module."""
    for role, codes in HEADS.items():
        cr.execute(
            """
            UPDATE outsourcing_compliance_rule
               SET responsible_role = %s,
                   demerit_points = CASE WHEN %s AND COALESCE(demerit_points, 0) = 0
                                         THEN 1 ELSE demerit_points END
             WHERE code = ANY(%s)
            """,
            [role, role == "procurement_head", list(codes)],
        )
    env = api.Environment(cr, SUPERUSER_ID, {})
    contracts = env["outsourcing.contract"].with_context(active_test=False)
    ids = contracts.search([("signed_copy_hash", "!=", False)], order="id").ids
    for start in range(0, len(ids), 100):
        keep_signed_copies(contracts.browse(ids[start : start + 100]))
        env.flush_all()
        env.invalidate_all()
