from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_list

# What the hours of a timeline depend on. A test reads the hours and checks that
# nothing else of these records is looked at.
CALENDAR_FIELDS = {"tz", "two_weeks_calendar", "schedule_type", "flexible_hours"}
ATTENDANCE_FIELDS = {
    "calendar_id",
    "day_period",
    "dayofweek",
    "display_type",
    "duration_hours",
    "hour_from",
    "hour_to",
    "week_type",
}
LEAVE_FIELDS = {
    "calendar_id",
    "company_id",
    "date_from",
    "date_to",
    "resource_id",
    "time_type",
}


class ResourceCalendar(models.Model):
    """Ends the timelines of a calendar when its hours change."""

    _inherit = "resource.calendar"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("schedule_type")
    def _check_itsm_fixed_hours(self):
        """Refuse flexible hours on a calendar that service levels use now.

        The hours of a company are HR's: teams and policies that name none of their
        own hinder HR only while a clock runs in them.
        """
        flexible = self.filtered("flexible_hours")
        if not flexible:
            return
        # sudo: the check must see the policies, teams and clocks of all companies
        env = self.sudo().env
        policies = env["itsm.sla.policy"].search_fetch(
            [("calendar_id", "in", flexible.ids)], ["calendar_id"]
        )
        teams = env["itsm.team"].search_fetch(
            [("resource_calendar_id", "in", flexible.ids)], ["resource_calendar_id"]
        )
        running = env["itsm.sla.clock"]._read_group(
            [
                ("timeline_id.calendar_id", "in", flexible.ids),
                ("stopped_at", "=", False),
            ],
            ["timeline_id"],
        )
        used = policies.calendar_id | teams.resource_calendar_id
        for [timeline] in running:
            used |= timeline.calendar_id
        if used:
            raise ValidationError(
                self.env._(
                    "%(names)s: service levels are measured in these hours, so they "
                    "cannot become flexible. Give the service desk teams and policies "
                    "another calendar first.",
                    names=format_list(self.env, used.mapped("name")),
                )
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        result = super().write(vals)
        if CALENDAR_FIELDS.intersection(vals):
            self.env["itsm.work.timeline"]._supersede([("calendar_id", "in", self.ids)])
        return result


class ResourceCalendarAttendance(models.Model):
    """Ends the timelines of a calendar when a stretch of its hours changes."""

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
        if ATTENDANCE_FIELDS.intersection(vals):
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


class ResourceCalendarLeaves(models.Model):
    """Ends the timelines that time off of a whole company or calendar concerns."""

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
        if not LEAVE_FIELDS.intersection(vals):
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
