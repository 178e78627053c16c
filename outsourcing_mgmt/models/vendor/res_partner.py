from odoo import models
from odoo.tools import format_date

from .listed import find_listed


class ResPartner(models.Model):
    """A vendor says whether it is on the blacklist of the current company."""

    _inherit = "res.partner"

    def _compute_outsourcing_blacklist_note(self):
        company = self.env.company
        listed = find_listed(self.env, [(partner, company) for partner in self])
        for partner in self:
            entry = listed.get((partner.id, company.id))
            partner.outsourcing_blacklist_note = entry and self.env._(
                "On the blacklist until %s", format_date(self.env, entry.date_to)
            )
