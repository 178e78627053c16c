from odoo import models

from .kept_files import KEPT_MODELS, check_intact


class IrActionsReport(models.Model):
    """Prints documents of the suite while their files are what was kept."""

    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        if report.model in KEPT_MODELS:
            check_intact(self.env[report.model].browse(docids))
        return super()._get_rendering_context(report, docids, data)
