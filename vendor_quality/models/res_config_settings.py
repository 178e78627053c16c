from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Shows from which day the gate holds."""

    _inherit = "res.config.settings"

    vendor_quality_gate_from = fields.Date(
        related="company_id.vendor_quality_gate_from", readonly=False
    )
