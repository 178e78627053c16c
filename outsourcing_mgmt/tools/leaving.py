"""What an uninstallation leaves behind, and what a new installation finds.

Odoo deletes the records that data files brought, then drops the tables. It cannot
delete a record that a document refers to, and does not know rows of other models
that name a document by model and id. A new installation counts its documents from 1
again, so such rows would belong to the wrong ones: a review that approved request 1
would approve the next request 1, too.
"""

from psycopg2 import Error

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

LINKS = (
    ("ir_exports", "resource"),
    ("ir_filters", "model_id"),
    ("itsm_mail_intent", "res_model"),
    ("mail_activity", "res_model"),
    ("mail_activity_plan", "res_model"),
    ("mail_compose_message", "model"),
    ("outsourcing_mail_intent", "res_model"),
    ("outsourcing_number", "res_model"),
    ("outsourcing_review_history", "res_model"),
    ("tier_review", "model"),
)
"""Tables of others with the column that holds the name of a model. Odoo itself
deletes messages, followers and attachments together with the model."""

THINGS = (
    "hr.department",
    "hr.employee",
    "product.product",
    "product.template",
    "res.partner",
    "res.users",
)
"""Models of people and things that data files bring and others may go on using."""

LEFT = "__left__%s"
"""The module of XML ids whose records stay when their module goes."""


def leave(env, module):
    """Empty the tables of ``module`` and delete what names its documents.

    Called by ``uninstall_hook``, before Odoo deletes records and drops tables.
    People and things that other records refer to stay, with their XML ids put
    aside for :func:`come_back`.
    """
    env.flush_all()
    models = [
        model for model in env.registry.values() if model._original_module == module
    ]
    names = [model._name for model in models]
    tables = [model._table for model in models if model._auto and not model._abstract]
    _delete_links(env.cr, names)
    _delete_activities(env.cr, module)
    _empty_tables(env.cr, tables)
    _delete_xml_ids(env.cr, module, names)
    env.invalidate_all()
    env.registry.clear_cache()
    _put_things_aside(env, module)


def come_back(env, module, prefix):
    """Take up again what an earlier installation of ``module`` left.

    Called by ``pre_init_hook``. An installation from before :func:`leave` left rows
    that name documents, too.

    :param str prefix: with what the names of the module's models begin
    """
    like = prefix.replace("_", r"\_") + "%"
    for table, column in _get_links(env.cr):
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE %s LIKE %s",
                SQL.identifier(table),
                SQL.identifier(column),
                like,
            )
        )
    env.cr.execute(
        "UPDATE ir_model_data SET module = %s WHERE module = %s",
        [module, LEFT % module],
    )
    env.registry.clear_cache()


def _get_links(cr):
    """Return the ``LINKS`` that this database has."""
    cr.execute(
        """
        SELECT table_name, column_name FROM information_schema.columns
         WHERE table_schema = current_schema()
           AND (table_name, column_name) IN %s
        """,
        [LINKS],
    )
    return cr.fetchall()


def _delete_links(cr, names):
    for table, column in _get_links(cr):
        cr.execute(
            SQL(
                "DELETE FROM %s WHERE %s = ANY(%s)",
                SQL.identifier(table),
                SQL.identifier(column),
                names,
            )
        )


def _delete_activities(cr, module):
    """Delete activities of the module's types, also on documents of others."""
    cr.execute(
        """
        DELETE FROM mail_activity WHERE activity_type_id IN (
            SELECT res_id FROM ir_model_data
             WHERE module = %s AND model = 'mail.activity.type'
        )
        """,
        [module],
    )


def _empty_tables(cr, tables):
    """Empty ``tables``, and all columns of other tables that refer to them."""
    cr.execute(
        """
        SELECT fkey.conname, tab.relname, col.attname,
               NOT col.attnotnull AND EXISTS (
                   SELECT FROM pg_attribute ident
                    WHERE ident.attrelid = tab.oid AND ident.attname = 'id'
               ) AS is_link
          FROM pg_constraint fkey
          JOIN pg_class tab ON tab.oid = fkey.conrelid
          JOIN pg_attribute col
            ON col.attrelid = tab.oid AND col.attnum = fkey.conkey[1]
         WHERE fkey.contype = 'f'
           AND fkey.confrelid = ANY(%s::regclass[])
           AND NOT fkey.conrelid = ANY(%s::regclass[])
        """,
        [tables, tables],
    )
    for name, table, column, is_link in cr.fetchall():
        names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
        if is_link:
            query = (
                "UPDATE %(table)s SET %(column)s = NULL WHERE %(column)s IS NOT NULL"
            )
        else:
            # A table of a relation, or of a module that goes, too.
            query = "DELETE FROM %(table)s WHERE %(column)s IS NOT NULL"
        cr.execute(SQL(query, **names))
        # PostgreSQL truncates no table that a key of another one refers to; the
        # column goes together with the table.
        cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table),
                SQL.identifier(name),
            )
        )
        cr.execute("DELETE FROM ir_model_constraint WHERE name = %s", [name])
    if tables:
        cr.execute(SQL("TRUNCATE %s", SQL(", ").join(map(SQL.identifier, tables))))


def _delete_xml_ids(cr, module, names):
    """Delete the XML ids of the module's records, which are gone.

    And those that other modules have for parts of its models: a field that a mixin
    of theirs brings. Odoo deletes the parts together with the models only.
    """
    cr.execute(
        "DELETE FROM ir_model_data WHERE module = %s AND model = ANY(%s)",
        [module, names],
    )
    cr.execute(
        """
        DELETE FROM ir_model_data WHERE model = 'ir.model.inherit' AND res_id IN (
            SELECT part.id FROM ir_model_inherit part
              JOIN ir_model model ON model.id = part.model_id
             WHERE model.model = ANY(%s)
        )
        """,
        [names],
    )
    cr.execute(
        """
        DELETE FROM ir_model_data
         WHERE model = 'ir.model.fields.selection' AND res_id IN (
            SELECT part.id FROM ir_model_fields_selection part
              JOIN ir_model_fields field ON field.id = part.field_id
             WHERE field.model = ANY(%s)
        )
        """,
        [names],
    )


def _put_things_aside(env, module):
    """Delete people and things of the module's data unless something uses them."""
    rows = env["ir.model.data"].search(
        [("module", "=", module), ("model", "in", THINGS)], order="id desc"
    )
    used = rows.browse()
    for row in rows:
        try:
            # PostgreSQL knows all that refers to the record; a refusal is no error.
            with mute_logger("odoo.sql_db"), env.cr.savepoint():
                env[row.model].browse(row.res_id).exists().unlink()
        except (Error, UserError):
            used |= row
    used.write({"module": LEFT % module})
