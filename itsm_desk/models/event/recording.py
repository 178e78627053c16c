"""Record what happens to tickets.

Functions of a module, not methods: evaluated code and remote callers cannot reach
them. Changes of columns are recorded by the ticket itself, where it is created and
stored; anything else that belongs to the history of a ticket by :func:`record_event`.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from odoo import fields

from ...tools.ticket_history import (
    FACTS,
    FILED,
    TAKEN_OVER,
    get_backlog_change,
)
from ..base.grants import get_evaluated_id, server_create

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
_known = ContextVar("itsm_known_facts", default=None)
_filing = ContextVar("itsm_filing_acts", default=())


class Known(NamedTuple):
    """How a ticket stands by its entries, while somebody writes it."""

    facts: dict
    """As of :func:`get_facts`."""
    vals: dict
    """What is written; the reasons among it belong to the step."""
    details: dict
    """Why and in whose name, as of :func:`_get_details`."""


class Filing:
    """New tickets that are being made, and which of them are through with it.

    Core computes columns while it makes records, after which automations run. One that
    does something with a ticket files it first.
    """

    def __init__(self, file):
        self.file = file
        self.evaluated = get_evaluated_id()
        self.details = _get_details()
        self.filed = set()


# ------------------------------------------------------------
# FILING
# ------------------------------------------------------------


@contextmanager
def filing(file):
    """Let tickets that are made in the block be filed before anything is done to them.

    :param file: function that gives new tickets their readers, entries and clocks
    :return: the set of the ids of those that it was called for
    """
    act = Filing(file)
    token = _filing.set((*_filing.get(), act))
    try:
        yield act.filed
    finally:
        _filing.reset(token)


def file_first(tickets):
    """File those of ``tickets`` that are still being made; for typed code only."""
    for act in reversed(_filing.get()):
        new = tickets.filtered(lambda ticket, act=act: ticket.id not in act.filed)
        if not new or get_evaluated_id() == act.evaluated:
            continue
        # sudo: whoever acts on a ticket need not read its entries
        entries = tickets.env["itsm.ticket.event"].sudo()
        entries = entries.search([("ticket_id", "in", new.ids)])
        if new := new - entries.ticket_id:
            act.filed.update(new.ids)
            with _detailed(act.details):
                act.file(new)


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
    with _detailed(details):
        yield


@contextmanager
def _detailed(details):
    token = _details.set((get_evaluated_id(), details))
    try:
        yield
    finally:
        _details.reset(token)


@contextmanager
def recorded_together(env):
    """Write the entries of the block in one go, in their order, as it ends.

    What reads them in the block asks for :func:`write_waiting` first.
    """
    rows = []
    token = _together.set(rows)
    try:
        yield
    finally:
        _together.reset(token)
    append_entries(env, rows)


def write_waiting(env):
    """Write the entries that wait for the end of :func:`recorded_together`."""
    if waiting := _together.get():
        rows = list(waiting)
        waiting.clear()
        # sudo: as in append_entries()
        server_create(env["itsm.ticket.event"].sudo(), rows)


def _get_details():
    """Return why and in whose name; not of what an automation does meanwhile."""
    evaluated, details = _details.get() or (None, {})
    return details if details and evaluated == get_evaluated_id() else {}


def get_person(env):
    """Return the contact in whose name something happens now."""
    partner_id = _get_details().get("partner_id")
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
    file_first(tickets)
    _record_open(tickets)
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
    outer = _known.get()
    known = {} if outer is None else outer
    token = _known.set(known)
    try:
        # An act in the middle of another: what that changed comes first.
        _record_open(tickets)
        held = {ticket.id: known[ticket.id] for ticket in tickets if ticket.id in known}
        details = _get_details()
        _compute_facts(tickets)
        for ticket in tickets:
            known[ticket.id] = Known(get_facts(ticket), vals, details)
        yield
        record_changes(tickets, known)
        for ticket in tickets:
            facts = known.pop(ticket.id).facts
            if ticket.id in held:
                known[ticket.id] = held[ticket.id]._replace(facts=facts)
    finally:
        _known.reset(token)


def _record_open(tickets):
    """Record what an act that is not through with it has changed until now."""
    if known := _known.get():
        record_changes(tickets.filtered(lambda ticket: ticket.id in known), known)


def record_changes(tickets, known):
    """Record how tickets differ from what they were, and note what they are.

    :param dict known: ``{ticket id: Known}``
    """
    if not tickets:
        return
    _compute_facts(tickets)
    now = get_moment()
    before, after = {}, {}
    for ticket in tickets:
        facts = get_facts(ticket)
        before[ticket.id] = known[ticket.id].facts
        if facts != before[ticket.id]:
            after[ticket.id] = facts
            known[ticket.id] = known[ticket.id]._replace(facts=facts)
    changed = tickets.filtered(lambda ticket: ticket.id in after)
    if not changed:
        return
    worked = _get_worked_seconds(changed, now)
    rows = []
    for ticket in changed:
        facts, target = dict(before[ticket.id]), after[ticket.id]
        vals, details = known[ticket.id].vals, known[ticket.id].details
        for kind in FACTS:
            old, new = facts.get(kind, ""), target.get(kind, "")
            if old == new:
                continue
            facts[kind] = new
            row = _prepare_row(ticket, kind, facts, now, worked, details)
            row.update(old_value=old or False, new_value=new or False)
            if kind == "state":
                row["backlog_change"] = get_backlog_change(old, new)
                row["reason_id"] = vals.get("pending_reason_id") or False
                reason = vals.get("stop_reason") or vals.get("reopen_reason")
                row["reason"] = reason or row["reason"]
            rows.append(row)
    append_entries(changed.env, rows)


def _compute_facts(tickets):
    """Let core compute the facts that are due.

    Automations run then, whose changes are recorded by themselves.
    """
    for name in tickets._event_get_facts():
        tickets.mapped(name)


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


def _prepare_row(ticket, kind, facts, now, worked, details=None):
    return {
        "ticket_id": ticket.id,
        "company_id": ticket.company_id.id,
        "kind": kind,
        "at": now,
        "user_id": ticket.env.uid,
        "worked_seconds": worked.get(ticket.id, 0),
        "reason": False,
        **(_get_details() if details is None else details),
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
