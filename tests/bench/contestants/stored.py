"""What a procedure would take long to bring about."""

from odoo.tools import SQL


def put(records, **values):
    """Write straight to the database."""
    records.env.flush_all()
    assignments = SQL(", ").join(
        SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()
    )
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET %s WHERE id IN %s",
            SQL.identifier(records._table),
            assignments,
            tuple(records.ids),
        )
    )
    records.invalidate_recordset()
