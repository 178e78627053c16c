from odoo import api, models
from odoo.fields import Domain

HOURS_FIELDS = {
    "calendar_id",
    "company_id",
    "date_from",
    "date_to",
    "resource_id",
    "time_type",
}


class ResourceCalendarLeaves(models.Model):
    """Time off; that of the whole company concerns running clocks."""

    _inherit = "resource.calendar.leaves"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        self.env["itsm.work.timeline"]._supersede(leaves._get_itsm_timeline_domain())
        return leaves

    def write(self, vals):
        if not HOURS_FIELDS.intersection(vals):
            return super().write(vals)
        before = self._get_itsm_timeline_domain()
        result = super().write(vals)
        after = self._get_itsm_timeline_domain()
        self.env["itsm.work.timeline"]._supersede(before | after)
        return result

    def unlink(self):
        domain = self._get_itsm_timeline_domain()
        result = super().unlink()
        self.env["itsm.work.timeline"]._supersede(domain)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_itsm_timeline_domain(self):
        """Return the domain of the timelines that this time off concerns."""
        domain = Domain.FALSE
        for leave in self:
            if leave.resource_id:
                continue
            concerned = Domain.TRUE
            if leave.calendar_id:
                concerned &= Domain("calendar_id", "=", leave.calendar_id.id)
            if leave.company_id:
                concerned &= Domain("company_id", "=", leave.company_id.id)
            domain |= concerned
        return domain
