from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.outsourcing_mgmt.controllers.tender_portal import (
    MAX_TEXT_BYTES,
    prepare_head,
)
from odoo.addons.outsourcing_mgmt.models.contract.vendor_acts import find_contracts
from odoo.addons.outsourcing_mgmt.models.platform.ir_http import reads_only
from odoo.addons.outsourcing_mgmt.tools.typed_number import read_number
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.form.vendor_quality_form import VENDOR_STATES
from ..models.form.vendor_quality_form_flow import record_answer, record_dispute
from ..tools import replay


class VendorQualityPortal(CustomerPortal):
    """Vendors read their quality forms, answer them and contest lines."""

    _items_per_page = 20

    # ------------------------------------------------------------
    # HOME
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "quality_form_count" in counters:
            values["quality_form_count"] = self._quality_forms().search_count(
                self._quality_form_domain()
            )
        return values

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    @http.route(
        ["/my/quality-forms", "/my/quality-forms/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def portal_quality_forms(self, page=1, **kwargs):
        Forms, domain = self._quality_forms(), self._quality_form_domain()
        pager = portal_pager(
            url="/my/quality-forms",
            total=Forms.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        forms = Forms.search(domain, limit=self._items_per_page, offset=pager["offset"])
        return request.render(
            "vendor_quality.portal_quality_forms",
            {
                **self._prepare_portal_layout_values(),
                "forms": forms,
                "pager": pager,
                **prepare_head(request.env._("Quality Forms")),
                "page_name": "quality_forms",
                "default_url": "/my/quality-forms",
            },
        )

    @http.route(
        "/my/quality-forms/<int:form_id>",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def portal_quality_form(self, form_id, error=None, message=None, **kwargs):
        form = self._get_quality_form(form_id)
        if not form:
            return request.redirect("/my/quality-forms")
        return self._render_quality_form(form)

    @http.route(
        "/my/quality-forms/<int:form_id>/pdf",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def portal_quality_form_pdf(self, form_id, **kwargs):
        form = self._get_quality_form(form_id)
        if not form:
            return request.redirect("/my/quality-forms")
        # sudo: the vendor has no right on the model; the form is its own, see above.
        report = request.env["ir.actions.report"].sudo()
        pdf, _kind = report._render_qweb_pdf(
            "vendor_quality.action_report_quality_form", form.ids
        )
        return request.make_response(
            pdf,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Disposition", http.content_disposition(f"{form.name}.pdf")),
            ],
        )

    @http.route(
        "/my/quality-forms/<int:form_id>/answer",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def portal_quality_form_answer(self, form_id, answer="", **kwargs):
        return self._act_on_form(
            form_id,
            lambda form: record_answer(form, request.env.user, answer),
            answer=answer,
        )

    @http.route(
        "/my/quality-forms/<int:form_id>/dispute",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def portal_quality_form_dispute(self, form_id, line_id="", claim="", **kwargs):
        number = read_number(line_id)
        return self._act_on_form(
            form_id,
            lambda form: record_dispute(form, request.env.user, number, claim),
            **{f"claim_{number}": claim},
        )

    @http.route(
        "/vendor_quality/form/<int:form_id>/document.json",
        type="http",
        auth="user",
        readonly=reads_only,
    )
    def quality_form_document(self, form_id, **kwargs):
        form = request.env["vendor.quality.form"].browse(form_id).exists()
        if not form or not form.has_access("read") or form.state == "draft":
            raise request.not_found()
        document = form._get_document()
        export = {"document": document, "sha256": replay.get_hash(document)}
        return request.make_json_response(
            export,
            headers=[
                (
                    "Content-Disposition",
                    http.content_disposition(f"{form.name.replace('/', '-')}.json"),
                )
            ],
        )

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _quality_forms(self):
        # sudo: vendors have no right on the model; the domain limits it to their own.
        return request.env["vendor.quality.form"].sudo()

    def _quality_form_domain(self):
        return [
            ("contract_id", "in", find_contracts(request.env).ids),
            ("state", "in", VENDOR_STATES),
        ]

    def _get_quality_form(self, form_id):
        """Return the vendor's own form, or an empty recordset."""
        return self._quality_forms().search(
            [*self._quality_form_domain(), ("id", "=", form_id)]
        )

    def _act_on_form(self, form_id, function, **typed):
        """Take a step of the vendor; show what was ``typed`` again where it is refused.

        A second click finds the step taken and says what the first one says.
        """
        form = self._get_quality_form(form_id)
        if not form:
            return request.redirect("/my/quality-forms")
        try:
            with request.env.cr.savepoint():
                function(form)
        except UserError as error:
            return self._render_quality_form(form, str(error), typed)
        return request.redirect(f"/my/quality-forms/{form.id}?done=1")

    def _render_quality_form(self, form, error=None, typed=None):
        typed = typed or {}
        shown = {f"claim_{line.id}" for line in form.line_ids if not line.is_disputed}
        closed = form._get_cannot_answer_reason()
        if not form.vendor_answered_at:
            shown.add("answer")
        return request.render(
            "vendor_quality.portal_quality_form",
            {
                **self._prepare_portal_layout_values(),
                "form": form,
                "lines": form.line_ids,
                "disputes": form._get_chain().dispute_ids,
                "error": error,
                "typed": typed,
                # What has no form any more is given back all the same.
                "lost": [
                    text
                    for name, text in typed.items()
                    if text and (closed or name not in shown)
                ],
                "done": request.params.get("done") and not error,
                "closed_reason": closed,
                **prepare_head(form.name),
                "page_name": "quality_form",
            },
            status=422 if error else 200,
        )
