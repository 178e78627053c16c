"""Rename ``vendor.quality.action`` to ``vendor.quality.improvement.plan``.

Tables, columns, constraints, indexes and sequences get the new names, and so does
every row of the database that names the model, its fields or its XML ids:
messages, followers, activities, attachments, reviews, logs, filters, exports.
Without it the update would make empty tables and delete the old ones.

``stayed_rate`` of the form is called by what it says, too.
"""

from odoo.tools import SQL
from odoo.tools.sql import make_identifier

OLD, NEW = "vendor.quality.action", "vendor.quality.improvement.plan"
OLD_TABLE, NEW_TABLE = OLD.replace(".", "_"), NEW.replace(".", "_")
MODELS = {OLD: NEW, f"{OLD}.target": f"{NEW}.target"}
TABLES = {
    OLD_TABLE: NEW_TABLE,
    f"{OLD_TABLE}_target": f"{NEW_TABLE}_target",
    f"{OLD_TABLE}_past_owner_rel": f"{NEW_TABLE}_past_owner_rel",
}
COLUMN = ("action_id", "improvement_plan_id")
COLUMN_TABLES = (f"{NEW_TABLE}_target", f"{NEW_TABLE}_past_owner_rel")
# Fields with another name in other models, and of the target.
FIELDS = {
    (f"{NEW}.target", "action_id"): "improvement_plan_id",
    ("outsourcing.contract", f"{OLD_TABLE}_ids"): f"{NEW_TABLE}_ids",
    ("outsourcing.contract", f"{OLD_TABLE}_count"): f"{NEW_TABLE}_count",
    ("vendor.quality.form", "action_count"): "improvement_plan_count",
    ("vendor.quality.form", "action_ids"): "improvement_plan_ids",
    ("vendor.quality.form", "stayed_rate"): "upheld_deduction_rate",
}
# Methods that buttons call.
METHODS = {
    f"action_view_{OLD_TABLE}s": f"action_view_{NEW_TABLE}s",
}
# XML ids that do not contain the name of the table.
XML_IDS = {
    "ir_cron_remind_actions": "ir_cron_remind_improvement_plans",
    "ir_cron_remind_actions_ir_actions_server": (
        "ir_cron_remind_improvement_plans_ir_actions_server"
    ),
    "mail_template_action_vendor": "mail_template_improvement_plan_vendor",
}
# Columns that hold the name of a model, in whichever table they are.
MODEL_COLUMNS = (
    "model",
    "model_id",
    "model_name",
    "parent_res_model",
    "part_model",
    "relation",
    "res_model",
    "res_model_name",
    "resource",
    "used_model",
)


def migrate(cr, version):
    if not _exists(cr, OLD_TABLE):
        return
    _rename_tables(cr)
    _rename_constraints_and_indexes(cr)
    _rename_model_names(cr)
    _rename_fields(cr)
    _rename_xml_ids(cr)
    _rename_in_texts(cr)


def _exists(cr, table):
    cr.execute("SELECT to_regclass(%s)", [table])
    return cr.fetchone()[0] is not None


def _rename_tables(cr):
    """Rename tables with the sequences of their ids, and the columns to the plan."""
    for old, new in TABLES.items():
        cr.execute(
            SQL("ALTER TABLE %s RENAME TO %s", SQL.identifier(old), SQL.identifier(new))
        )
        cr.execute(
            SQL(
                "ALTER SEQUENCE IF EXISTS %s RENAME TO %s",
                SQL.identifier(f"{old}_id_seq"),
                SQL.identifier(f"{new}_id_seq"),
            )
        )
    for table in COLUMN_TABLES:
        cr.execute(
            SQL(
                "ALTER TABLE %s RENAME COLUMN %s TO %s",
                SQL.identifier(table),
                *map(SQL.identifier, COLUMN),
            )
        )
    cr.execute(
        "ALTER TABLE vendor_quality_form"
        " RENAME COLUMN stayed_rate TO upheld_deduction_rate"
    )


def _rename_constraints_and_indexes(cr):
    """Give them the names that the ORM looks for, or it makes them again."""
    tables = list(TABLES.values())
    cr.execute(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
         WHERE conrelid = ANY(%s::regclass[]) AND conname LIKE %s
        """,
        [tables, f"{OLD_TABLE}%"],
    )
    for table, name in cr.fetchall():
        cr.execute(
            SQL(
                "ALTER TABLE %s RENAME CONSTRAINT %s TO %s",
                SQL.identifier(table),
                SQL.identifier(name),
                SQL.identifier(_get_new_identifier(name)),
            )
        )
    # Indexes of constraints have been renamed with them.
    cr.execute(
        """
        SELECT indexrelid::regclass::text FROM pg_index
         WHERE indrelid = ANY(%s::regclass[])
           AND indexrelid::regclass::text LIKE %s
        """,
        [tables, f"{OLD_TABLE}%"],
    )
    for (name,) in cr.fetchall():
        cr.execute(
            SQL(
                "ALTER INDEX %s RENAME TO %s",
                SQL.identifier(name),
                SQL.identifier(_get_new_identifier(name)),
            )
        )


def _get_new_identifier(name):
    """Return the new name of a constraint or index, as the ORM would make it."""
    name = name.replace(OLD_TABLE, NEW_TABLE)
    for old, new in (
        (f"__{COLUMN[0]}_", f"__{COLUMN[1]}_"),
        (f"_{COLUMN[0]}_", f"_{COLUMN[1]}_"),
    ):
        if old in name:
            name = name.replace(old, new)
            break
    return make_identifier(name)


def _rename_model_names(cr):
    """Replace the names of the models wherever a column holds one."""
    cr.execute(
        """
        SELECT columns.table_name, columns.column_name
          FROM information_schema.columns
          JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = current_schema()
           AND table_type = 'BASE TABLE'
           AND data_type IN ('character varying', 'text')
           AND column_name = ANY(%s)
        """,
        [list(MODEL_COLUMNS)],
    )
    for table, column in cr.fetchall():
        for old, new in MODELS.items():
            cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE %s = %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    new,
                    SQL.identifier(column),
                    old,
                )
            )
    cr.execute("UPDATE ir_sequence SET code = %s WHERE code = %s", [NEW, OLD])
    for table in ("ir_model_constraint", "ir_model_relation"):
        cr.execute(
            SQL(
                "UPDATE %s SET name = REPLACE(name, %s, %s) WHERE name LIKE %s",
                SQL.identifier(table),
                OLD_TABLE,
                NEW_TABLE,
                f"{OLD_TABLE}%",
            )
        )


def _rename_fields(cr):
    """Rename fields, so that the rows that refer to them keep them."""
    for (model, old), new in FIELDS.items():
        cr.execute(
            "UPDATE ir_model_fields SET name = %s WHERE model = %s AND name = %s",
            [new, model, old],
        )
    cr.execute(
        """
        UPDATE ir_model_fields
           SET relation_table = REPLACE(relation_table, %s, %s),
               column1 = CASE column1 WHEN %s THEN %s ELSE column1 END
         WHERE relation_table LIKE %s
        """,
        [OLD_TABLE, NEW_TABLE, *COLUMN, f"{OLD_TABLE}%"],
    )
    cr.execute(
        "UPDATE ir_model_fields SET relation_field = %s"
        " WHERE relation = %s AND relation_field = %s",
        [COLUMN[1], f"{NEW}.target", COLUMN[0]],
    )


def _rename_xml_ids(cr):
    names = dict(XML_IDS)
    for (model, old), new in FIELDS.items():
        table = model.replace(".", "_")
        names[f"field_{table}__{old}"] = f"field_{table}__{new}"
    # Fields and selections that the model has from a mixin belong to its module.
    cr.execute(
        "UPDATE ir_model_data SET name = REPLACE(name, %s, %s)"
        " WHERE (module = 'vendor_quality' OR model LIKE 'ir.model%%')"
        " AND name LIKE %s",
        [OLD_TABLE, NEW_TABLE, f"%{OLD_TABLE}%"],
    )
    for old, new in names.items():
        cr.execute(
            "UPDATE ir_model_data SET name = %s"
            " WHERE module = 'vendor_quality' AND name = %s",
            [new, old],
        )


def _rename_in_texts(cr):
    """Follow the fields in record rules and views, and in what users have saved."""
    for old, new in METHODS.items():
        cr.execute(
            "UPDATE ir_ui_view SET arch_db = REPLACE(arch_db::text, %s, %s)::jsonb"
            " WHERE arch_db::text LIKE %s",
            [old, new, f"%{old}%"],
        )
    # A plan reaches the field of its targets.
    for (model, old), new in {**FIELDS, (NEW, COLUMN[0]): COLUMN[1]}.items():
        word = rf"\m{old}\M"
        cr.execute(
            """
            UPDATE ir_rule SET domain_force = REGEXP_REPLACE(domain_force, %s, %s, 'g')
             WHERE model_id = (SELECT id FROM ir_model WHERE model = %s)
               AND domain_force ~ %s
            """,
            [word, new, model, word],
        )
        # The update checks a view together with those that inherit it and are
        # loaded after it, and keeps what people have made themselves.
        cr.execute(
            """
            UPDATE ir_ui_view
               SET arch_db = REGEXP_REPLACE(arch_db::text, %s, %s, 'g')::jsonb
             WHERE model = %s AND arch_db::text ~ %s
            """,
            [word, new, model, word],
        )
        cr.execute(
            """
            UPDATE ir_filters
               SET domain = REGEXP_REPLACE(domain, %s, %s, 'g'),
                   context = REGEXP_REPLACE(context, %s, %s, 'g'),
                   sort = REGEXP_REPLACE(sort, %s, %s, 'g')
             WHERE model_id = %s AND CONCAT_WS(' ', domain, context, sort) ~ %s
            """,
            [word, new] * 3 + [model, word],
        )
        cr.execute(
            """
            UPDATE ir_exports_line AS line
               SET name = REGEXP_REPLACE(line.name, %s, %s, 'g')
              FROM ir_exports AS export
             WHERE export.id = line.export_id
               AND export.resource = %s
               AND line.name ~ %s
            """,
            [word, new, model, word],
        )
