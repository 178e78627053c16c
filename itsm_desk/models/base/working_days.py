"""Days of the desk in the zone of a company, and deadlines in working days."""

from datetime import datetime, time, timedelta

from odoo.tools.date_utils import localized, to_timezone


def get_local(company, moment):
    """Return a moment (naive UTC) in the zone of the company."""
    return localized(moment).astimezone(company._itsm_zone())


def get_day(company, moment):
    """Return the day (date) of a moment (naive UTC) where the company works."""
    return get_local(company, moment).date()


def is_working_day(company, calendar, day):
    """Whether a calendar works on a day (date) where the company is; holidays count."""
    zone = company._itsm_zone()
    start, end = (
        zone.localize(datetime.combine(date, time.min))
        for date in (day, day + timedelta(days=1))
    )
    hours = calendar.with_context(employee_timezone=zone)
    return not calendar or bool(
        hours.get_work_hours_count(
            start,
            end,
            compute_leaves=True,
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, company.id]),
            ],
        )
    )


def get_last_evening(company, calendar, start, days):
    """Return the end of the last of ``days`` working days after that of ``start``.

    :param company: whose zone and holidays count
    :param calendar: resource.calendar; without working days, days of the week count
    :param datetime start: naive UTC
    :return: naive UTC
    """
    zone = company._itsm_zone()
    local = localized(start).astimezone(zone)
    midnight = zone.localize(
        datetime.combine(local.date() + timedelta(days=1), time.min)
    )
    # The hours count in that zone too: a Monday of the calendar is a Monday.
    hours = calendar.with_context(employee_timezone=zone)
    last = calendar and hours.plan_days(
        days,
        midnight,
        compute_leaves=True,
        domain=[
            ("time_type", "=", "leave"),
            ("company_id", "in", [False, company.id]),
        ],
    )
    # Without working days, calendar days of the zone, not 24 hours each.
    day = last.date() if last else local.date() + timedelta(days=days)
    evening = zone.localize(datetime.combine(day, time(23, 59, 59)))
    return to_timezone(None)(evening)
