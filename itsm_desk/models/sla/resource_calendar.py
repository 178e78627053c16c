from datetime import datetime, timedelta
from types import MappingProxyType

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_list, ormcache
from odoo.tools.date_utils import float_to_time
from odoo.tools.intervals import Intervals

MIDNIGHT = 24 - 1 / 60
"""Hour from which on a stretch reaches the end of the day, as screens write it."""

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
    """Works on make-up days, and ends its timelines when its hours change.

    A make-up day yields the hours of the weekday that it borrows wherever the
    calendar is asked: ``_attendance_intervals_batch`` serves ``plan_hours``,
    ``plan_days``, ``get_work_hours_count``, ``_get_unusual_days`` and the durations of
    leaves; ``_works_on_date`` and ``_get_hours_for_date`` answer for one day. Code that
    reads ``attendance_ids`` itself knows weekdays only: the average hours of a day and
    a week, the shown times of ``point_of_sale`` and ``website_sale_collect``, the load
    of work centres in ``mrp``, part-time leaves of ``l10n_fr_hr_holidays``.
    """

    _inherit = "resource.calendar"

    itsm_makeup_day_ids = fields.One2many(
        comodel_name="itsm.makeup.day",
        inverse_name="calendar_id",
        string="Make-up Days",
        help="Days that are worked though their weekday is free, or with the hours of "
        "another weekday.",
    )

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
            self.env.registry.clear_cache()
            self.env["itsm.work.timeline"]._supersede([("calendar_id", "in", self.ids)])
        return result

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _itsm_filter_fixed(self):
        """Return the calendars whose hours are fixed, so that they can be counted."""
        return self.filtered(lambda calendar: self._itsm_is_fixed(calendar.id))

    @api.model
    @ormcache("calendar_id")
    def _itsm_is_fixed(self, calendar_id):
        return not self.browse(calendar_id).flexible_hours

    # ------------------------------------------------------------
    # MAKE-UP DAYS
    # ------------------------------------------------------------

    def _attendance_intervals_batch(
        self, start_dt, end_dt, resources=None, domain=None, tz=None, lunch=False
    ):
        """Put the hours of the borrowed weekday on make-up days.

        A night belongs to the day on which it begins: that of the day before stays, and
        the borrowed one goes on into the day after. Flexible hours are the same on
        every day, and stay as they are.
        """
        result = super()._attendance_intervals_batch(
            start_dt, end_dt, resources=resources, domain=domain, tz=tz, lunch=lunch
        )
        day = timedelta(days=1)
        # One day more at both ends for the time zones, and one for nights.
        first, last = start_dt.date() - 2 * day, end_dt.date() + day
        makeup_days = {
            date: weekday
            for date, weekday in self._itsm_get_makeup_days().items()
            if first <= date <= last
        }
        if not makeup_days or self.flexible_hours:
            return result
        hours, nights = self._itsm_get_borrowed_hours(makeup_days, domain, lunch)
        nobody = self.env["resource.resource"]
        resources = resources or nobody
        calendars = resources._get_calendar_at(start_dt, tz)
        by_zone = {}
        for resource in [*resources, nobody]:
            if resource and (
                not calendars.get(resource) or calendars[resource].flexible_hours
            ):
                continue
            zone = tz or pytz.timezone((resource or self).tz)
            if zone not in by_zone:
                bounds = start_dt.astimezone(zone), end_dt.astimezone(zone)
                by_zone[zone] = _place(
                    result[resource.id], hours, nights, zone, *bounds
                )
            result[resource.id] = by_zone[zone]
        return result

    def _works_on_date(self, date):
        return super()._works_on_date(self._itsm_get_worked_as(date))

    def _get_hours_for_date(self, target_date, day_period=None):
        return super()._get_hours_for_date(
            self._itsm_get_worked_as(target_date), day_period=day_period
        )

    @ormcache("self.id")
    def _itsm_get_makeup_days(self):
        """Return ``{date: weekday}`` of the make-up days, Monday being 0."""
        self.ensure_one()
        # sudo: the hours of a calendar are the same for everybody who asks
        days = self.env["itsm.makeup.day"].sudo()
        days = days.search([("calendar_id", "=", self.id)])
        return MappingProxyType({day.date: int(day.weekday) for day in days})

    def _itsm_get_worked_as(self, date):
        """Return ``date``, or of a make-up day the day of its week that it borrows."""
        self.ensure_one()
        weekday = date and self._itsm_get_makeup_days().get(fields.Date.to_date(date))
        if not date or weekday is None:
            return date
        return date + timedelta(days=weekday - date.weekday())

    def _itsm_get_borrowed_hours(self, makeup_days, domain, lunch):
        """Return what is worked for make-up days, and which lines end a night.

        :param dict makeup_days: ``{date: weekday}``
        :param domain: of the attendances that are asked for, or None
        :param bool lunch: whether breaks are asked for, not work
        :return: ``({date: [(days after it, attendance)]}, attendances)``
        """
        lines = self.env["resource.calendar.attendance"].search(
            Domain(domain or Domain.TRUE)
            & Domain("calendar_id", "=", self.id)
            & Domain("display_type", "=", False)
            & Domain("day_period", "=" if lunch else "!=", "lunch")
        )
        late = {int(line.dayofweek) for line in lines if line.hour_to >= MIDNIGHT}
        whole = {weekday for weekday in late if _is_whole(lines, weekday)}
        nights = lines.filtered(
            lambda line: (
                not line.hour_from
                and int(line.dayofweek) not in whole
                and (int(line.dayofweek) - 1) % 7 in late
            )
        )

        def find(weekday, date):
            """Return the lines of a weekday in the week of a date."""
            return lines.filtered(
                lambda line: (
                    int(line.dayofweek) == weekday
                    and (
                        not self.two_weeks_calendar
                        or int(line.week_type) == line.get_week_type(date)
                    )
                )
            )

        hours = {}
        for date, weekday in makeup_days.items():
            after = date + timedelta(days=7 if weekday == 6 else 0)
            hours[date] = [
                *((0, line) for line in find(weekday, date) - nights),
                *((1, line) for line in find((weekday + 1) % 7, after) & nights),
            ]
        return hours, nights


def _is_whole(lines, weekday):
    """Whether a weekday is worked from midnight to midnight: no line ends a night."""
    end = 0.0
    mine = lines.filtered(lambda line: int(line.dayofweek) == weekday)
    for line in mine.sorted("hour_from"):
        if line.hour_from > end + 1 / 60:
            return False
        end = max(end, line.hour_to)
    return end >= MIDNIGHT


def _place(intervals, hours, nights, zone, start, end):
    """Return ``intervals`` with the hours of make-up days instead of those there.

    :param dict hours: ``{date: [(days after it, attendance)]}``
    :param nights: attendances that belong to the day before theirs
    :param zone: time zone in which the days count
    :param start: begin of what was asked for, in that zone
    :param end: its end
    """
    day = timedelta(days=1)

    def get_day(row):
        date = row[0].astimezone(zone).date()
        return date - day if row[2] & nights else date

    rows = [row for row in intervals if get_day(row) not in hours]
    for date, attendances in hours.items():
        for days, line in attendances:
            begin, stop = (
                zone.localize(datetime.combine(date + days * day, float_to_time(hour)))
                for hour in (line.hour_from, line.hour_to)
            )
            rows.append((max(start, begin), min(end, stop), line))
    return Intervals(rows, keep_distinct=True)


class ResourceCalendarAttendance(models.Model):
    """Ends the timelines of a calendar when a stretch of its hours changes."""

    _inherit = "resource.calendar.attendance"

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("hour_from", "hour_to")
    def _check_itsm_hours(self):
        """Refuse hours of no day, as an import may bring them.

        Core cannot read them, so that nothing that asks the calendar would work.
        """
        for line in self:
            try:
                float_to_time(line.hour_from)
                float_to_time(line.hour_to)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the hours of a day go from 0:00 to 24:00, in whole "
                        "minutes.",
                        name=line.name or line.calendar_id.name,
                    )
                ) from error

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
        """Keep what is written within the rights of whoever writes it.

        Core asks before only: time off of one person would become that of everybody,
        on which no clock runs, or that of a colleague.
        """
        if not LEAVE_FIELDS.intersection(vals):
            return super().write(vals)
        before = self._get_itsm_timeline_domain()
        result = super().write(vals)
        self.check_access("write")
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
