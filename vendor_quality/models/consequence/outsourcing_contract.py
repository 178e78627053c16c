from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, models
from odoo.tools import format_date

from odoo.addons.outsourcing_mgmt.tools import lack
from odoo.addons.outsourcing_mgmt.tools.one_record import check_one

from .vendor_quality_improvement_plan import LIVE_STATES

FIRST_STATES = ("draft", "to_sign")
RENEWED_STATES = ("active", "expiring", "expired")


class OutsourcingContract(models.Model):
    """Where a contract stands in quality, and what its vendor's standing blocks.

    No contract without tender with a vendor whose standing blocks it: judged when
    it is sent to sign and when it is signed, for the vendor that it has then; a
    renewal already when it is decided. A signed contract binds: it starts by its own
    date, and its term carries it on without a person who could be refused. With an
    award, the award and its order were judged.
    """

    _inherit = "outsourcing.contract"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_vendor_quality_improvement_plan_count(self):
        Plan = self.env["vendor.quality.improvement.plan"]
        counts = {}
        if Plan.has_access("read"):
            counts = dict(
                Plan._read_group(
                    [
                        ("contract_id", "in", self.ids),
                        ("state", "in", LIVE_STATES),
                    ],
                    ["contract_id"],
                    ["__count"],
                )
            )
        for contract in self:
            contract.vendor_quality_improvement_plan_count = counts.get(contract, 0)

    @api.depends_context("uid", "lang")
    def _compute_vendor_quality_state(self):
        Standing = self.env["vendor.quality.standing"]
        Forecast = self.env["vendor.quality.forecast"]
        standings = forecasts = {}
        if Standing.has_access("read"):
            rows = Standing.search([("contract_id", "in", self.ids)])
            standings = rows.grouped("contract_id")
        if Forecast.has_access("read"):
            rows = Forecast.search([("contract_id", "in", self.ids)])
            forecasts = rows.grouped("contract_id")
        for contract in self:
            standing = standings.get(contract, Standing)
            contract.vendor_quality_blocked = standing._get_blocked_label()
            contract.vendor_quality_forecast_text = forecasts.get(
                contract, Forecast
            ).text

    @api.depends("partner_id", "company_id", "state", "award_ids", "term", "date_end")
    @api.depends_context("lang")
    def _compute_vendor_quality_block_reason(self):
        """Say before the click why it is not signed, or will not be renewed."""
        judged = self.filtered(
            lambda item: (
                item.state in RENEWED_STATES
                or (item.state in FIRST_STATES and item._vendor_quality_is_direct())
            )
        )
        reasons = judged._vendor_quality_get_reasons()
        for contract in self:
            reason = reasons.get(contract.id, False)
            if reason and contract.state in ("active", "expiring"):
                reason += contract._vendor_quality_get_term_text()
            contract.vendor_quality_block_reason = reason

    @api.depends("vendor_quality_block_reason")
    def _compute_send_hint(self):
        return super()._compute_send_hint()

    def _get_told_elsewhere(self):
        """Say it once: the reason of the block has its own place on the form."""
        told = {}
        # sudo: the hint is for every reader, the reason for those who decide.
        for contract in self.sudo():
            told[contract.id] = contract.vendor_quality_block_reason
        return super()._get_told_elsewhere() | told

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_to_sign(self, origins):
        self._vendor_quality_use_waiver()
        return super()._on_enter_to_sign(origins)

    def _on_enter_signed(self, origins):
        self._vendor_quality_use_waiver()
        return super()._on_enter_signed(origins)

    def _create_successor(self):
        successor = super()._create_successor()
        successor._vendor_quality_use_waiver()
        return successor

    def _get_cannot_send_to_sign_reason(self):
        reasons = self._add_vendor_quality_template_reasons(
            super()._get_cannot_send_to_sign_reason()
        )
        direct = self.filtered(lambda item: item._vendor_quality_is_direct())
        blocks = direct._vendor_quality_get_reasons()
        return self._vendor_quality_join_reasons(blocks, reasons)

    def _get_cannot_sign_reason(self):
        reasons = self._add_vendor_quality_template_reasons(
            super()._get_cannot_sign_reason()
        )
        direct = self.filtered(lambda item: item._vendor_quality_is_direct())
        blocks = direct._vendor_quality_get_reasons()
        return self._vendor_quality_join_reasons(blocks, reasons)

    def _vendor_quality_join_reasons(self, blocks, reasons):
        """Return ``{id: text}`` of both kinds of reasons, all of them at once."""
        joined = {
            contract.id: lack.join([blocks.get(contract.id), reasons.get(contract.id)])
            for contract in self
        }
        return {key: text for key, text in joined.items() if text}

    def _get_cannot_renew_reason(self):
        reasons = super()._get_cannot_renew_reason()
        decided = self.filtered(lambda item: not item._vendor_quality_renews_by_term())
        return {**decided._vendor_quality_get_reasons(), **reasons}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_vendor_quality_improvement_plans(self):
        self.check_access("read")
        return self._get_vendor_quality_action("vendor_quality_improvement_plan_action")

    def action_view_vendor_quality_forecast(self):
        self.check_access("read")
        return self._get_vendor_quality_action("vendor_quality_forecast_action")

    def action_request_vendor_quality_waiver(self):
        """Open a request to let one contract with the vendor pass."""
        check_one(self)
        self.check_access("read")
        action = self.partner_id.action_request_vendor_quality_waiver()
        action["context"].update(
            default_kind="contract",
            default_contract_id=self.id,
            default_company_id=self._vendor_quality_get_waiving_company().id,
        )
        return action

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_is_direct(self):
        """Whether neither an award nor the term of a contract stands behind it."""
        self.ensure_one()
        # sudo: whoever takes the step need not read the award.
        return not self.sudo().award_ids and not self._continues_by_term()

    def _vendor_quality_renews_by_term(self):
        """Whether the scheduler renews it, as both parties have signed."""
        self.ensure_one()
        return (
            self._flow_is_system()
            and self.env.uid == SUPERUSER_ID
            and self._renews_itself()
        )

    def _vendor_quality_get_term_text(self):
        """Say what happens all the same if nobody acts."""
        self.ensure_one()
        if not self._renews_itself():
            return ""
        return "\n" + self.env._(
            "By its own term this contract renews itself on %s all the same. Give the "
            "vendor notice and terminate it before, if that is not wanted.",
            format_date(self.env, self.date_end + relativedelta(days=1)),
        )

    def _vendor_quality_documents(self):
        return [(item, item.partner_id, item.company_id) for item in self]

    def _vendor_quality_get_waiving_company(self):
        """Return the topmost company that blocks, as no branch waives for it."""
        self.ensure_one()
        blocked = self.env["vendor.quality.block"]._get_blocked(
            "contract", self._vendor_quality_documents()
        )
        companies = [row.company_id for *_rest, rows in blocked for row in rows]
        return min(
            companies, key=lambda item: len(item.parent_ids), default=self.company_id
        )

    def _vendor_quality_get_reasons(self):
        return self.env["vendor.quality.block"]._get_reasons(
            "contract",
            self._vendor_quality_documents(),
            renewed=self.filtered(lambda item: item.state not in FIRST_STATES),
        )

    def _vendor_quality_use_waiver(self):
        """Judge what was written, as it was written, and use the waiver up."""
        direct = self.filtered(lambda item: item._vendor_quality_is_direct())
        self.env["vendor.quality.block"]._check(
            "contract", direct._vendor_quality_documents()
        )
