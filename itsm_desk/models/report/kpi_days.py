"""Which days are counted, and in which order.

Each night the days since the last one, then the week before them again (ratings, links
and calls come late), and the older days that something took back. One day is one
transaction: a job that ends in the middle goes on with the next day.
"""

from datetime import datetime, time, timedelta
from typing import NamedTuple

from odoo import fields
from odoo.tools import SQL
from odoo.tools.date_utils import to_timezone

from ..base.working_days import get_day
from .kpi_counting import count_day, find_changed

LATE_DAYS = 7
"""So many days are counted again each night."""
MOST_DAYS = 400
"""A first count goes back so far."""
ONE_DAY = timedelta(days=1)


class Scope(NamedTuple):
    """A day of a company, and when it begins and ends."""

    company_id: int
    day: object
    start: datetime
    """Naive UTC; the days of spring and autumn have 23 and 25 hours."""
    end: datetime
    open_ids: list | None = None
    """Tickets that were open at its end, once they are known."""


def make_scope(company, day):
    """Return the scope of a day where the company works."""
    zone = company._itsm_zone()
    start, end = (
        to_timezone(None)(zone.localize(datetime.combine(date, time.min)))
        for date in (day, day + ONE_DAY)
    )
    return Scope(company.id, day, start, end)


def count_again(company, day):
    """Let the job count from ``day`` on."""
    # sudo: where the count stands is written by the procedure
    company.sudo().itsm_kpi_day = day - ONE_DAY


def count_due_days(company, kpis):
    """Count what is due, day by day, until the time of the job is over.

    :return: whether all is counted
    """
    env = company.env
    yesterday = get_day(company, fields.Datetime.now()) - ONE_DAY
    first = _find_first_day(company, yesterday)
    counted = company.itsm_kpi_day
    days = [
        *_list_days(max(first, counted + ONE_DAY) if counted else first, yesterday),
        *(
            _list_days(max(first, counted - LATE_DAYS * ONE_DAY), counted)
            if counted
            else ()
        ),
    ]
    open_ids, last = None, None
    for left, day in zip(range(len(days) - 1, -1, -1), days, strict=True):
        scope = make_scope(company, day)
        before = open_ids if last == day - ONE_DAY else None
        open_ids, last = count_day(env, scope, kpis, before), day
        taken_back = {get_day(company, moment) for moment in find_changed(env, scope)}
        for earlier in sorted(taken_back.difference(days)):
            count_day(env, make_scope(company, earlier), kpis)
        if not counted or day > counted:
            # sudo: where the count stands is written by the procedure
            company.sudo().itsm_kpi_day = day
        if not env["ir.cron"]._commit_progress(1, remaining=left):
            return not left
    return True


def _list_days(first, last):
    """Return the days from the first to the last one."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _find_first_day(company, yesterday):
    """Return the day of the first entry of a company, at most a year ago."""
    ((moment,),) = company.env.execute_query(
        SQL(
            "SELECT min(at) FROM itsm_ticket_event WHERE company_id = %s"
            " AND clock_id IS NULL",
            company.id,
        )
    )
    oldest = yesterday - timedelta(days=MOST_DAYS)
    if not moment:
        return yesterday + ONE_DAY
    return max(get_day(company, moment), oldest)
