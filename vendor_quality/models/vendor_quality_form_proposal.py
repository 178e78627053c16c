from odoo import api, models

from ..tools import periods


class VendorQualityForm(models.Model):
    """The nightly proposal of forms for the periods that have ended."""

    _inherit = "vendor.quality.form"

    # ------------------------------------------------------------
    # CRON
    # ------------------------------------------------------------

    @api.model
    def _cron_propose_forms(self):
        """Create and collect the forms of the last period of every contract."""
        contracts = self.env["outsourcing.contract"].search(
            [
                ("vendor_quality_template_id", "!=", False),
                ("signed_date", "!=", False),
            ],
            order="id",
        )
        self.env["vendor.quality.batch"]._run_in_batches(
            contracts, lambda batch: self._propose_for(batch)
        )

    @api.model
    def _propose_for(self, contracts):
        """Create and collect the last ended period of ``contracts``, once.

        A period that somebody cancelled on purpose is not proposed again.
        """
        values = {}
        for contract in contracts:
            period = self._get_last_period(contract)
            if period:
                values[contract] = period
        existing = self.search([("contract_id", "in", contracts.ids)])
        taken = existing.grouped("contract_id")
        # The first figures of a proposal are no change worth a message each.
        silent = self.with_context(tracking_disable=True)
        forms = silent._flow_create(
            [
                {"contract_id": contract.id, "date_start": start, "date_end": end}
                for contract, (start, end) in values.items()
                if not any(
                    form.date_start <= end and form.date_end >= start
                    for form in taken.get(contract, ())
                )
            ]
        )
        forms._flow_write({"state": "collected"})
        for form in forms:
            if owner := form.contract_id.owner_id:
                form._schedule(owner, self.env._("Check the figures of the period"))
        return forms

    @api.model
    def _get_last_period(self, contract):
        """Return the last period of ``contract`` that has ended, or None."""
        template = contract.vendor_quality_template_id
        today = contract.company_id._outsourcing_today()
        start, end = periods.get_previous_period(today, template.period_type)
        start = max(start, contract.date_start)
        if contract.term != "auto_renew":
            end = min(end, contract.date_end)
        if contract.termination_date:
            end = min(end, contract.termination_date)
        if start > end or not template._get_version_for(start):
            return None
        return start, end
