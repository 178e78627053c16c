"""For which ticket, and why, equipment changes now.

Functions, as evaluated code can call methods of records.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from ..base.grants import server_create
from ..event.recording import get_moment

FACTS = ("employee_id", "department_id", "itsm_place", "itsm_state")
"""What the history of equipment tells: owner, place and state."""

_cause = ContextVar("itsm_equipment_cause", default=None)


@contextmanager
def registering(ticket=None, reason=None):
    """Say why equipment changes, in the history that the block writes."""
    cause = {"ticket_id": ticket.id if ticket else False, "reason": reason or False}
    token = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(token)


def get_cause():
    """Return why equipment changes now, or None where somebody edits it."""
    return _cause.get()


def get_facts(equipment):
    """Return ``{equipment id: facts}``."""
    return {
        one.id: tuple(
            one[name].id if one._fields[name].relational else one[name] or False
            for name in FACTS
        )
        for one in equipment
    }


def note_changes(equipment, before):
    """Write down how equipment differs from what it was.

    :param equipment: in sudo
    :param dict before: what :func:`get_facts` returned
    """
    after = get_facts(equipment)
    changed = equipment.filtered(lambda one: after[one.id] != before[one.id])
    _append(changed, before, after)


def note_event(equipment):
    """Write down what was done that changed neither owner, place nor state."""
    facts = get_facts(equipment)
    _append(equipment, facts, facts)


def _append(equipment, before, after):
    rows = []
    for one in equipment:
        row = {
            "equipment_id": one.id,
            "company_id": one.company_id.id,
            "at": get_moment(),
            "user_id": one.env.uid,
            **(_cause.get() or {}),
        }
        for name, old, new in zip(FACTS, before[one.id], after[one.id], strict=True):
            base = name.removeprefix("itsm_")
            row[f"old_{base}"], row[f"new_{base}"] = old, new
        rows.append(row)
    if rows:
        server_create(equipment.env["itsm.equipment.history"], rows)
