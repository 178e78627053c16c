from odoo import api, fields, models

from ..gate.outsourcing_contract import DECIDERS


class OutsourcingContractAmendment(models.Model):
    """Nothing is added to a contract with a vendor whose standing blocks it.

    More money or a later end would be a contract without tender by another
    name. What only takes away, or changes other terms, passes.
    """

    _inherit = "outsourcing.contract.amendment"

    vendor_quality_block_reason = fields.Text(
        string="Blocked By Standing",
        compute="_compute_vendor_quality_block_reason",
        groups=",".join(DECIDERS),
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("amount_change", "contract_id", "new_date_end", "state")
    @api.depends_context("lang")
    def _compute_vendor_quality_block_reason(self):
        drafts = self.filtered(lambda item: item.state == "draft")
        reasons = drafts._vendor_quality_get_reasons()
        for amendment in self:
            amendment.vendor_quality_block_reason = reasons.get(amendment.id, False)

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _on_enter_approved(self, origins):
        # Before the contract has the new amount and end.
        self.env["vendor.quality.block"]._check(
            "contract", self._vendor_quality_documents()
        )
        return super()._on_enter_approved(origins)

    def _get_cannot_approve_reason(self):
        reasons = super()._get_cannot_approve_reason()
        return {**self._vendor_quality_get_reasons(), **reasons}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _vendor_quality_adds(self):
        """Whether the contract becomes larger or longer."""
        self.ensure_one()
        # sudo: reviewers of an amendment need not read its contract.
        contract = self.contract_id.sudo()
        later = (
            self.new_date_end
            and contract.date_end
            and self.new_date_end > contract.date_end
        )
        return bool(later or self.amount_change > 0)

    def _vendor_quality_documents(self):
        adding = self.filtered(lambda item: item._vendor_quality_adds())
        # sudo: reviewers of an amendment need not read its contract.
        adding = adding.sudo()
        return [
            (item, item.contract_id.partner_id, item.contract_id.company_id)
            for item in adding
        ]

    def _vendor_quality_get_reasons(self):
        return self.env["vendor.quality.block"]._get_reasons(
            "contract", self._vendor_quality_documents()
        )
