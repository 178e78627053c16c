from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import format_list
from odoo.tools.image import image_data_uri

from odoo.addons.base.models.ir_actions_report import _wkhtml

from ...tools import report_pages
from .kept_files import KEPT_MODELS, check_intact

OWN_MODELS = ("outsourcing.", "vendor.quality.")
PREFIX = "outsourcing_mgmt."


class IrActionsReport(models.Model):
    """Prints documents of the suite for their readers, while their files are kept.

    With the letterhead of the company on the first page, headings beside what they
    head, and a number on each page, whichever wkhtmltopdf there is.
    """

    _inherit = "ir.actions.report"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def _get_rendering_context(self, report, docids, data):
        self._outsourcing_check_printer(report, docids)
        if report.model in KEPT_MODELS:
            check_intact(self.env[report.model].browse(docids))
        return super()._get_rendering_context(report, docids, data)

    def _prepare_html(self, html, report_model=False):
        if self._outsourcing_prints_pages():
            html = report_pages.arrange(
                html,
                own_fonts=_wkhtml().is_patched_qt,
                placeholder=image_data_uri(self.env["res.company"]._get_logo()),
                orientation=self.get_paperformat().orientation,
            )
        return super()._prepare_html(html, report_model=report_model)

    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        report = self._get_report(report_ref)
        if not res_ids or not report._outsourcing_prints_pages():
            return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        render = super()._render_qweb_pdf
        ids = [res_ids] if isinstance(res_ids, int) else [*res_ids]
        return report_pages.print_each(
            self.env[report.model].browse(ids),
            lambda some: render(report_ref, res_ids=some, data={**(data or {})}),
            self._number_pages,
        )

    def _render_xlsx(self, report_ref, docids, data):
        self._outsourcing_check_printer(self._get_report(report_ref), docids)
        return super()._render_xlsx(report_ref, docids, data)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _outsourcing_check_printer(self, report, docids):
        """Refuse to print what the user may not read, or what others print.

        Core asks neither on its routes, and templates show some of a document in the
        rights of the server. The server prints in its own.

        :param report: in sudo
        """
        if self.env.su or not (report.model or "").startswith(OWN_MODELS):
            return
        self.env[report.model].browse(docids or []).check_access("read")
        groups = report.group_ids
        if groups and not groups & self.env.user.all_group_ids:
            raise AccessError(
                self.env._(
                    "%(report)s is printed by: %(groups)s.",
                    report=report.name,
                    groups=format_list(self.env, groups.mapped("name")),
                )
            )

    def _number_pages(self, record, content):
        """Return the PDF of a document with its numbers, unless it joins others."""
        if self.env.context.get("outsourcing_joins_pages"):
            return content
        return report_pages.number_pages(content, self._get_foot(record))

    def _get_foot(self, record):
        """Return what stands at the foot of each page of a document.

        The font of the foot has no Chinese: what a draft is called there is English.
        """
        if isinstance(record, self.pool["outsourcing.numbered.mixin"]):
            return record._get_foot_name()
        if "contract_id" in record._fields:
            # A part of a contract has a subject at most, which may be Chinese.
            return record.contract_id.name or ""
        if "name" in record._fields:
            return record.name or ""
        return record.display_name if record.display_name.isascii() else ""

    def _outsourcing_prints_pages(self):
        """Whether the letterhead is in the text and the pages are numbered here."""
        return (self.report_name or "").startswith(PREFIX)
