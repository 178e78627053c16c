from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Shows from which day the gate holds, and how long a standing counts."""

    _inherit = "res.config.settings"

    vendor_quality_gate_from = fields.Date(
        related="company_id.vendor_quality_gate_from", readonly=False
    )
    vendor_quality_tax_tolerance = fields.Float(
        related="company_id.vendor_quality_tax_tolerance", readonly=False
    )
    vendor_quality_standing_months = fields.Integer(
        related="company_id.vendor_quality_standing_months", readonly=False
    )
