"""What is measured of tickets, by SQL over their entries.

Plain functions for reports and nightly facts. They look at companies, not at the rights
of a reader: whoever shows a figure asks for the rights. Moments are naive UTC.

Their work grows with what happened since the period began and with the open tickets,
not with all tickets: entries are found by ``(company_id, at)``, open tickets by the
partial index of open ones, and the entries of a ticket by ``ticket_id``.
"""

from odoo.tools import SQL

from ...tools.ticket_history import OPEN_STATES

DIMENSIONS = {
    "owner": "owner_id",
    "team": "team_id",
    "level": "support_level",
    "priority": "priority",
}
"""``{kind of fact: column of the entry}`` by which a measure may be split."""
TICKET_COLUMNS = {"owner": "user_id"}
"""Columns of the ticket that have another name than those of the entry."""


def find_further_contacts(tickets):
    """Return the tickets that needed more than the first contact with the desk.

    A pause, a message of the requester after the first answer, or an answer between
    the first one and the solution. Not by SQL: computed columns of the tickets ask,
    which are not stored at that moment.

    :param tickets: solved ones
    """
    # sudo: whether it was the first contact does not depend on the reader
    events = tickets.env["itsm.ticket.event"].sudo()
    further = tickets.browse()
    for event in events.search_fetch(
        [
            ("ticket_id", "in", tickets.ids),
            ("clock_id", "=", False),
            ("kind", "in", ["message", "reply", "state"]),
        ],
        ["ticket_id", "kind", "at", "new_value"],
    ):
        ticket = event.ticket_id
        # None yet where the solution itself, being handed over, is the first answer.
        answered_at = ticket.first_response_at
        if (
            (event.kind == "state" and event.new_value == "pending")
            or (event.kind == "message" and answered_at and event.at > answered_at)
            or (event.kind == "reply" and event.at < ticket.solved_at)
        ):
            further |= tickets.browse(ticket.id)
    return further


def get_backlog(env, companies, moments, by=None):
    """Return how many tickets were open at each moment.

    Counted back from the tickets that are open now by what changed since.

    :param companies: res.company records
    :param list moments: for example midnights; all in the past
    :param str by: a key of ``DIMENSIONS``, or None
    :return: ``{moment: count}``; with ``by``: ``{moment: {value: count}}``, where a
        value is an id or a key, None for none, and counts of 0 are left out
    """
    if not moments:
        return {}
    _flush(env)
    moments = sorted(moments)
    key = _get_key(by)
    rows = env.execute_query(
        SQL(
            """
            WITH parts AS (
                SELECT %(size)s AS last, %(ticket_key)s AS key, count(*) AS number
                  FROM itsm_ticket
                 WHERE company_id = ANY(%(companies)s) AND state = ANY(%(open)s)
                 GROUP BY 2
                 UNION ALL
                -- A change counts, backwards, for the moments up to it.
                SELECT width_bucket(at, %(moments)s::timestamp[]), key, -sum(change)
                  FROM (%(changes)s) AS changes
                 GROUP BY 1, 2
            )
            SELECT moment, key, sum(number)::int
              FROM unnest(%(moments)s::timestamp[]) WITH ORDINALITY AS m(moment, place)
              JOIN parts ON parts.last >= m.place
             GROUP BY 1, 2
            """,
            changes=_sql_changes(companies, moments[0], by),
            ticket_key=SQL.identifier(TICKET_COLUMNS.get(by, key)) if by else SQL("0"),
            companies=companies.ids,
            open=sorted(OPEN_STATES),
            moments=moments,
            size=len(moments),
        )
    )
    if not by:
        return {**dict.fromkeys(moments, 0), **{row[0]: row[2] for row in rows}}
    result = {moment: {} for moment in moments}
    for moment, value, number in rows:
        if number:
            result[moment][value] = number
    return result


def get_time_spent(env, companies, start, end, by="owner"):
    """Return how long tickets lay with whom while they were open.

    :param str by: a key of ``DIMENSIONS``
    :return: ``{value: (seconds, worked seconds, tickets)}``: time of the calendar
        between ``start`` and ``end``; working time, pauses left out, of the stretches
        that ended in it; tickets that it counts
    """
    _flush(env)
    rows = env.execute_query(
        SQL(
            """
            WITH spans AS (%(spans)s)
            SELECT %(key)s,
                   sum(extract(epoch FROM least(until, %(end)s)
                               - greatest(at, %(start)s)))::bigint,
                   coalesce(sum(greatest(worked_until - worked_seconds, 0))
                       FILTER (WHERE until <= %(end)s AND until >= %(start)s), 0
                   )::bigint,
                   count(DISTINCT ticket_id)
              FROM spans
             WHERE at < %(end)s AND until > %(start)s AND ticket_state = ANY(%(open)s)
             GROUP BY 1
            """,
            spans=_sql_spans(companies, start),
            key=SQL.identifier(_get_key(by)),
            open=sorted(OPEN_STATES),
            start=start,
            end=end,
        )
    )
    return {value: (seconds, worked, count) for value, seconds, worked, count in rows}


def get_reopened(env, companies, start, end, by=None):
    """Return the tickets whose solution did not hold, by when it turned out.

    :param str by: a key of ``DIMENSIONS``, as it was when the ticket was reopened
    :return: ``{value: [ticket ids]}``, one id for each reopening; without ``by`` the
        value is None
    """
    _flush(env)
    rows = env.execute_query(
        SQL(
            """
            SELECT %(key)s, array_agg(ticket_id ORDER BY id)
              FROM itsm_ticket_event
             WHERE company_id = ANY(%(companies)s) AND clock_id IS NULL
               AND at >= %(start)s AND at < %(end)s
               AND kind = 'state' AND old_value = 'solved'
               AND new_value = 'in_progress'
             GROUP BY 1
            """,
            key=SQL.identifier(_get_key(by)) if by else SQL("NULL::int"),
            companies=companies.ids,
            start=start,
            end=end,
        )
    )
    return dict(rows)


def get_longest_silence(env, companies, start, end, limit=None):
    """Return how long requesters heard nothing while their ticket was open.

    Silence begins with the filing, a reopening or an answer, and ends with the next
    answer, with the end of the work, or with ``end``. Only the part between ``start``
    and ``end`` counts.

    :param int limit: only the worst tickets
    :return: ``{ticket id: seconds}``, the longest first
    """
    _flush(env)
    rows = env.execute_query(
        SQL(
            """
            WITH touched AS (%(touched)s),
            heard AS (
                SELECT event.ticket_id, event.at, event.ticket_state,
                       lead(event.at, 1, 'infinity') OVER (
                           PARTITION BY event.ticket_id ORDER BY event.id) AS until
                  FROM touched
                  JOIN itsm_ticket_event AS event ON event.ticket_id = touched.id
                 WHERE event.clock_id IS NULL
                   AND (event.backlog_change <> 0 OR event.kind IN ('answer', 'reply'))
            )
            SELECT ticket_id,
                   max(extract(epoch FROM least(until, %(end)s)
                               - greatest(at, %(start)s)))::bigint AS seconds
              FROM heard
             WHERE at < %(end)s AND until > %(start)s AND ticket_state = ANY(%(open)s)
             GROUP BY 1 ORDER BY 2 DESC, 1 %(limit)s
            """,
            touched=_sql_touched(companies, start),
            open=sorted(OPEN_STATES),
            limit=SQL("LIMIT %s", limit) if limit else SQL(),
            start=start,
            end=end,
        )
    )
    return dict(rows)


# ------------------------------------------------------------
# SQL
# ------------------------------------------------------------
# SQL: a backlog at 365 midnights, or the stretches of 10,000 tickets, are window
# functions over entries, which the ORM has no words for.


def _sql_touched(companies, start):
    """Return the ids of all tickets that were open at some time since ``start``.

    They are those that something happened to since, and those that are open now.
    """
    return SQL(
        """
        SELECT ticket_id AS id FROM itsm_ticket_event
         WHERE company_id = ANY(%(companies)s) AND clock_id IS NULL AND at >= %(start)s
         UNION
        SELECT id FROM itsm_ticket
         WHERE company_id = ANY(%(companies)s) AND state = ANY(%(open)s)
        """,
        companies=companies.ids,
        open=sorted(OPEN_STATES),
        start=start,
    )


def _sql_spans(companies, start):
    """Return the stretches between the entries of the tickets that are concerned."""
    return SQL(
        """
        SELECT event.ticket_id, event.at, event.ticket_state, event.owner_id,
               event.team_id, event.support_level, event.priority,
               event.worked_seconds,
               lead(event.at, 1, 'infinity') OVER entries AS until,
               lead(event.worked_seconds) OVER entries AS worked_until
          FROM (%(touched)s) AS touched
          JOIN itsm_ticket_event AS event ON event.ticket_id = touched.id
         WHERE event.clock_id IS NULL
        WINDOW entries AS (PARTITION BY event.ticket_id ORDER BY event.id)
        """,
        touched=_sql_touched(companies, start),
    )


def _sql_changes(companies, start, by):
    """Return when tickets entered (1) or left (-1) the backlog, or a part of it.

    An entry names the value before it for its own kind only; the others are as after.
    """
    scope = SQL(
        "company_id = ANY(%s) AND clock_id IS NULL AND at >= %s", companies.ids, start
    )
    if not by:
        return SQL(
            """
            SELECT at, 0 AS key, backlog_change AS change FROM itsm_ticket_event
             WHERE %s AND backlog_change <> 0
            """,
            scope,
        )
    key = _get_key(by)
    is_id = key.endswith("_id")
    return SQL(
        """
        SELECT at, %(key)s AS key, backlog_change AS change FROM itsm_ticket_event
         WHERE %(scope)s AND backlog_change <> 0
         UNION ALL
        SELECT at, %(key)s, 1 FROM itsm_ticket_event
         WHERE %(scope)s AND kind = %(kind)s AND ticket_state = ANY(%(open)s)
         UNION ALL
        SELECT at, %(old)s, -1 FROM itsm_ticket_event
         WHERE %(scope)s AND kind = %(kind)s AND ticket_state = ANY(%(open)s)
        """,
        key=SQL.identifier(key),
        scope=scope,
        kind=by,
        open=sorted(OPEN_STATES),
        old=SQL("old_value::int") if is_id else SQL("old_value"),
    )


def _get_key(by):
    """Return the column of a dimension.

    :raise KeyError: for a name that is none
    """
    return DIMENSIONS[by] if by else None


def _flush(env):
    env["itsm.ticket.event"].flush_model()
    env["itsm.ticket"].flush_model(["company_id", "state", *_get_ticket_columns()])


def _get_ticket_columns():
    return [TICKET_COLUMNS.get(by, column) for by, column in DIMENSIONS.items()]
