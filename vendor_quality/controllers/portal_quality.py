from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.outsourcing_mgmt.controllers.tender_portal import (
    MAX_TEXT_BYTES,
    prepare_head,
)
from odoo.addons.outsourcing_mgmt.models.contract.vendor_acts import find_contracts
from odoo.addons.outsourcing_mgmt.models.platform.ir_http import reads_only
from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.consequence.vendor_quality_improvement_plan import record_answer
from ..tools import trend

PERIODS_SHOWN = 24


class VendorQualityPortalOverview(CustomerPortal):
    """Vendors see where they stand, their trend, and answer improvement plans.

    A vendor sees its own contracts and nothing else: no peer, no average of
    others, no rank.
    """

    # ------------------------------------------------------------
    # HOME
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "quality_contract_count" in counters:
            values["quality_contract_count"] = len(self._quality_contracts())
        if "quality_plan_count" in counters:
            values["quality_plan_count"] = len(self._quality_plans())
        return values

    # ------------------------------------------------------------
    # ROUTES
    # ------------------------------------------------------------

    @http.route(
        "/my/service-quality",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def portal_service_quality(self, **kwargs):
        contracts = self._quality_contracts()
        # sudo: vendors have no right on the model; the contracts are their own.
        Forecast = request.env["vendor.quality.forecast"].sudo()
        forecasts = Forecast.search([("contract_id", "in", contracts.ids)])
        forecasts = forecasts.grouped("contract_id")
        forms = self._quality_approved_forms().grouped("contract_id")
        cards = [
            {
                "contract": contract,
                "forecast": forecasts.get(contract),
                "forms": list(forms.get(contract, ()))[::-1],
                "chart": self._quality_chart(contract, forms.get(contract, ())),
                "blocked": contract.vendor_quality_standing_ids._get_blocked_label(),
            }
            for contract in contracts
        ]
        return request.render(
            "vendor_quality.portal_service_quality",
            {
                **self._prepare_portal_layout_values(),
                "cards": cards,
                "plans": self._quality_plans(),
                "disputes": self._quality_disputes(),
                **prepare_head(request.env._("Service Quality")),
                "page_name": "service_quality",
            },
        )

    @http.route(
        "/my/improvement-plans",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def portal_improvement_plans(self, **kwargs):
        return request.render(
            "vendor_quality.portal_improvement_plans",
            {
                **self._prepare_portal_layout_values(),
                "plans": self._quality_plans(),
                **prepare_head(request.env._("Improvement Plans")),
                "page_name": "improvement_plans",
            },
        )

    @http.route(
        "/my/improvement-plans/<int:plan_id>",
        type="http",
        auth="user",
        website=True,
        readonly=reads_only,
    )
    def portal_improvement_plan(self, plan_id, **kwargs):
        plan = self._quality_plan(plan_id)
        if not plan:
            return request.redirect("/my/improvement-plans")
        return self._quality_render_plan(plan)

    @http.route(
        "/my/improvement-plans/<int:plan_id>/answer",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_TEXT_BYTES,
    )
    def portal_improvement_plan_answer(self, plan_id, answer="", **kwargs):
        plan = self._quality_plan(plan_id)
        if not plan:
            return request.redirect("/my/improvement-plans")
        try:
            with request.env.cr.savepoint():
                record_answer(plan, request.env.user, answer)
        except UserError as error:
            return self._quality_render_plan(plan, error=str(error), answer=answer)
        return request.redirect(f"/my/improvement-plans/{plan.id}?done=1")

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _quality_own(self):
        """Return the contracts for which the acting user acts, with sudo."""
        return find_contracts(request.env)

    def _quality_contracts(self):
        # sudo: vendors have no right on the models; the domain limits it to their own.
        Contract = request.env["outsourcing.contract"].sudo()
        return Contract.search(
            [
                ("id", "in", self._quality_own().ids),
                ("vendor_quality_template_id", "!=", False),
                ("signed_date", "!=", False),
            ],
            order="date_end desc, id",
        )

    def _quality_approved_forms(self):
        # sudo: as above, the vendor's own, and only what was approved.
        Form = request.env["vendor.quality.form"].sudo()
        return Form.search(
            [
                ("contract_id", "in", self._quality_own().ids),
                ("state", "=", "approved"),
            ],
            order="date_end, id",
        )

    def _quality_disputes(self):
        # sudo: as above, the vendor's own.
        Dispute = request.env["vendor.quality.dispute"].sudo()
        return Dispute.search([("form_id.contract_id", "in", self._quality_own().ids)])

    def _quality_plans(self):
        # sudo: as above, the vendor's own.
        Plan = request.env["vendor.quality.improvement.plan"].sudo()
        return Plan.search(
            [
                ("contract_id", "in", self._quality_own().ids),
                ("state", "!=", "cancelled"),
            ]
        )

    def _quality_plan(self, plan_id):
        """Return the vendor's own plan, or an empty recordset."""
        return self._quality_plans().filtered(lambda plan: plan.id == plan_id)

    def _quality_chart(self, contract, forms):
        """Return the chart of one contract, or None before there is a line."""
        shown = list(forms)[-PERIODS_SHOWN:]
        if not shown:
            return None
        bands = contract.vendor_quality_template_id.band_ids
        return trend.get_chart(
            [
                (
                    f"{form.date_end:%Y-%m}",
                    form.score if form.is_rated else None,
                )
                for form in shown
            ],
            [(band.grade, band.lower_bound) for band in bands if band.lower_bound],
        )

    def _quality_render_plan(self, plan, error=None, answer=""):
        return request.render(
            "vendor_quality.portal_improvement_plan",
            {
                **self._prepare_portal_layout_values(),
                "plan": plan,
                "error": error,
                "answer": answer or plan.vendor_response or "",
                "done": request.params.get("done") and not error,
                "closed_reason": plan._get_cannot_answer_reason(),
                **prepare_head(plan.subject),
                "page_name": "improvement_plan",
            },
        )
