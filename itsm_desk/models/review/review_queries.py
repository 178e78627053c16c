"""Which tickets of a period a team should talk about, and why.

Each query returns at most ``TOP`` rows ``{"ticket_id", "why", "number"}``, the worst
first. Plain functions: they look at a company, not at the rights of a reader.
"""

from odoo.tools import SQL

TOP = 5
FEWEST_REPEATS = 3
"""So many tickets of a requester about one service in the period are a repetition."""
LEAST_HOURS = 24
"""A shorter silence is not worth talking about."""
HEARD = ("answer", "reply", "filed")


def find_cases(env, scope, team):
    """Return the tickets of a period, each once, with the first reason found.

    :param scope: a ``kpi_days.Scope``
    :param team: ``itsm.team``, or none for the company
    """
    for name in ("itsm.ticket", "itsm.ticket.event", "itsm.sla.clock"):
        env[name].flush_model()
    found = {}
    for query in (_find_breached, _find_reopened, _find_silent, _find_repeated):
        for ticket, number in env.execute_query(query(scope, _in_team(team))):
            why = query.__name__.removeprefix("_find_")
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


def _find_silent(scope, condition):
    """Return whose requesters heard nothing for longest, in hours."""
    return SQL(
        """
        WITH heard AS (
            SELECT event.ticket_id, event.at,
                   lag(event.at) OVER (PARTITION BY event.ticket_id ORDER BY event.id)
                   AS before
              FROM itsm_ticket_event AS event
             WHERE event.ticket_id IN (
                    SELECT ticket_id FROM itsm_ticket_event
                     WHERE company_id = %(company)s AND clock_id IS NULL
                       AND at >= %(start)s AND at < %(end)s)
               AND event.clock_id IS NULL AND event.at < %(end)s
               AND (event.kind = ANY(%(heard)s) OR event.backlog_change <> 0)
        )
        SELECT ticket.id,
               max(extract(epoch FROM heard.at - heard.before) / 3600)::float8
          FROM heard JOIN itsm_ticket AS ticket ON ticket.id = heard.ticket_id
         WHERE heard.at >= %(start)s AND heard.before IS NOT NULL AND %(condition)s
         GROUP BY ticket.id
        HAVING max(extract(epoch FROM heard.at - heard.before)) >= %(least)s
         ORDER BY 2 DESC, ticket.id LIMIT %(top)s
        """,
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
        least=LEAST_HOURS * 3600,
        heard=list(HEARD),
        condition=condition,
        top=TOP,
    )


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
