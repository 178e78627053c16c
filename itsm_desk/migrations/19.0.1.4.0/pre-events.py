"""Events of clocks become entries of their tickets: one log of one fact.

The table is renamed, so that rows, ids and XML ids stay. ``post-events.py`` adds what
happened to the tickets themselves.
"""

from odoo.tools.sql import column_exists, create_column, table_exists

OLD, NEW = "itsm_sla_event", "itsm_ticket_event"
OLD_MODEL, NEW_MODEL = "itsm.sla.event", "itsm.ticket.event"

NAMED_BY_MODEL = (
    ("ir_exports", "resource"),
    ("ir_filters", "model_id"),
    ("ir_model", "model"),
    ("ir_model_fields", "model"),
    ("ir_model_fields", "relation"),
)


def migrate(cr, version):
    if table_exists(cr, NEW) or not table_exists(cr, OLD):
        return
    _rename_table(cr)
    for table, column in NAMED_BY_MODEL:
        cr.execute(
            f"UPDATE {table} SET {column} = %s WHERE {column} = %s",  # noqa: S608
            [NEW_MODEL, OLD_MODEL],
        )
    cr.execute(
        """
        UPDATE ir_model_fields SET name = 'worked_seconds'
         WHERE model = %s AND name = 'consumed_seconds'
        """,
        [NEW_MODEL],
    )
    # XML ids of model, fields, selections, access rights and rules.
    cr.execute(
        """
        UPDATE ir_model_data
           SET name = replace(replace(name, %(old)s, %(new)s),
                              'event__consumed_seconds', 'event__worked_seconds')
         WHERE module = 'itsm_desk' AND position(%(old)s IN name) > 0
        """,
        {"old": OLD, "new": NEW},
    )
    _fill_tickets(cr)
    _update_rules(cr)


def _rename_table(cr):
    cr.execute(f"ALTER TABLE {OLD} RENAME TO {NEW}")
    cr.execute(f"ALTER TABLE {NEW} RENAME COLUMN consumed_seconds TO worked_seconds")
    cr.execute(f"ALTER SEQUENCE {OLD}_id_seq RENAME TO {NEW}_id_seq")
    cr.execute(
        """
        SELECT conname FROM pg_constraint
         WHERE conrelid = %s::regclass AND starts_with(conname, %s)
        """,
        [NEW, OLD],
    )
    for (name,) in cr.fetchall():
        cr.execute(
            f'ALTER TABLE {NEW} RENAME CONSTRAINT "{name}"'
            f' TO "{name.replace(OLD, NEW)}"'
        )
    cr.execute(
        """
        SELECT indexname FROM pg_indexes
         WHERE tablename = %s AND starts_with(indexname, %s)
        """,
        [NEW, OLD],
    )
    for (name,) in cr.fetchall():
        cr.execute(f'ALTER INDEX "{name}" RENAME TO "{name.replace(OLD, NEW)}"')
    cr.execute(
        """
        UPDATE ir_model_constraint
           SET name = replace(name, %(old)s, %(new)s)
         WHERE starts_with(name, %(old)s)
        """,
        {"old": OLD, "new": NEW},
    )


def _fill_tickets(cr):
    if not column_exists(cr, NEW, "ticket_id"):
        create_column(cr, NEW, "ticket_id", "int4")
    cr.execute(
        f"""
        UPDATE {NEW} event SET ticket_id = clock.ticket_id
          FROM itsm_sla_clock clock
         WHERE clock.id = event.clock_id
        """  # noqa: S608
    )
    cr.execute(f"ALTER TABLE {NEW} ALTER COLUMN clock_id DROP NOT NULL")


def _update_rules(cr):
    """Entries without a clock are read by the readers of their ticket, too.

    The rules are data that an update leaves alone.
    """
    cr.execute(
        """
        UPDATE ir_rule rule
           SET domain_force = replace(domain_force, 'clock_id.ticket_id', 'ticket_id'),
               name = replace(
                   rule.name, 'Service level event', 'Ticket event')
          FROM ir_model_data data
         WHERE data.model = 'ir.rule' AND data.res_id = rule.id
           AND data.module = 'itsm_desk' AND starts_with(data.name, %s)
        """,
        [NEW],
    )
