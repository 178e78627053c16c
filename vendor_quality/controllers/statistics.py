import os
import tempfile

from werkzeug.wsgi import FileWrapper

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.outsourcing_mgmt.models.platform.ir_http import reads_only

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class VendorQualityStatistics(http.Controller):
    """The statistics of a period as a workbook."""

    @http.route(
        "/vendor-quality/statistics/<int:statistics_id>",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=reads_only,
    )
    def vendor_quality_statistics(self, statistics_id):
        statistics = request.env["vendor.quality.statistics"].search(
            [("id", "=", statistics_id), ("create_uid", "=", request.env.uid)]
        )
        if not statistics:
            raise request.not_found()
        # Written to disk and sent from there: ten thousand contracts fit in no reply
        # that is kept in memory. The file has no name and goes with the last reader.
        file = tempfile.TemporaryFile()
        report = request.env["report.vendor_quality.statistics_xlsx"]
        report._write_workbook(file, statistics)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        return request.make_response(
            FileWrapper(file, 64 * 1024),
            headers=[
                ("Content-Type", XLSX_TYPE),
                ("Content-Length", size),
                (
                    "Content-Disposition",
                    content_disposition(f"{statistics._get_file_name()}.xlsx"),
                ),
            ],
        )
