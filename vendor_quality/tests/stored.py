from odoo.tools import SQL


def put(records, **values):
    """Write straight to the database: how it comes to be so is tested elsewhere."""
    records.env.flush_all()
    records.env.cr.execute(
        SQL(
            "UPDATE %s SET %s WHERE id = ANY(%s)",
            SQL.identifier(records._table),
            SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value)
                for name, value in values.items()
            ),
            records.ids,
        )
    )
    records.invalidate_recordset()
