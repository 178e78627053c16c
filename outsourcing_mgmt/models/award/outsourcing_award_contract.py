from odoo import fields, models

from ..tender.outsourcing_tender_flow import PROCUREMENT


class OutsourcingAward(models.Model):
    """From the final award to the contract."""

    _inherit = "outsourcing.award"

    contract_id = fields.Many2one(
        comodel_name="outsourcing.contract",
        copy=False,
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    can_create_contract = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # FLOW OVERRIDES
    # ------------------------------------------------------------

    def _flow_get_system_fields(self):
        return super()._flow_get_system_fields() | {"contract_id"}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_create_contract(self):
        """Make the contract of final awards of one vendor, and open it."""
        contract = self.env["outsourcing.contract"].create(
            {"award_ids": [fields.Command.set(self.ids)]}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.contract",
            "view_mode": "form",
            "res_id": contract.id,
        }

    def action_view_contract(self):
        """Open the contract of the award."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "outsourcing.contract",
            "view_mode": "form",
            "res_id": self.contract_id.id,
        }

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_create_contract_reason(self):
        if not self._flow_user_in(PROCUREMENT):
            return dict.fromkeys(self.ids, self._get_procurement_only_reason())
        reasons = {}
        for award in self:
            contract = award.sudo().contract_id
            if award.state != "final":
                reasons[award.id] = self.env._(
                    "it is not final: the contract follows after the standstill."
                )
            elif contract and contract.state != "cancelled":
                reasons[award.id] = self.env._(
                    "it has its contract already: %s.", contract.name
                )
        return reasons

    def _get_cannot_annul_reason(self):
        reasons = super()._get_cannot_annul_reason()
        for award in self:
            contract = award.sudo().contract_id
            if contract and contract.state != "cancelled":
                reasons[award.id] = self.env._(
                    "the contract %s rests on it; cancel or terminate that first.",
                    contract.name,
                )
        return reasons

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _prepare_contract(self):
        """Return the values of a contract that says what the awards say."""
        awards = self.sudo()
        tender = awards.tender_id[:1]
        starts = [day for day in tender.request_ids.mapped("date_start") if day]
        ends = [day for day in tender.request_ids.mapped("date_end") if day]
        return {
            "subject": tender.subject,
            "partner_id": awards.partner_id[:1].id,
            "company_id": tender.company_id.id,
            "currency_id": tender.currency_id.id,
            "category_id": tender.category_id.id,
            "amount_total": sum(awards.mapped("amount_total")),
            "date_start": min(starts, default=False),
            "date_end": max(ends, default=False),
            "filing_days": tender._get_rule("filing_days"),
            "filing_day_kind": tender._get_rule("filing_day_kind"),
        }
