from odoo.tools.sql import column_exists, create_column

VALID_DAYS = 30


def migrate(cr, version):
    """Give open changes to bill control a last day; those decided on need none.

    Without the column the update would fill the default into all of them.
    """
    if column_exists(cr, "vendor_quality_gate_change", "expiry_date"):
        return
    create_column(cr, "vendor_quality_gate_change", "expiry_date", "date")
    cr.execute(
        "UPDATE vendor_quality_gate_change SET expiry_date = CURRENT_DATE + %s"
        " WHERE state IN ('draft', 'submitted')",
        [VALID_DAYS],
    )
    # Exceptions could be asked for without a last day; from now on all have one.
    cr.execute(
        "UPDATE vendor_quality_exception SET expiry_date = CURRENT_DATE + %s"
        " WHERE expiry_date IS NULL AND state IN ('draft', 'submitted', 'approved')",
        [VALID_DAYS],
    )
