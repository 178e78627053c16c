"""Derive the columns of tickets again from their entries, and compare.

What is stored is what lists, reports and rules read; the entries are what happened.
Both are written by the same act, so a difference means that a column or an entry was
changed behind the back of the suite, or that an act forgot to record.
"""

from odoo import fields

from ...tools.sla_clock import ClockError
from ...tools.ticket_history import Change, HistoryError, replay
from .recording import SNAPSHOT, get_facts


def find_differences(tickets):
    """Return ``{ticket id: {what: (stored, derived)}}`` of the tickets that differ.

    ``what`` is a column of the ticket, ``kind.column`` of one of its clocks, or
    ``event_ids`` where the entries do not fit together; values are shown as they are.
    The number of queries does not grow with the number of tickets.
    """
    # sudo: whoever may ask for the proof need not read all that it compares
    tickets = tickets.sudo()
    entries = tickets.env["itsm.ticket.event"].search(
        [("ticket_id", "in", tickets.ids), ("clock_id", "=", False)], order="id"
    )
    by_ticket = entries.grouped("ticket_id")
    result = {}
    for ticket in tickets:
        found = _compare_ticket(ticket, by_ticket.get(ticket, entries.browse()))
        for clock in ticket.clock_ids:
            found.update(_compare_clock(clock))
        found.update(_compare_columns(ticket))
        if found:
            result[ticket.id] = found
    return result


def get_history(entries):
    """Return entries of one ticket, in order, for ``tools/ticket_history.py``."""
    return [
        Change(
            kind=entry.kind,
            at=entry.at,
            old=entry.old_value or "",
            new=entry.new_value or "",
            reason_id=entry.reason_id.id or 0,
            facts={
                fact: str((value.id if column.endswith("_id") else value) or "")
                for fact, column in SNAPSHOT.items()
                for value in [entry[column]]
            },
        )
        for entry in entries
    ]


def _compare_ticket(ticket, entries):
    try:
        derived = replay(get_history(entries))
    except HistoryError as error:
        return {"event_ids": ("", str(error))}
    if not derived:
        return {"event_ids": ("", "no entries")}
    names = {kind: name for name, kind in ticket._event_get_facts().items()}
    pairs = {
        names[kind]: (value, derived.facts.get(kind, ""))
        for kind, value in get_facts(ticket).items()
    }
    pairs.update(
        first_responder_id=(
            str(ticket.first_responder_id.id or ""),
            derived.first_owner,
        ),
        pending_reason_id=(ticket.pending_reason_id.id or 0, derived.reason_id),
        reopen_count=(ticket.reopen_count, derived.reopen_count),
        solved_at=(ticket.solved_at or None, derived.solved_at),
        closed_at=(ticket.closed_at or None, derived.closed_at),
    )
    return _keep_unequal(pairs)


def _compare_clock(clock):
    try:
        state = clock._replay()
    except ClockError as error:
        return {f"{clock.kind}.event_ids": ("", str(error))}
    if not state:
        return {f"{clock.kind}.event_ids": ("", "no entries")}
    derived = clock._prepare_proven_values(state)
    return _keep_unequal(
        {
            f"{clock.kind}.{name}": (clock[name], value)
            for name, value in derived.items()
        }
    )


def _compare_columns(ticket):
    return _keep_unequal(
        {
            name: (ticket[name], value)
            for name, value in ticket._get_sla_values().items()
        }
    )


def _keep_unequal(pairs):
    return {
        name: tuple(
            fields.Datetime.to_string(v) if hasattr(v, "date") else v for v in pair
        )
        for name, pair in pairs.items()
        if pair[0] != pair[1]
    }
