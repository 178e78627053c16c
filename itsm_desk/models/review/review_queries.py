"""Which tickets of a period a team should talk about, and why.

Each query returns at most ``TOP`` rows ``{"ticket_id", "why", "number"}``, the worst
first. Plain functions: they look at a company, not at the rights of a reader.
"""

from odoo.fields import Domain
from odoo.tools import SQL

from ..event.ticket_measures import get_longest_silence

TOP = 5
FEWEST_REPEATS = 3
"""So many tickets of a requester about one service in the period are a repetition."""
LEAST_HOURS = 24
"""A shorter silence is not worth talking about."""


def find_cases(env, scope, team):
    """Return the tickets of a period, each once, with the first reason found.

    :param scope: a ``kpi_days.Scope``
    :param team: ``itsm.team``, or none for the company
    """
    for name in ("itsm.ticket", "itsm.ticket.event", "itsm.sla.clock"):
        env[name].flush_model()
    found = {}
    rows = {
        "breached": env.execute_query(_find_breached(scope, _in_team(team))),
        "reopened": env.execute_query(_find_reopened(scope, _in_team(team))),
        "silent": _find_silent(env, scope, team),
        "repeated": env.execute_query(_find_repeated(scope, _in_team(team))),
    }
    for why, cases in rows.items():
        for ticket, number in cases:
            found.setdefault(
                ticket, {"ticket_id": ticket, "why": why, "number": number}
            )
    return list(found.values())


def _in_team(team):
    return SQL("ticket.team_id = %s", team.id) if team else SQL("TRUE")


def _find_breached(scope, condition):
    """Return what missed most targets."""
    return SQL(
        """
        SELECT ticket.id, count(*)::float8
          FROM itsm_ticket_event AS event
          JOIN itsm_sla_clock AS clock ON clock.id = event.clock_id
          JOIN itsm_ticket AS ticket ON ticket.id = clock.ticket_id
         WHERE event.company_id = %(company)s AND event.kind = 'breach'
           AND event.at >= %(start)s AND event.at < %(end)s
           AND NOT COALESCE(clock.is_cancelled, FALSE) AND %(condition)s
         GROUP BY ticket.id ORDER BY 2 DESC, max(event.at) DESC, ticket.id LIMIT %(top)s
        """,
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
        condition=condition,
        top=TOP,
    )


def _find_reopened(scope, condition):
    """Return whose solutions were refused most often."""
    return SQL(
        """
        SELECT ticket.id, count(*)::float8
          FROM itsm_ticket_event AS event
          JOIN itsm_ticket AS ticket ON ticket.id = event.ticket_id
         WHERE event.company_id = %(company)s AND event.clock_id IS NULL
           AND event.kind = 'state' AND event.old_value = 'solved'
           AND event.new_value = 'in_progress'
           AND event.at >= %(start)s AND event.at < %(end)s AND %(condition)s
         GROUP BY ticket.id ORDER BY 2 DESC, ticket.id LIMIT %(top)s
        """,
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
        condition=condition,
        top=TOP,
    )


def _find_silent(env, scope, team):
    """Return whose requesters heard nothing for longest, in hours.

    The silence that still lasts when the period ends counts as far as it went, and that
    which began before it from its start on. While the requester has to sign off,
    nobody owes an answer.
    """
    company = env["res.company"].browse(scope.company_id)
    silences = get_longest_silence(env, company, scope.start, scope.end)
    hours = {
        ticket: seconds / 3600
        for ticket, seconds in silences.items()
        if seconds >= LEAST_HOURS * 3600
    }
    domain = Domain("id", "in", list(hours))
    if team:
        domain &= Domain("team_id", "=", team.id)
    # sudo: a company is looked at, not the rights of a reader
    ids = set(env["itsm.ticket"].sudo()._search(domain))
    return [(ticket, number) for ticket, number in hours.items() if ticket in ids][:TOP]


def _find_repeated(scope, condition):
    """Return the last ticket of requesters who came again and again."""
    return SQL(
        """
        SELECT max(ticket.id), count(*)::float8
          FROM itsm_ticket_event AS event
          JOIN itsm_ticket AS ticket ON ticket.id = event.ticket_id
         WHERE event.company_id = %(company)s AND event.clock_id IS NULL
           AND event.kind = 'filed' AND event.at >= %(start)s AND event.at < %(end)s
           AND ticket.service_id IS NOT NULL
           AND ticket.state NOT IN ('cancelled', 'refused') AND %(condition)s
         GROUP BY ticket.partner_id, ticket.service_id
        HAVING count(*) >= %(fewest)s
         ORDER BY 2 DESC, 1 LIMIT %(top)s
        """,
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
        condition=condition,
        fewest=FEWEST_REPEATS,
        top=TOP,
    )
