"""Record what happened to the tickets that were there before their entries.

Odoo's tracking of changes knows most of it: old and new values, who and when. What it
does not know is added as found at the upgrade, so that the entries of each ticket lead
to its columns.
"""

from psycopg2.extras import execute_values

from odoo import fields
from odoo.tools.sql import column_exists, table_exists

from odoo.addons.itsm_desk.tools.ticket_history import (
    FILED,
    Change,
    get_backlog_change,
    repair,
)

BATCH = 5000
TRACKED = {
    "team_id": "team",
    "support_level": "level",
    "priority": "priority",
    "user_id": "owner",
    "state": "state",
    "outsourcing_contract_id": "vendor",
}
FOUND = "As found at the upgrade."


def migrate(cr, version):
    if not table_exists(cr, "itsm_ticket_event"):
        return
    cr.execute(
        "SELECT DISTINCT ticket_id FROM itsm_ticket_event WHERE clock_id IS NULL"
    )
    done = {row[0] for row in cr.fetchall()}
    cr.execute("SELECT id FROM itsm_ticket ORDER BY id")
    todo = [row[0] for row in cr.fetchall() if row[0] not in done]
    labels = _read_labels(cr)
    now = fields.Datetime.now()
    for start in range(0, len(todo), BATCH):
        _record(cr, todo[start : start + BATCH], labels, now)


def _read_labels(cr):
    """Return ``{(field, label): key}``: tracking keeps the words of the writer."""
    cr.execute(
        """
        SELECT field.name, words.value, selection.value
          FROM ir_model_fields_selection selection
          JOIN ir_model_fields field ON field.id = selection.field_id
          CROSS JOIN LATERAL jsonb_each_text(selection.name) AS words
         WHERE field.model = 'itsm.ticket' AND field.name = ANY(%s)
        """,
        [list(TRACKED)],
    )
    return {(name, label): key for name, label, key in cr.fetchall()}


def _record(cr, ids, labels, now):
    changes, actors = _read_tracking(cr, ids, labels)
    has_vendor = column_exists(cr, "itsm_ticket", "outsourcing_contract_id")
    cr.execute(
        """
        SELECT id, company_id, create_date, create_uid, first_response_at,
               first_responder_id, solved_at, closed_at, pending_reason_id,
               team_id, support_level, priority, user_id, state,
        """
        # The contract is a column of vendor_quality.
        + ("outsourcing_contract_id" if has_vendor else "NULL")
        + " FROM itsm_ticket WHERE id = ANY(%s)",
        [ids],
    )
    rows = []
    for row in cr.fetchall():
        ticket_id, company_id, filed_at, filed_by, answered_at, responder_id = row[:6]
        solved_at, closed_at, pending_reason_id, *now_is, vendor_id = row[6:]
        facts = dict(
            zip(
                ("team", "level", "priority", "owner", "state"),
                (str(value or "") for value in now_is),
                strict=True,
            ),
            answer=fields.Datetime.to_string(answered_at) or "",
        )
        known = changes.get(ticket_id, [])
        if has_vendor:
            facts["vendor"] = str(vendor_id or "")
        _fill_beginning(known, facts, filed_at)
        _set_moment(known, actors, ticket_id, "solved", solved_at)
        _set_moment(known, actors, ticket_id, "closed", closed_at)
        if answered_at:
            known.append(Change("answer", answered_at, new=facts["answer"]))
            actors[ticket_id, "answer", answered_at] = responder_id
        known.sort(key=lambda change: change.at)
        first = Change(FILED, filed_at)
        actors[ticket_id, FILED, filed_at] = filed_by
        history = repair([first, *known], facts, now)
        for index in reversed(range(len(history))):
            if pending_reason_id and history[index].kind == "state":
                history[index] = history[index]._replace(reason_id=pending_reason_id)
                break
        for change in history:
            actor = actors.get((ticket_id, change.kind, change.at))
            rows.append(_prepare_row(ticket_id, company_id, change, actor, now))
    execute_values(
        cr,
        """
        INSERT INTO itsm_ticket_event (
            ticket_id, company_id, kind, at, user_id, old_value, new_value, reason,
            reason_id, worked_seconds, backlog_change, team_id, support_level,
            priority, owner_id, ticket_state, create_date, write_date)
        VALUES %s
        """,
        rows,
        page_size=1000,
    )


def _read_tracking(cr, ids, labels):
    """Return ``{ticket id: [Change]}``, and who made each."""
    cr.execute(
        """
        SELECT message.res_id, field.name, message.date, author.id,
               tracking.old_value_char, tracking.new_value_char,
               tracking.old_value_integer, tracking.new_value_integer
          FROM mail_tracking_value tracking
          JOIN mail_message message ON message.id = tracking.mail_message_id
          JOIN ir_model_fields field ON field.id = tracking.field_id
          LEFT JOIN LATERAL (
               SELECT id FROM res_users
                WHERE partner_id = message.author_id ORDER BY active DESC, id LIMIT 1
               ) author ON TRUE
         WHERE message.model = 'itsm.ticket' AND message.res_id = ANY(%s)
           AND field.model = 'itsm.ticket' AND field.name = ANY(%s)
         ORDER BY message.id, tracking.id
        """,
        [ids, list(TRACKED)],
    )
    changes, actors = {}, {}
    for res_id, name, at, user_id, *values in cr.fetchall():
        old_text, new_text, old_id, new_id = values
        if name.endswith("_id"):
            old, new = str(old_id or ""), str(new_id or "")
        else:
            old = labels.get((name, old_text), "")
            new = labels.get((name, new_text), "")
            if not new:
                continue
        kind = TRACKED[name]
        changes.setdefault(res_id, []).append(Change(kind, at, old, new))
        actors[res_id, kind, at] = user_id
    return changes, actors


def _fill_beginning(changes, facts, filed_at):
    """Add what happened while the ticket was filed, which is not tracked."""
    for kind, start in {"state": "new", "owner": "", "vendor": ""}.items():
        moved = [change.old for change in changes if change.kind == kind]
        begin = moved[0] if moved else facts.get(kind, start)
        if begin != start:
            changes.append(Change(kind, filed_at, new=begin))


def _set_moment(changes, actors, ticket_id, state, moment):
    """Let the last step into ``state`` bear the time that the ticket knows."""
    steps = [
        index
        for index, change in enumerate(changes)
        if (change.kind, change.new) == ("state", state)
    ]
    if steps and moment:
        change = changes[steps[-1]]
        actors[ticket_id, "state", moment] = actors[ticket_id, "state", change.at]
        changes[steps[-1]] = change._replace(at=moment)


def _prepare_row(ticket_id, company_id, change, actor, now):
    facts = change.facts
    is_step = change.kind in ("state", FILED)
    return (
        ticket_id,
        company_id,
        change.kind,
        change.at,
        actor,
        change.old or None,
        (facts["state"] if change.kind == FILED else change.new) or None,
        FOUND if change.at == now else None,
        change.reason_id or None,
        0,
        get_backlog_change(change.old, facts["state"]) if is_step else 0,
        int(facts["team"] or 0) or None,
        facts["level"] or None,
        facts["priority"] or None,
        int(facts["owner"] or 0) or None,
        facts["state"],
        now,
        now,
    )
