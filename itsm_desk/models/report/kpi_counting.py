"""How each figure of a day is counted, from the entries of tickets, by SQL.

A counter returns a query with the columns ``team_id``, ``service_id``, ``user_id``,
``numerator``, ``denominator``, ``squares`` and ``sample``; rows of the same team,
service and person are summed by the caller. Team and person are those of the entry, as
it was when it happened; the service is that of the ticket today. Figures of what
happened to tickets have the column ``ticket_id``, too, for assessments.

The entries of a day are found by ``(company_id, at)``. What happens later may change an
earlier day: a solution that did not hold is taken back (:func:`find_changed`).

Plain functions: they look at companies, not at the rights of a reader.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tools import SQL

from ...tools.ticket_history import OPEN_STATES
from ..base.working_days import get_day
from ..handling.itsm_second_repair import get_second_repairs

AGED = timedelta(days=7)
"""A ticket that is open for longer counts as aged."""


def _events(scope, columns, condition, joins=None):
    """Return the query over the entries of tickets in a day."""
    return SQL(
        """
        SELECT event.team_id, ticket.service_id, event.owner_id AS user_id,
               ticket.id AS ticket_id, %(columns)s
          FROM itsm_ticket_event AS event
          JOIN itsm_ticket AS ticket ON ticket.id = event.ticket_id
          %(joins)s
         WHERE event.company_id = %(company)s AND event.clock_id IS NULL
           AND event.at >= %(start)s AND event.at < %(end)s AND %(condition)s
        """,
        columns=_columns(*columns),
        joins=joins or SQL(),
        condition=condition,
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
    )


def _columns(numerator, denominator, squares="0", sample="1"):
    """Return the columns of a fact from expressions of this file."""
    return SQL(
        f"({numerator})::float8 AS numerator, ({denominator})::float8 AS denominator,"
        f" ({squares})::float8 AS squares, ({sample})::int AS sample"
    )


FLUSHED = (
    "itsm.ticket",
    "itsm.sla.clock",
    "itsm.escalation",
    "itsm.handling",
    "itsm.vendor.job",
    "itsm.complaint",
    "itsm.article",
    "itsm.article.version",
    "itsm.search.log",
    "itsm.survey.campaign",
    "survey.question",
    "itsm.team",
    "res.company",
)
"""Models beside the entries that a day is counted from; a test reads the queries."""
SOLVED = SQL("event.kind = 'state' AND event.new_value = 'solved'")
REOPENED = SQL(
    "event.kind = 'state' AND event.old_value = 'solved'"
    " AND event.new_value = 'in_progress'"
)
CLOSED = SQL("event.kind = 'state' AND event.new_value = 'closed'")
HELD = SQL(
    """
    event.kind = 'state' AND event.new_value = 'solved' AND NOT EXISTS (
        SELECT FROM itsm_ticket_event AS later
         WHERE later.ticket_id = event.ticket_id AND later.id > event.id
           AND later.clock_id IS NULL AND later.kind = 'state'
           AND later.old_value = 'solved' AND later.new_value = 'in_progress')
    """
)
"""A solution that was not refused afterwards."""


# ------------------------------------------------------------
# WHAT HAPPENED IN THE DAY
# ------------------------------------------------------------


def _count_filed(scope):
    return _events(scope, ("1", "0"), SQL("event.kind = 'filed'"))


def _count_solved(scope):
    return _events(scope, ("1", "0"), HELD)


def _count_first_contact(scope):
    return _events(
        scope, ("COALESCE(ticket.is_first_contact_fix, FALSE)::int", "1"), HELD
    )


def _count_time_to_solve(scope):
    return _events(
        scope,
        (
            "event.worked_seconds / 3600.0",
            "1",
            "(event.worked_seconds / 3600.0) ^ 2",
        ),
        HELD,
        SQL(
            "JOIN itsm_sla_clock AS clock ON clock.ticket_id = ticket.id"
            " AND clock.kind = 'resolution' AND NOT COALESCE(clock.is_cancelled, FALSE)"
        ),
    )


def _count_handling_minutes(scope):
    return _events(
        scope,
        (
            "COALESCE(ticket.minutes_in_all, 0)",
            "1",
            "COALESCE(ticket.minutes_in_all, 0) ^ 2",
        ),
        HELD,
    )


def _count_article_reuse(scope):
    return _events(
        scope,
        (
            "EXISTS (SELECT FROM itsm_ticket_article_rel AS answer"
            " WHERE answer.ticket_id = ticket.id)::int",
            "1",
        ),
        HELD,
    )


def _count_reopened(scope):
    return SQL(
        "%s UNION ALL %s",
        _events(scope, ("1", "0", "0", "0"), REOPENED),
        _events(scope, ("0", "1"), SOLVED),
    )


def _count_satisfaction(scope):
    return _events(
        scope,
        ("ticket.rating_value", "1", "ticket.rating_value ^ 2"),
        SQL(
            "%s AND ticket.is_satisfaction_counted"
            " AND ticket.rating_value BETWEEN 1 AND 5",
            CLOSED,
        ),
    )


def _count_unsigned(scope):
    return _events(scope, ("(ticket.sign_off_method = 'unsigned')::int", "1"), CLOSED)


def _count_clocks(scope, kind, condition):
    """Return the clocks of a kind that were decided in the day.

    A clock is decided at its breach, which sticks, or when it stopped in time and was
    not started again.
    """
    return SQL(
        """
        SELECT event_of_ticket.team_id, ticket.service_id,
               event_of_ticket.owner_id AS user_id, ticket.id AS ticket_id,
               %(columns)s
          FROM itsm_ticket_event AS event
          JOIN itsm_sla_clock AS clock ON clock.id = event.clock_id
          JOIN itsm_ticket AS ticket ON ticket.id = clock.ticket_id
          LEFT JOIN LATERAL (
                SELECT team_id, owner_id FROM itsm_ticket_event AS before
                 WHERE before.ticket_id = ticket.id AND before.clock_id IS NULL
                   AND before.at <= event.at
                 ORDER BY before.id DESC LIMIT 1
               ) AS event_of_ticket ON TRUE
         WHERE event.company_id = %(company)s
           AND event.at >= %(start)s AND event.at < %(end)s
           AND event.kind IN ('breach', 'stop')
           AND clock.kind = %(kind)s AND NOT COALESCE(clock.is_cancelled, FALSE)
           AND %(condition)s
           AND CASE WHEN clock.breached_at IS NOT NULL
                    THEN event.kind = 'breach' AND NOT EXISTS (
                         SELECT FROM itsm_ticket_event AS earlier
                          WHERE earlier.clock_id = clock.id AND earlier.kind = 'breach'
                            AND earlier.id < event.id)
                    ELSE event.kind = 'stop' AND clock.state = 'met' AND NOT EXISTS (
                         SELECT FROM itsm_ticket_event AS later
                          WHERE later.clock_id = clock.id AND later.kind = 'reopen'
                            AND later.id > event.id)
               END
        """,
        columns=_columns("(event.kind = 'stop')::int", "1"),
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
        kind=kind,
        condition=condition,
    )


def _count_response(scope):
    return _count_clocks(
        scope, "response", SQL("COALESCE(ticket.is_response_counted, FALSE)")
    )


def _count_resolution(scope):
    return _count_clocks(scope, "resolution", SQL("TRUE"))


def _count_escalations(scope):
    return SQL(
        """
        SELECT call.to_team_id AS team_id, ticket.service_id,
               COALESCE(call.accepted_by_id, call.declined_by_id, call.to_user_id)
               AS user_id, ticket.id AS ticket_id, %(columns)s
          FROM itsm_escalation AS call
          JOIN itsm_ticket AS ticket ON ticket.id = call.ticket_id
         CROSS JOIN LATERAL (
                SELECT COALESCE(call.accepted_at, call.declined_at, call.superseded_at)
                       AS at) AS decided
         WHERE call.company_id = %(company)s
           AND decided.at >= %(start)s AND decided.at < %(end)s
        """,
        columns=_columns("(call.state = 'accepted')::int", "1"),
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
    )


def _count_second_repairs(scope):
    """Count against whoever told the solution that did not last."""
    return SQL(
        """
        SELECT repair.team_id, repair.service_id, repair.user_id,
               repair.first_ticket_id AS ticket_id, %(columns)s
          FROM (%(repairs)s) AS repair
        """,
        columns=_columns("1", "0"),
        repairs=get_second_repairs(
            SQL(
                "again.company_id = %s AND again.begun_at >= %s"
                " AND again.begun_at < %s",
                scope.company_id,
                scope.start,
                scope.end,
            )
        ),
    )


def _count_complaints(scope):
    return SQL(
        """
        SELECT complaint.team_id, complaint.service_id, NULL::int AS user_id,
               %(columns)s
          FROM itsm_complaint AS complaint
         WHERE complaint.company_id = %(company)s
           AND complaint.filed_at >= %(start)s AND complaint.filed_at < %(end)s
        """,
        columns=_columns("1", "0"),
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
    )


def _count_publishing(scope):
    return SQL(
        """
        SELECT NULL::int AS team_id, NULL::int AS service_id, NULL::int AS user_id,
               %(columns)s
          FROM itsm_article_version AS version
          JOIN itsm_article AS article ON article.id = version.article_id
         WHERE version.company_id = %(company)s AND version.number = 1
           AND article.source_ticket_id IS NOT NULL
           AND version.published_at >= %(start)s AND version.published_at < %(end)s
        """,
        columns=_columns(
            "article.minutes_to_publish", "1", "article.minutes_to_publish ^ 2"
        ),
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
    )


def _count_survey(scope):
    """Campaigns of the day on which they closed: no day tells a single answer."""
    return SQL(
        """
        SELECT NULL::int AS team_id, NULL::int AS service_id, NULL::int AS user_id,
               %(columns)s
          FROM itsm_survey_campaign AS campaign
          JOIN survey_question AS question ON question.id = campaign.question_id
         WHERE campaign.company_id = %(company)s AND campaign.state = 'done'
           AND campaign.rating_count > 0
           AND question.scale_min = 1 AND question.scale_max = 5
           AND campaign.closed_at >= %(start)s AND campaign.closed_at < %(end)s
        """,
        columns=_columns(
            "campaign.rating_sum",
            "campaign.rating_count",
            "campaign.rating_squares",
            "campaign.rating_count",
        ),
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
    )


def _count_first_look(scope):
    """Forms of tickets in which an article was opened, by the day they began."""
    return SQL(
        """
        SELECT NULL::int AS team_id, form.service_id, NULL::int AS user_id, %(columns)s
          FROM (SELECT min(log.create_date) AS begun_at,
                       max(log.service_id) AS service_id,
                       count(DISTINCT log.article_id) AS articles,
                       bool_or(log.kind = 'filed') AS is_filed
                  FROM itsm_search_log AS log
                 WHERE log.company_id = %(company)s AND log.session IN (
                       SELECT session FROM itsm_search_log
                        WHERE company_id = %(company)s
                          AND create_date >= %(start)s AND create_date < %(end)s)
                 GROUP BY log.session, log.partner_id
                HAVING bool_or(log.kind = 'read')) AS form
         WHERE form.begun_at >= %(start)s AND form.begun_at < %(end)s
        """,
        columns=_columns("(form.articles = 1 AND NOT form.is_filed)::int", "1"),
        company=scope.company_id,
        start=scope.start,
        end=scope.end,
    )


# ------------------------------------------------------------
# HOW IT STOOD AT THE END OF THE DAY
# ------------------------------------------------------------


def find_open(env, scope, before=None):
    """Return the tickets (ids) that were open when the day ended.

    They are among those that were open when the day before ended and those with an
    entry of this day; where the former are not known, among the tickets that are open
    now and those that entered or left the backlog since. A year is counted from day to
    day: for old days the second way looks at nearly all tickets that there are.

    :param before: ids of those that were open when the day before ended, or None
    """
    if before is None:
        candidates = SQL(
            """
            SELECT id FROM itsm_ticket
             WHERE company_id = %(company)s AND state = ANY(%(open)s)
             UNION
            SELECT ticket_id FROM itsm_ticket_event
             WHERE company_id = %(company)s AND backlog_change <> 0 AND at >= %(end)s
            """,
            company=scope.company_id,
            open=sorted(OPEN_STATES),
            end=scope.end,
        )
    else:
        candidates = SQL(
            """
            SELECT unnest(%(before)s::int[]) AS id
             UNION
            SELECT ticket_id FROM itsm_ticket_event
             WHERE company_id = %(company)s AND clock_id IS NULL
               AND at >= %(start)s AND at < %(end)s
            """,
            before=list(before),
            company=scope.company_id,
            start=scope.start,
            end=scope.end,
        )
    rows = env.execute_query(
        SQL(
            """
            SELECT candidate.id
              FROM (%(candidates)s) AS candidate
              JOIN LATERAL (
                    SELECT ticket_state FROM itsm_ticket_event AS last
                     WHERE last.ticket_id = candidate.id AND last.clock_id IS NULL
                       AND last.at < %(end)s
                     ORDER BY last.id DESC LIMIT 1
                   ) AS event ON event.ticket_state = ANY(%(open)s)
             ORDER BY candidate.id
            """,
            candidates=candidates,
            open=sorted(OPEN_STATES),
            end=scope.end,
        )
    )
    return [ticket_id for (ticket_id,) in rows]


def _open_at_end(scope, columns, condition=None):
    """Return the query over the tickets that were open when the day ended."""
    return SQL(
        """
        SELECT event.team_id, ticket.service_id, event.owner_id AS user_id, %(columns)s
          FROM itsm_ticket AS ticket
          JOIN LATERAL (
                SELECT team_id, owner_id FROM itsm_ticket_event AS last
                 WHERE last.ticket_id = ticket.id AND last.clock_id IS NULL
                   AND last.at < %(end)s
                 ORDER BY last.id DESC LIMIT 1
               ) AS event ON TRUE
         WHERE ticket.id = ANY(%(ids)s::int[]) AND %(condition)s
        """,
        columns=columns,
        condition=condition or SQL("TRUE"),
        ids=list(scope.open_ids),
        end=scope.end,
    )


def _count_backlog(scope):
    return _open_at_end(scope, _columns("1", "0"))


def _count_aged(scope):
    return _open_at_end(
        scope,
        _columns("1", "0"),
        SQL(
            "EXISTS (SELECT FROM itsm_ticket_event AS filed"
            " WHERE filed.ticket_id = ticket.id AND filed.kind = 'filed'"
            " AND filed.at < %s)",
            scope.end - AGED,
        ),
    )


def _count_silence(scope):
    return _open_at_end(
        scope,
        SQL(
            """
            extract(epoch FROM %s - (
                SELECT max(heard.at) FROM itsm_ticket_event AS heard
                 WHERE heard.ticket_id = ticket.id AND heard.clock_id IS NULL
                   AND heard.at < %s
                   AND (heard.backlog_change = 1 OR heard.kind IN ('answer', 'reply'))
            ))::float8 / 3600 AS numerator,
            0::float8 AS denominator, 0::float8 AS squares, 1::int AS sample
            """,
            scope.end,
            scope.end,
        ),
    )


COUNTERS = {
    "filed": _count_filed,
    "solved": _count_solved,
    "response": _count_response,
    "resolution": _count_resolution,
    "time_to_solve": _count_time_to_solve,
    "handling_minutes": _count_handling_minutes,
    "first_contact": _count_first_contact,
    "reopened": _count_reopened,
    "backlog": _count_backlog,
    "aged": _count_aged,
    "silence": _count_silence,
    "satisfaction": _count_satisfaction,
    "unsigned": _count_unsigned,
    "escalation": _count_escalations,
    "second_repair": _count_second_repairs,
    "complaints": _count_complaints,
    "article_reuse": _count_article_reuse,
    "publishing": _count_publishing,
    "first_look": _count_first_look,
    "survey": _count_survey,
}
"""``{code of a KPI: function that returns its query}``."""


# ------------------------------------------------------------
# A WHOLE DAY
# ------------------------------------------------------------


def count_day(env, scope, kpis, before=None):
    """Replace the facts of a company and a day by what is known now.

    :param scope: a ``kpi_days.Scope``
    :param kpis: those to count
    :param before: what was returned for the day before, where it was just counted
    :return: ids of the tickets that were open when the day ended
    """
    # SQL: facts have no rights and no hooks of their own; thousands a day are written
    # by the server alone.
    env["itsm.ticket.event"].flush_model()
    for name in FLUSHED:
        env[name].flush_model()
    scope = scope._replace(open_ids=find_open(env, scope, before))
    env.cr.execute(
        SQL(
            "DELETE FROM itsm_kpi_day WHERE company_id = %s AND day = %s",
            scope.company_id,
            scope.day,
        )
    )
    company = env["res.company"].browse(scope.company_id)
    last = find_last_forgotten(company)
    person = SQL("NULL::int" if last and scope.day <= last else "user_id")
    for kpi in kpis:
        env.cr.execute(
            SQL(
                """
                INSERT INTO itsm_kpi_day (company_id, day, kpi_id, kind, scale, team_id,
                       service_id, user_id, numerator, denominator, squares, sample,
                       value)
                SELECT %(company)s, %(day)s, %(kpi)s, %(kind)s, %(scale)s, team_id,
                       service_id, %(person)s, numerator, denominator, squares, sample,
                       CASE WHEN %(kind)s <> 'ratio' THEN numerator
                            ELSE %(scale)s * numerator / NULLIF(denominator, 0) END
                  FROM (SELECT team_id, service_id, user_id,
                               %(summed)s(numerator) AS numerator,
                               sum(denominator) AS denominator,
                               sum(squares) AS squares, sum(sample) AS sample
                          FROM (%(rows)s) AS rows
                         GROUP BY team_id, service_id, user_id) AS facts
                """,
                company=scope.company_id,
                day=scope.day,
                kpi=kpi.id,
                person=person,
                kind=kpi.kind,
                scale=100.0 if kpi.unit == "percent" else 1.0,
                summed=SQL("max" if kpi.kind == "max" else "sum"),
                rows=_with_zeros(kpi, scope),
            )
        )
    env["itsm.kpi.day"].invalidate_model()
    sum_day(env, scope.company_id, scope.day)
    return scope.open_ids


def find_last_forgotten(company):
    """Return the last day whose figures name no technician any more, or None."""
    months = company._itsm_get_months()["itsm_keep_people_months"]
    if not months:
        return None
    return get_day(company, fields.Datetime.now()) - relativedelta(months=months)


def forget_people(company, days=None):
    """Take the technician out of figures for which the company's months are over.

    The oldest days first, one statement a day.

    :param int days: at most so many, by default all
    :return: how many days were done
    """
    env = company.env
    last = find_last_forgotten(company)
    if not last:
        return 0
    # SQL: facts have no rights and no hooks of their own; sums of days stay.
    env["itsm.kpi.day"].flush_model()
    waiting = env.execute_query(
        SQL(
            "SELECT DISTINCT day FROM itsm_kpi_day WHERE company_id = %s AND day <= %s"
            " AND user_id IS NOT NULL ORDER BY day LIMIT %s",
            company.id,
            last,
            days,
        )
    )
    for (day,) in waiting:
        env.cr.execute(
            SQL(
                "UPDATE itsm_kpi_day SET user_id = NULL"
                " WHERE company_id = %s AND day = %s AND user_id IS NOT NULL",
                company.id,
                day,
            )
        )
    env["itsm.kpi.day"].invalidate_model()
    return len(waiting)


def sum_day(env, company_id, day):
    """Replace the rows of a company and a day by the sums of its facts."""
    # SQL: facts have no rights and no hooks of their own. With 770,000 facts a year the
    # board takes the processor 0.15 s from these rows; to sum the facts alone took the
    # clock 2.7 s (tests/bench/figures.py, 100,000 tickets).
    env.cr.execute(
        SQL(
            "DELETE FROM itsm_kpi_team_day WHERE company_id = %s AND day = %s",
            company_id,
            day,
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO itsm_kpi_team_day (company_id, day, kpi_id, kind, scale,
                   team_id, numerator, denominator, squares, sample, value)
            SELECT company_id, day, kpi_id, kind, scale, team_id, numerator,
                   denominator, squares, sample,
                   CASE WHEN kind <> 'ratio' THEN numerator
                        ELSE scale * numerator / NULLIF(denominator, 0) END
              FROM (SELECT company_id, day, kpi_id, kind, scale, team_id,
                           CASE kind WHEN 'max' THEN max(numerator)
                                ELSE sum(numerator) END AS numerator,
                           sum(denominator) AS denominator, sum(squares) AS squares,
                           sum(sample) AS sample
                      FROM itsm_kpi_day
                     WHERE company_id = %s AND day = %s
                       -- The zeros of services without a team make no team.
                       AND (team_id IS NOT NULL OR sample > 0 OR kind <> 'level')
                     GROUP BY company_id, day, kpi_id, kind, scale, team_id) AS facts
            """,
            company_id,
            day,
        )
    )
    env["itsm.kpi.team.day"].invalidate_model()


def _with_zeros(kpi, scope):
    """Return the query of a figure; of a level, with 0 for who has nothing.

    A mean over days counts the days without an open ticket, too: of each team, each
    service and each person of a team.
    """
    rows = COUNTERS[kpi.code](scope)
    if kpi.kind != "level":
        return rows
    return SQL(
        """
        SELECT * FROM (%(rows)s) AS found
         UNION ALL
        SELECT id, NULL::int, NULL::int, 0::float8, 0::float8, 0::float8, 0::int
          FROM itsm_team WHERE company_id = %(company)s AND active
         UNION ALL
        SELECT team_id, id, NULL::int, 0::float8, 0::float8, 0::float8, 0::int
          FROM itsm_service
         WHERE active AND (company_id = %(company)s OR company_id IS NULL)
         UNION ALL
        SELECT DISTINCT team.id, NULL::int, person, 0::float8, 0::float8, 0::float8,
               0::int
          FROM itsm_team AS team
          LEFT JOIN itsm_team_member_rel AS member ON member.team_id = team.id
         CROSS JOIN LATERAL unnest(
               ARRAY[member.user_id, team.leader_id, team.deputy_id]) AS person
         WHERE team.company_id = %(company)s AND team.active AND person IS NOT NULL
        """,
        rows=rows,
        company=scope.company_id,
    )


def find_changed(env, scope):
    """Return the moments of earlier entries that the entries of a day take back.

    A solution that is refused was counted as solved on its day, and a clock that is
    started again as stopped on its own. A missed clock that is cancelled with its
    ticket, or loses its target, counts no more; with a new target it counts again.
    """
    # Two queries, as each of them has an index of the entries of a day.
    rows = env.execute_query(
        SQL(
            """
            SELECT before.at
              FROM itsm_ticket_event AS event
              JOIN itsm_ticket_event AS before
                ON before.ticket_id = event.ticket_id AND before.id < event.id
               AND before.clock_id IS NULL
             WHERE event.company_id = %(company)s AND event.clock_id IS NULL
               AND event.at >= %(start)s AND event.at < %(end)s
               AND event.kind = 'state' AND event.old_value = 'solved'
               AND event.new_value = 'in_progress'
               AND before.kind = 'state' AND before.new_value = 'solved'
             UNION
            SELECT before.at
              FROM itsm_ticket_event AS event
              JOIN itsm_ticket_event AS before
                ON before.ticket_id = event.ticket_id AND before.id < event.id
               AND before.clock_id = event.clock_id
             WHERE event.company_id = %(company)s
               AND event.at >= %(start)s AND event.at < %(end)s
               AND event.kind IN (
                   'breach', 'stop', 'reopen', 'cancel', 'untarget', 'switch')
               AND (event.kind = 'reopen' AND before.kind = 'stop'
                 OR event.kind IN ('reopen', 'cancel', 'untarget')
                    AND before.kind = 'breach'
                 OR event.kind = 'switch' AND before.kind = 'breach' AND EXISTS (
                    SELECT FROM itsm_ticket_event AS lost
                     WHERE lost.clock_id = event.clock_id AND lost.id < event.id
                       AND lost.kind = 'untarget'))
            """,
            company=scope.company_id,
            start=scope.start,
            end=scope.end,
        )
    )
    return [moment for (moment,) in rows]
