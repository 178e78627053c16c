from odoo import models
from odoo.tools import SQL

from ...tools import periods, scoring


class VendorQualityForm(models.Model):
    """The fee of a period: accepted milestones, or a share of the contract amount."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # FEE
    # ------------------------------------------------------------

    def _get_proposed_fees(self):
        """Return ``{form: values}`` of the fee; what somebody entered stays."""
        open_forms = self.filtered(
            lambda form: (
                form.fee_basis != "manual" and (form.fee_basis or not form.fee_amount)
            )
        )
        fees = {
            form: {"fee_amount": form.fee_amount, "fee_basis": "manual"}
            for form in self - open_forms
        }
        by_milestone = open_forms._get_milestone_fees()
        rest = open_forms.filtered(lambda form: form.id not in by_milestone)
        for form in open_forms - rest:
            fees[form] = {
                "fee_amount": by_milestone[form.id],
                "fee_basis": "milestone",
            }
        for form, share in rest._get_contract_shares().items():
            fees[form] = {"fee_amount": share, "fee_basis": "contract"}
        return fees

    def _get_milestone_fees(self):
        """Return ``{form id: accepted amount}`` of contracts paid by milestone."""
        self.env["outsourcing.contract.milestone"].flush_model()
        self.flush_recordset(["contract_id", "date_start", "date_end"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT form.id,
                           COALESCE(SUM(milestone.amount) FILTER (
                               WHERE milestone.state = 'accepted'
                                 AND milestone.date_due
                                     BETWEEN form.date_start AND form.date_end
                           ), 0)::float8
                      FROM vendor_quality_form AS form
                      JOIN outsourcing_contract_milestone AS milestone
                        ON milestone.contract_id = form.contract_id
                     WHERE form.id = ANY(%s)
                     GROUP BY form.id
                    """,
                    self.ids,
                )
            )
        )

    def _get_contract_share(self):
        """Return the part of the contract amount that falls on the period."""
        self.ensure_one()
        return self._get_contract_shares()[self]

    def _get_contract_shares(self):
        """Return ``{form: part of the contract amount that falls on its period}``."""
        parts = {}
        shares = {}
        for form in self:
            key = form.contract_id, form.template_id.period_type, form.currency_id
            if key not in parts:
                parts[key] = self._split_contract(*key)
            shares[form] = float(
                sum(
                    part
                    for start, end, part in parts[key]
                    if form.date_start <= start and end <= form.date_end
                )
            )
        return shares

    def _split_contract(self, contract, kind, currency):
        """Return ``[(start, end, part)]`` of the amount, which sum to it exactly."""
        if not contract.date_start or not contract.date_end:
            return []
        spans = list(
            periods.iterate_periods(contract.date_start, contract.date_end, kind)
        )
        months = [periods.count_months(start, end) for start, end in spans]
        if not any(months):
            return []
        parts = scoring.allocate(contract.amount_total, months, currency.rounding)
        return [(*span, part) for span, part in zip(spans, parts, strict=True)]
