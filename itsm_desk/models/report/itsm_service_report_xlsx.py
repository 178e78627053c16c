from odoo import models

from .report_workbook import OPTIONS, write_workbook


class ItsmServiceReportXlsx(models.AbstractModel):
    """A service report as a workbook: of an issued one, its frozen facts."""

    _name = "report.itsm_desk.service_report_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Service Report as a Workbook"

    # ------------------------------------------------------------
    # REPORT
    # ------------------------------------------------------------

    def generate_xlsx_report(self, workbook, data, objects):
        objects.check_access("read")
        for report in objects:
            write_workbook(workbook, report, report._get_facts())

    def get_workbook_options(self):
        return dict(OPTIONS)
