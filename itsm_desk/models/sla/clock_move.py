"""Move many clocks to changed working hours at once.

A holiday concerns every open ticket of a company. The engine takes one clock at a time
through the ORM; here the arithmetic is the same, and the rows are written by three
statements a batch. A clock of which something has become due is left to the engine,
which records it at its moment and tells people.

Functions, not methods: nobody but the scheduled job reaches them.
"""

from odoo.tools import SQL

from ...tools import sla_clock
from ..base.grants import check_caller
from .itsm_sla_policy import KINDS

CLOCK_COLUMNS = {
    "timeline_id": "int",
    "resumed_at": "timestamp",
    "paused_at": "timestamp",
    "consumed_seconds": "int",
    "paused_seconds": "int",
    "deadline_at": "timestamp",
    "next_event_at": "timestamp",
}
"""What other hours change of a clock; the others follow from warnings and breaches."""
ENTRY_COLUMNS = {
    "ticket_id": "int",
    "clock_id": "int",
    "company_id": "int",
    "at": "timestamp",
    "worked_seconds": "int",
    "timeline_id": "int",
}


def move_clocks(clocks, now):
    """Move clocks whose working hours ended to those that follow.

    :param clocks: clocks that have not stopped, locked by the caller
    :return: those of which something has become due, as they were
    """
    check_caller(clocks)
    hours = _Hours(clocks)
    rows, entries, left = [], [], []
    for clock in clocks:
        states = _follow(clock, hours, now)
        if states is None:
            left.append(clock.id)
            continue
        for state, timeline in states:
            entries.append(
                (
                    clock.ticket_id.id,
                    clock.id,
                    clock.company_id.id,
                    state.mark,
                    state.consumed,
                    timeline.id,
                )
            )
        if states:
            state, timeline = states[-1]
            rows.append((clock.id, *_prepare_row(clock, state, timeline)))
    if rows:
        _write(clocks, rows, entries)
    return clocks.browse(left)


class _Hours:
    """The versions of working time that clocks of one batch run in."""

    def __init__(self, clocks):
        self._begin = min(clocks.mapped("started_at"), default=None)
        self._following = {}
        self._lines = {}

    def get_following(self, timeline):
        """Return the version that followed ``timeline``."""
        if timeline.id not in self._following:
            following = timeline._get_successor()
            self._following[timeline.id] = following._cover(self._begin)
        return self._following[timeline.id]

    def get_line(self, timeline):
        """Return the slots of a version, ready for searching."""
        if timeline.id not in self._lines:
            self._lines[timeline.id] = timeline._get_working_time()
        return self._lines[timeline.id]


def _follow(clock, hours, now):
    """Return ``[(state, version)]``, one for each change, or None.

    None: a warning or a breach has become due on the way.
    """
    state, timeline, states = clock._get_state(), clock.timeline_id, []
    while timeline.superseded_at and state.phase != sla_clock.STOPPED:
        moment = max(timeline.superseded_at, state.mark)
        if sla_clock.get_due_events(state, moment):
            return None
        timeline = hours.get_following(timeline)
        line = hours.get_line(timeline)
        event = sla_clock.Event("calendar_change", moment, timeline=line)
        state = sla_clock.apply(state, event)
        states.append((state, timeline))
    return None if sla_clock.get_due_events(state, now) else states


def _prepare_row(clock, state, timeline):
    """Return the values of ``CLOCK_COLUMNS``."""
    moments = filter(None, (state.next_event_at, clock.alert_at))
    return (
        timeline.id,
        state.mark if state.phase == sla_clock.RUNNING else None,
        state.mark if state.phase == sla_clock.PAUSED else None,
        state.consumed,
        state.paused,
        state.deadline,
        min(moments, default=None),
    )


# ------------------------------------------------------------
# SQL
# ------------------------------------------------------------
# SQL: the ORM writes 100,000 clocks, their entries and the columns of their tickets in
# minutes; TestSlaCalendar compares what both ways leave.


def _write(clocks, rows, entries):
    """Write the clocks, their entries and what their tickets copy from them."""
    env = clocks.env
    env.flush_all()
    now = env.cr.now()
    stamp = SQL("write_uid = %s, write_date = %s", env.uid, now)
    env.cr.execute(
        SQL(
            """
            UPDATE itsm_sla_clock AS clock
               SET %(changes)s, %(stamp)s,
                   consumed_hours = new.consumed_seconds / 3600::float8
              FROM %(rows)s WHERE clock.id = new.id
            """,
            changes=SQL(", ").join(
                SQL("%s = new.%s", SQL.identifier(name), SQL.identifier(name))
                for name in CLOCK_COLUMNS
            ),
            stamp=stamp,
            rows=_sql_rows({"id": "int", **CLOCK_COLUMNS}, rows),
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO itsm_ticket_event (
                %(names)s, kind, user_id, target_seconds, warn_percent,
                create_uid, create_date, write_uid, write_date)
            SELECT %(names)s, 'calendar_change', %(uid)s, 0, 0,
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM %(rows)s
            """,
            names=SQL(", ").join(map(SQL.identifier, ENTRY_COLUMNS)),
            now=now,
            uid=env.uid,
            rows=_sql_rows(ENTRY_COLUMNS, entries),
        )
    )
    _write_tickets(env, {row[0] for row in entries}, stamp)
    env.invalidate_all(flush=False)


def _write_tickets(env, ids, stamp):
    """Write what tickets copy from their clocks, where it is another value now."""
    env.cr.execute(
        SQL(
            """
            UPDATE itsm_ticket AS ticket
               SET sla_next_deadline = clocks.next, %(changes)s, %(stamp)s
              FROM (SELECT ticket_id,
                           min(deadline_at) FILTER (WHERE stopped_at IS NULL) AS next,
                           %(sums)s
                      FROM itsm_sla_clock
                     WHERE ticket_id = ANY(%(ids)s) AND is_cancelled IS NOT TRUE
                     GROUP BY ticket_id) AS clocks
             WHERE ticket.id = clocks.ticket_id
               AND (ticket.sla_next_deadline, %(columns)s)
                   IS DISTINCT FROM (clocks.next, %(sums_now)s)
            """,
            columns=SQL(", ").join(
                SQL("ticket.%s", name) for name in map(_sql_seconds, KINDS)
            ),
            sums_now=SQL(", ").join(
                SQL("clocks.%s", name) for name in map(_sql_seconds, KINDS)
            ),
            changes=SQL(", ").join(
                SQL("%s = clocks.%s", name, name) for name in map(_sql_seconds, KINDS)
            ),
            stamp=stamp,
            sums=SQL(", ").join(
                SQL(
                    "coalesce(max(consumed_seconds) FILTER (WHERE kind = %s), 0) AS %s",
                    kind[0],
                    _sql_seconds(kind),
                )
                for kind in KINDS
            ),
            ids=list(ids),
        )
    )


def _sql_seconds(kind):
    """Return the column of the ticket for the seconds of a kind of clock."""
    return SQL.identifier(f"{kind[0]}_seconds")


def _sql_rows(columns, rows):
    """Return ``rows`` as a table ``new``.

    :param dict columns: ``{name: type}``
    """
    kinds = map(SQL, columns.values())
    values = map(list, zip(*rows, strict=True))
    return SQL(
        "unnest(%s) AS new(%s)",
        SQL(", ").join(map(SQL, ["%s::%s[]"] * len(columns), values, kinds)),
        SQL(", ").join(map(SQL.identifier, columns)),
    )
