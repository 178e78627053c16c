"""Locks of rows that wait for another transaction."""

from odoo.tools import SQL


def lock_rows(records):
    """Lock the rows of ``records``, waiting for other transactions, in order of id.

    When the other transaction wrote a row, the lock fails to serialise: the request
    is tried again and sees what was written. Flush what the caller reads next.

    SQL, because ``lock_for_update`` of the ORM does not wait but fails.
    """
    if not records:
        return
    records.flush_recordset()
    records.env.execute_query(
        SQL(
            "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
            SQL.identifier(records._table),
            list(records.ids),
        )
    )
