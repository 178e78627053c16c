from odoo import api, models

HOURS_FIELDS = {
    "calendar_id",
    "day_period",
    "dayofweek",
    "display_type",
    "duration_hours",
    "hour_from",
    "hour_to",
    "week_type",
}


class ResourceCalendarAttendance(models.Model):
    """A stretch of working hours; a change of it concerns running clocks."""

    _inherit = "resource.calendar.attendance"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances._itsm_supersede(attendances.calendar_id)
        return attendances

    def write(self, vals):
        calendars = self.calendar_id
        result = super().write(vals)
        if HOURS_FIELDS.intersection(vals):
            self._itsm_supersede(calendars | self.calendar_id)
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        self._itsm_supersede(calendars)
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _itsm_supersede(self, calendars):
        self.env["itsm.work.timeline"]._supersede(
            [("calendar_id", "in", calendars.ids)]
        )
