"""Chain the rows of the audit log that wait for their place.

Whoever takes a step adds a row and goes on: rows of one document do not wait for
each other. A job, triggered by the commit, gives them their step number and their
hash in the order in which they were added. What is printed, opened or anchored chains
first what is there.
"""

from odoo import fields
from odoo.tools import SQL

from ...tools import audit_chain

GRACE_MINUTES = 5
"""How long a row may wait; a longer one is a fault of the chain."""


def find_waiting(env, document=None):
    """Return ``[(model, id)]`` of the documents with rows that wait.

    :param tuple document: only this one, as ``(model, id)``
    """
    only = SQL(" AND (res_model, res_id) = (%s, %s)", *document) if document else SQL()
    env["outsourcing.audit.log"].flush_model()
    # SQL: steps are no stored order of the ORM; the partial index answers it.
    return env.execute_query(
        SQL(
            "SELECT res_model, res_id FROM outsourcing_audit_log"
            " WHERE seq IS NULL%s GROUP BY 1, 2 ORDER BY min(id)",
            only,
        )
    )


def chain_document(env, model, record_id, wait=True):
    """Chain the rows of one document that wait.

    One transaction at a time does so, by a lock of its own: nobody who only adds rows
    takes it. Where another one chained since the snapshot of this transaction,
    PostgreSQL refuses the update (serialization failure) and the caller is tried again.

    :param bool wait: whether to wait for the lock
    :return: whether the lock was free
    """
    key = f"{model},{record_id}"
    take = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    [[locked]] = env.execute_query(
        SQL("SELECT %s(hashtext('outsourcing_audit'), hashtext(%s))", SQL(take), key)
    )
    if locked is False:
        return False
    log = env["outsourcing.audit.log"]
    ids = [
        row[0]
        for row in env.execute_query(
            SQL(
                "SELECT id FROM outsourcing_audit_log WHERE seq IS NULL"
                " AND res_model = %s AND res_id = %s ORDER BY id",
                model,
                record_id,
            )
        )
    ]
    if not ids:
        return True
    # sudo: a chain is whole, whoever asks for its end.
    rows = log.sudo().browse(ids)
    seq, head = log._get_last(model, record_id)
    links = []
    for row in rows:
        seq += 1
        prev, head = head, audit_chain.link(head, row._get_payload(seq))
        links.append((row.id, seq, prev, head))
    # SQL: rows are append-only for the ORM, whatever the rights.
    env.execute_query(
        SQL(
            "UPDATE outsourcing_audit_log log"
            " SET seq = link.seq, prev_hash = link.prev_hash, hash = link.hash"
            " FROM (VALUES %s) AS link (id, seq, prev_hash, hash)"
            " WHERE log.id = link.id RETURNING log.id",
            SQL(", ").join(links),
        )
    )
    rows.invalidate_recordset(["seq", "prev_hash", "hash"], flush=False)
    _write_head(env, rows[-1], seq, head)
    return True


def _write_head(env, row, steps, head):
    """Keep where the chain of a document ends now.

    :param row: its last row (outsourcing.audit.log), with sudo
    """
    root = env[row.res_model].browse(row.res_id) if row.res_model in env else None
    # sudo: the name stands in lists of ends, for readers of the document only.
    name = root.sudo().exists().display_name if root is not None else ""
    env.execute_query(
        SQL(
            "INSERT INTO outsourcing_audit_head"
            " (res_model, res_id, name, company_id, steps, head, recorded_at,"
            " anchored_steps) VALUES (%s, %s, %s, %s, %s, %s, %s, 0)"
            " ON CONFLICT (res_model, res_id) DO UPDATE SET steps = EXCLUDED.steps,"
            " head = EXCLUDED.head, recorded_at = EXCLUDED.recorded_at,"
            " name = EXCLUDED.name RETURNING id",
            row.res_model,
            row.res_id,
            name or row.name or "",
            row.company_id.id or None,
            steps,
            head,
            row.recorded_at,
        )
    )
    env["outsourcing.audit.head"].invalidate_model(flush=False)


def is_overdue(rows):
    """Whether one of the rows that wait has waited too long."""
    oldest = min(rows.mapped("recorded_at"), default=None)
    limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=GRACE_MINUTES)
    return bool(oldest and oldest < limit)
