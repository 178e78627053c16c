"""What happened to a ticket, and where it stands by that. Without ORM.

A history is a list of :class:`Change`, each of which says from what to what. Because
every change names the value before it, a row that was taken out, put in or altered
breaks the chain, and :func:`replay` says where.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

FILED = "filed"
TAKEN_OVER = "taken_over"
"""A ticket that was closed in another system; it never was in the backlog here."""
FACTS = ("team", "level", "priority", "vendor", "owner", "state", "answer")
"""Kinds of changes of one value of the ticket, in the order in which the changes of one
act are recorded: what leads to the state comes before it."""

OPEN_STATES = frozenset(
    {"new", "waiting_approval", "assigned", "in_progress", "pending"}
)
"""States in which a ticket is in the backlog of the desk."""


class HistoryError(ValueError):
    """A history that does not fit together; says at which entry (int) and why."""

    def __init__(self, index, text):
        super().__init__(f"entry {index}: {text}")
        self.index = index


class Change(NamedTuple):
    """One entry of a history."""

    kind: str
    at: datetime
    old: str = ""
    """Value before: key of a selection, id or moment as text; empty for none."""
    new: str = ""
    reason_id: int = 0
    """Why a pause began (id of a pending reason)."""
    facts: dict | None = None
    """All values after the entry, ``{kind: text}``, as the row repeats them. Those of
    the first entry are where the ticket begins."""


@dataclass(slots=True)
class Ticket:
    """A ticket after its last entry; moments are naive UTC, texts empty for none."""

    facts: dict = field(default_factory=dict)
    """``{kind of fact: text}``."""
    first_owner: str = ""
    reason_id: int = 0
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    reopen_count: int = 0


def is_open(state):
    """Whether a ticket in ``state`` is in the backlog."""
    return state in OPEN_STATES


def get_backlog_change(old, new):
    """Return 1 where a ticket enters the backlog, -1 where it leaves, else 0."""
    return is_open(new) - is_open(old)


def replay(changes):
    """Return the ticket that ``changes`` lead to.

    :raise HistoryError: where an entry does not follow from those before it
    """
    ticket = None
    for index, change in enumerate(changes):
        if (ticket is None) != (change.kind in (FILED, TAKEN_OVER)):
            raise HistoryError(index, f"{change.kind} in this place")
        if ticket is None:
            ticket = Ticket(facts=dict(change.facts or {}))
            _follow_owner(ticket)
        elif change.kind in FACTS:
            _apply(ticket, change, index)
        for kind, value in (change.facts or {}).items():
            if ticket.facts.get(kind, "") != value:
                raise HistoryError(index, f"{kind} is {value!r} without a change")
    return ticket


def _apply(ticket, change, index):
    before = ticket.facts.get(change.kind, "")
    if before != change.old:
        raise HistoryError(index, f"{change.kind} was {before!r}, not {change.old!r}")
    ticket.facts[change.kind] = change.new
    if change.kind == "owner":
        _follow_owner(ticket)
    elif change.kind == "state":
        _follow_state(ticket, change)


def _follow_owner(ticket):
    ticket.first_owner = ticket.first_owner or ticket.facts.get("owner", "")


def _follow_state(ticket, change):
    ticket.reason_id = change.reason_id if change.new == "pending" else 0
    if change.new == "solved":
        ticket.solved_at = change.at
    elif change.new == "closed":
        ticket.closed_at = change.at
    elif change.old == "solved":
        ticket.solved_at = None
        ticket.reopen_count += 1


def repair(changes, facts, at):
    """Return a history of old records that fits together and leads to ``facts``.

    For an upgrade, whose sources know some changes only. Each entry is taken to begin
    where the one before it ended; what changed nothing is left out; what is missing
    in the end is added at the moment ``at``.

    :param changes: the first one is ``filed``, with the facts as far as they are known
    :param facts: ``{kind: text}`` as the columns of the ticket say
    """
    first, *rest = changes
    current = dict.fromkeys(facts, "")
    # What never changed was there from the beginning; what did, began as its first
    # change says.
    changed = {}
    for change in rest:
        changed.setdefault(change.kind, change.old)
    for kind, value in facts.items():
        current[kind] = changed.get(kind, value)
    current["state"] = "new"
    # Nothing of these was there when the ticket was filed, or it is told after that.
    current.update({kind: "" for kind in ("answer", "vendor") if kind in facts})
    if "owner" not in changed:
        current["owner"] = ""
    result = [first._replace(new="new", facts=dict(current))]
    missing = [
        Change(kind, at, new=facts.get(kind, "")) for kind in FACTS if kind in facts
    ]
    for change in [*rest, *missing]:
        if change.kind not in FACTS:
            result.append(change._replace(facts=dict(current)))
            continue
        old = current.get(change.kind, "")
        if old == change.new:
            continue
        current[change.kind] = change.new
        result.append(change._replace(old=old, facts=dict(current)))
    return result
