"""What the wall board of a team shows: numbers, and no name.

Plain functions: they look at a team in sudo. Whoever has the address of the board sees
its numbers.
"""

from datetime import datetime, time, timedelta

from odoo import fields
from odoo.tools.date_utils import to_timezone

from ..base.selections import OPEN_STATES
from ..base.working_days import get_day, get_local

COMPLIANCE_DAYS = 30
COMPLIANCE = ("response", "resolution")


def get_wall(team):
    """Return the numbers of a board.

    :param team: one ``itsm.team``, in sudo
    :return: ``{open, unowned, overdue, breached, response, resolution, at}``; shares in
        percent, None where nothing was counted
    """
    now = fields.Datetime.now()
    tickets = team.env["itsm.ticket"]
    rows = tickets._read_group(
        [("team_id", "=", team.id), ("state", "in", OPEN_STATES)],
        ["user_id"],
        ["__count"],
    )
    return {
        "open": sum(count for _owner, count in rows),
        "unowned": sum(count for owner, count in rows if not owner),
        "overdue": tickets.search_count(
            [
                ("team_id", "=", team.id),
                ("state", "in", OPEN_STATES),
                ("sla_next_deadline", "<", now),
            ]
        ),
        "breached": team.env["itsm.sla.clock"].search_count(
            [
                ("ticket_id.team_id", "=", team.id),
                ("breached_at", ">=", _get_morning(team.company_id, now)),
            ]
        ),
        **_get_compliance(team, now),
        "at": get_local(team.company_id, now).strftime("%H:%M"),
    }


def _get_morning(company, now):
    """Return when the day of the company began (naive UTC)."""
    midnight = datetime.combine(get_day(company, now), time.min)
    return to_timezone(None)(company._itsm_zone().localize(midnight))


def _get_compliance(team, now):
    """Return the shares of clocks that were kept, of the last counted days."""
    since = get_day(team.company_id, now) - timedelta(days=COMPLIANCE_DAYS)
    rows = team.env["itsm.kpi.day"]._read_group(
        [
            ("team_id", "=", team.id),
            ("kpi_id.code", "in", COMPLIANCE),
            ("day", ">=", since),
        ],
        ["kpi_id"],
        ["numerator:sum", "denominator:sum"],
    )
    shares = {kpi.code: round(100 * kept / count) for kpi, kept, count in rows if count}
    return {code: shares.get(code) for code in COMPLIANCE}
