"""Chain the rows of the audit log that wait for their place.

Whoever takes a step adds a row and goes on: rows of one document do not wait for
each other. A job, triggered by the commit, gives them their step number and their
hash in the order in which they were added. What is printed or anchored chains first
what is there. A step that many wait for, like an opening, does not: somebody who adds
rows at the same moment would make it fail.
"""

import logging

from psycopg2 import OperationalError
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ...tools import audit_chain

_logger = logging.getLogger(__name__)
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
    PostgreSQL refuses the lock on the end of the chain.

    :param bool wait: whether to wait for the lock
    :return: whether the lock was free
    :raise SerializationFailure: the chain went on since; a request is tried again
    :raise ConcurrencyError: a step number was taken by a row that the end of the
        chain does not tell of; a request is tried again
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
    _lock_head(env, rows)
    seq, head = log._get_last(model, record_id)
    numbers = range(seq + 1, seq + 1 + len(rows))
    hashes = audit_chain.link_all(head, rows._get_payloads(numbers))
    links = [
        (row_id, number, *pair)
        for row_id, number, pair in zip(ids, numbers, hashes, strict=True)
    ]
    seq, head = numbers[-1], hashes[-1][1]
    try:
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
    except UniqueViolation as error:
        # Odoo tells the user of a unique violation, and tries this one again.
        raise ConcurrencyError(
            f"A step of {key} was chained since this transaction began"
        ) from error
    rows.invalidate_recordset(["seq", "prev_hash", "hash"], flush=False)
    _write_head(env, rows[-1], seq, head)
    return True


def chain_waiting(env):
    """Chain what waits, one document a transaction, while the job has time.

    A document that somebody else chains now, or has chained since, is left to the
    next run. One that fails for another reason is logged and stops no other.

    :return: whether the time sufficed
    """
    cron = env["ir.cron"]
    waiting = find_waiting(env)
    has_time = cron._commit_progress(remaining=len(waiting))
    for model, record_id in waiting:
        try:
            chain_document(env, model, record_id, wait=False)
        except Exception as error:
            if isinstance(error, OperationalError | ConcurrencyError):
                _logger.info("%s %s is chained later: %s", model, record_id, error)
            else:
                _logger.exception("%s %s cannot be chained", model, record_id)
            env.cr.rollback()
            env.invalidate_all(flush=False)
        has_time = cron._commit_progress(1)
        if not has_time:
            break
    return bool(has_time)


def _lock_head(env, rows):
    """Lock the end of a chain, which stands for the chain as a whole.

    Rows of this transaction were seen by nobody: without the lock nothing tells it
    that others chained meanwhile.

    :param rows: of the document (outsourcing.audit.log), with sudo
    """
    # All of them, at once: their hashes are made next.
    rows.fetch()
    row = rows[0]
    # SQL: the end is append-only for the ORM. An update of the same value locks the
    # row, and is refused where the row is newer than the snapshot.
    env.execute_query(
        SQL(
            "INSERT INTO outsourcing_audit_head AS known"
            " (res_model, res_id, company_id, steps, head, recorded_at, anchored_steps)"
            " VALUES (%s, %s, %s, 0, %s, %s, 0)"
            " ON CONFLICT (res_model, res_id) DO UPDATE SET steps = known.steps"
            " RETURNING id",
            row.res_model,
            row.res_id,
            row.company_id.id or None,
            audit_chain.GENESIS,
            row.recorded_at,
        )
    )


def _write_head(env, row, steps, head):
    """Keep where the chain of a document ends now; it is locked.

    :param row: its last row (outsourcing.audit.log), with sudo
    """
    root = env[row.res_model].browse(row.res_id) if row.res_model in env else None
    # sudo: the name stands in lists of ends, for readers of the document only.
    name = root.sudo().exists().display_name if root is not None else ""
    # SQL: the end is append-only for the ORM.
    env.execute_query(
        SQL(
            "UPDATE outsourcing_audit_head SET steps = %s, head = %s,"
            " recorded_at = %s, name = %s WHERE (res_model, res_id) = (%s, %s)"
            " RETURNING id",
            steps,
            head,
            row.recorded_at,
            name or row.name or "",
            row.res_model,
            row.res_id,
        )
    )
    env["outsourcing.audit.head"].invalidate_model(flush=False)


def is_overdue(rows):
    """Whether one of the rows that wait has waited too long."""
    oldest = min(rows.mapped("recorded_at"), default=None)
    limit = fields.Datetime.subtract(fields.Datetime.now(), minutes=GRACE_MINUTES)
    return bool(oldest and oldest < limit)
