from odoo import api, models
from odoo.tools import format_date

from ..base.groups import OFFICER, PROCUREMENT
from .listed import find_listed


class ResPartner(models.Model):
    """A vendor says whether it is on the blacklist, also where it is to be invited."""

    _inherit = "res.partner"

    @api.depends_context("outsourcing_inviting_company_id", "uid", "lang")
    def _compute_display_name(self):
        """Say in the list of vendors to invite who is on the blacklist."""
        super()._compute_display_name()
        company_id = self.env.context.get("outsourcing_inviting_company_id")
        if not isinstance(company_id, int) or not self.env.user.has_groups(
            f"{OFFICER},{PROCUREMENT}"
        ):
            return
        company = self.env.companies.filtered(lambda item: item.id == company_id)
        listed = find_listed(self.env, [(partner, company) for partner in self])
        for partner in self:
            if entry := listed.get((partner.id, company.id)):
                partner.display_name = self.env._(
                    "%(vendor)s (on the blacklist until %(date)s)",
                    vendor=partner.display_name or partner.name,
                    date=format_date(self.env, entry.date_to),
                )

    def _compute_outsourcing_blacklist_note(self):
        company = self.env.company
        listed = find_listed(self.env, [(partner, company) for partner in self])
        for partner in self:
            entry = listed.get((partner.id, company.id))
            partner.outsourcing_blacklist_note = entry and self.env._(
                "On the blacklist until %s", format_date(self.env, entry.date_to)
            )
