from odoo import models


class IrActionsReport(models.Model):
    """Documents of vendor quality have letterhead and page numbers as well."""

    _inherit = "ir.actions.report"

    def _outsourcing_prints_pages(self):
        return super()._outsourcing_prints_pages() or (
            self.report_name or ""
        ).startswith("vendor_quality.")
