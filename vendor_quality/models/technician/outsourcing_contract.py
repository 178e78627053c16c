from odoo import api, models
from odoo.fields import Domain

from .gone import tell_owners


class OutsourcingContract(models.Model):
    """When it ends, its people see no tickets any more; the owners are told."""

    _inherit = "outsourcing.contract"

    @api.model
    def _cron_follow_calendar(self):
        """Tell of contracts, too, that ended while nobody signed their renewals.

        Their state says that they are renewed, and does not change on that day.
        """
        result = super()._cron_follow_calendar()
        # sudo: the job reads the days of every company.
        companies = self.env["res.company"].sudo()
        for company in companies.search([("active", "in", (True, False))]):
            ended = self.search(
                Domain("company_id", "=", company.id)
                & Domain("state", "=", "renewed")
                & Domain("worker_ids.state", "=", "on_site")
                & Domain("date_end", "<", company._outsourcing_today())
                & ~Domain("successor_ids", "any", [("state", "=", "signed")])
            )
            if ended:
                tell_owners(self.env, ended.partner_id)
        return result

    def _on_enter_expired(self, origins):
        super()._on_enter_expired(origins)
        tell_owners(self.env, self.partner_id)

    def _on_enter_terminated(self, origins):
        super()._on_enter_terminated(origins)
        tell_owners(self.env, self.partner_id)
