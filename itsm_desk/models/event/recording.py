"""Record what happens to tickets.

Functions of a module, not methods: evaluated code and remote callers cannot reach
them. Changes of columns are recorded by the ticket itself, where it is created and
stored; anything else that belongs to the history of a ticket by :func:`record_event`.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo import fields

from ...tools.ticket_history import (
    FACTS,
    FILED,
    TAKEN_OVER,
    get_backlog_change,
)
from ..base.grants import server_create

SNAPSHOT = {
    "state": "ticket_state",
    "owner": "owner_id",
    "team": "team_id",
    "level": "support_level",
    "priority": "priority",
}
"""``{kind of fact: column}`` of an entry: how the ticket stands afterwards."""

_moment = ContextVar("itsm_moment", default=None)
_details = ContextVar("itsm_event_details", default=None)
_together = ContextVar("itsm_recorded_together", default=None)


# ------------------------------------------------------------
# WHEN, WHY, IN WHOSE NAME
# ------------------------------------------------------------


@contextmanager
def one_moment():
    """Let all that an act writes bear the same time; an inner act has that of the
    outer one."""
    token = _moment.set(get_moment())
    try:
        yield
    finally:
        _moment.reset(token)


def get_moment():
    """Return the time of the running act (naive UTC, in seconds)."""
    return _moment.get() or fields.Datetime.now()


@contextmanager
def recorded_as(reason=None, partner=None):
    """Say why something happens, or in whose name, in the entries of the block.

    :param str reason: as somebody wrote it
    :param partner: who was proven to decide, where it is not the acting user
    """
    details = {
        "reason": reason or False,
        "partner_id": partner.id if partner else False,
    }
    token = _details.set(details)
    try:
        yield
    finally:
        _details.reset(token)


@contextmanager
def recorded_together(env):
    """Write the entries of the block in one go, in their order, as it ends.

    Nothing in the block may read them.
    """
    rows = []
    token = _together.set(rows)
    try:
        yield
    finally:
        _together.reset(token)
    append_entries(env, rows)


def get_person(env):
    """Return the contact in whose name something happens now."""
    partner_id = (_details.get() or {}).get("partner_id")
    return env["res.partner"].browse(partner_id) if partner_id else env.user.partner_id


# ------------------------------------------------------------
# RECORDING
# ------------------------------------------------------------


def record_event(tickets, kind, old=False, new=False, reason=None):
    """Record that something happened which changed no column of the tickets.

    :param str kind: a key of ``kind`` of ``itsm.ticket.event``
    :param str old: a text, where there is something to compare
    :param str new: likewise
    :param str reason: as somebody wrote it
    """
    now = get_moment()
    worked = _get_worked_seconds(tickets, now)
    append_entries(
        tickets.env,
        [
            {
                **_prepare_row(ticket, kind, get_facts(ticket), now, worked),
                "old_value": old,
                "new_value": new,
                **({"reason": reason} if reason else {}),
            }
            for ticket in tickets
        ],
    )


def record_filing(tickets):
    """Record where new tickets begin."""
    now = get_moment()
    rows = []
    for ticket in tickets:
        facts = get_facts(ticket)
        begun = TAKEN_OVER if ticket.is_history else FILED
        rows.append(
            {
                **_prepare_row(ticket, begun, facts, now, {}),
                "new_value": facts["state"],
                "backlog_change": get_backlog_change("", facts["state"]),
            }
        )
        rows += [
            {**_prepare_row(ticket, kind, facts, now, {}), "new_value": facts[kind]}
            for kind in FACTS
            if kind not in SNAPSHOT and facts.get(kind)
        ]
    append_entries(tickets.env, rows)


@contextmanager
def recording_changes(tickets, vals):
    """Record what the block, which stores ``vals``, changes of what is measured.

    :param tickets: with sudo, whoever writes need not read all that an entry says
    """
    if tickets._event_get_trigger_fields().isdisjoint(vals):
        yield
        return
    before = {ticket.id: get_facts(ticket) for ticket in tickets}
    yield
    record_changes(tickets, before, vals)


def record_changes(tickets, before, vals):
    """Record how tickets differ from what they were.

    :param dict before: ``{ticket id: facts}``
    :param dict vals: what was written; the reasons among it belong to the step
    """
    now = get_moment()
    after = {
        ticket.id: facts
        for ticket in tickets
        if (facts := get_facts(ticket)) != before[ticket.id]
    }
    changed = tickets.filtered(lambda ticket: ticket.id in after)
    if not changed:
        return
    worked = _get_worked_seconds(changed, now)
    rows = []
    for ticket in changed:
        facts, target = dict(before[ticket.id]), after[ticket.id]
        for kind in FACTS:
            old, new = facts.get(kind, ""), target.get(kind, "")
            if old == new:
                continue
            facts[kind] = new
            row = _prepare_row(ticket, kind, facts, now, worked)
            row.update(old_value=old or False, new_value=new or False)
            if kind == "state":
                row["backlog_change"] = get_backlog_change(old, new)
                row["reason_id"] = vals.get("pending_reason_id") or False
                reason = vals.get("stop_reason") or vals.get("reopen_reason")
                row["reason"] = reason or row["reason"]
            rows.append(row)
    append_entries(changed.env, rows)


def get_facts(ticket):
    """Return ``{kind of fact: text}`` of one ticket, as its entries say it."""
    return {
        kind: _to_text(ticket, name) for name, kind in ticket._event_get_facts().items()
    }


def _to_text(ticket, name):
    value, field = ticket[name], ticket._fields[name]
    if field.type == "many2one":
        return str(value.id or "")
    return (
        fields.Datetime.to_string(value) or ""
        if field.type == "datetime"
        else value or ""
    )


def _prepare_row(ticket, kind, facts, now, worked):
    return {
        "ticket_id": ticket.id,
        "company_id": ticket.company_id.id,
        "kind": kind,
        "at": now,
        "user_id": ticket.env.uid,
        "worked_seconds": worked.get(ticket.id, 0),
        "reason": False,
        **(_details.get() or {}),
        **{
            column: (int(facts[fact] or 0) if column.endswith("_id") else facts[fact])
            or False
            for fact, column in SNAPSHOT.items()
        },
    }


def _get_worked_seconds(tickets, now):
    """Return ``{ticket id: seconds}`` that the clocks of the solution have counted."""
    # sudo: whoever acts on a ticket may not read its clocks
    clocks = tickets.sudo().clock_ids.filtered(lambda clock: clock.kind == "resolution")
    return {clock.ticket_id.id: clock._get_worked_seconds(now) for clock in clocks}


def append_entries(env, rows):
    """Write entries, or leave them to the block of :func:`recorded_together`.

    :param list rows: values of ``itsm.ticket.event``
    """
    waiting = _together.get()
    if waiting is not None:
        waiting += rows
    elif rows:
        # sudo: nobody may create entries; the server writes down what somebody did
        server_create(env["itsm.ticket.event"].sudo(), rows)
