from odoo import models


class ResourceCalendarLeaves(models.Model):
    """Time off that stays within the rights of whoever writes it.

    Every employee enters time off of the own, and core asks for rights before it is
    written only: without its person it would be a holiday of the company, which moves
    each deadline in working days.
    """

    _inherit = "resource.calendar.leaves"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if not {"calendar_id", "company_id", "resource_id"}.isdisjoint(vals):
            self.check_access("write")
        return result
