from odoo.tools.sql import column_exists, rename_column


def migrate(cr, version):
    """Keep what the reasons of holds name: the column says now what it holds."""
    if column_exists(cr, "vendor_quality_hold", "facts"):
        rename_column(cr, "vendor_quality_hold", "facts", "reason_values")
        cr.execute(
            "UPDATE ir_model_fields SET name = 'reason_values' "
            "WHERE model = 'vendor.quality.hold' AND name = 'facts'"
        )
        cr.execute(
            "UPDATE ir_model_data "
            "SET name = 'field_vendor_quality_hold__reason_values' "
            "WHERE module = 'vendor_quality' "
            "AND name = 'field_vendor_quality_hold__facts'"
        )
