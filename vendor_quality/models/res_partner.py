from odoo import models


class ResPartner(models.Model):
    """Finds vendors that share a tax number, however it is written."""

    _inherit = "res.partner"

    _vendor_quality_vat_idx = models.Index(
        "(UPPER(REGEXP_REPLACE(vat, '[^A-Za-z0-9]', '', 'g'))) WHERE vat IS NOT NULL"
    )
