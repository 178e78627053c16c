import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class VendorQualityBatch(models.AbstractModel):
    """Nightly work in batches that can be killed and repeated."""

    _name = "vendor.quality.batch"
    _description = "Nightly Work in Batches"

    @api.model
    def _run_in_batches(self, records, function, size=200):
        """Call ``function`` on batches of ``records`` and commit each.

        Rows that another process holds are left for the next run. A batch that
        fails is tried record by record, so that one bad record is logged and
        the others are done.

        :param function: takes a recordset; doing it twice changes nothing more
        """
        Cron = self.env["ir.cron"]
        done = 0
        for start in range(0, len(records), size):
            batch = records[start : start + size].try_lock_for_update()
            self._try_all(batch, function)
            done += size
            if not Cron._commit_progress(
                len(batch), remaining=max(len(records) - done, 0)
            ):
                return

    @api.model
    def _try_all(self, records, function):
        """Call ``function`` on ``records``, or on each of them if that fails."""
        if not self._try_batch(records, function):
            for record in records:
                self._try_batch(record, function)

    @api.model
    def _try_batch(self, records, function):
        """Return whether ``function`` worked; a failure leaves no trace."""
        try:
            with self.env.cr.savepoint():
                function(records)
        except Exception:
            _logger.exception("%s failed for %s", function.__name__, records)
            self.env.invalidate_all()
            return False
        return True


# ------------------------------------------------------------
# ROWS BY STATEMENT
# ------------------------------------------------------------


def insert_rows(model, vals_list):
    """Create records of ``model`` that the server has counted, by one statement.

    Defaults and computed columns are as after ``create``; mail, tracking and
    checks are left out, the constraints of the table hold. By statement, because
    "collect all" in ``tests/bench`` makes 120,000 forms with their deductions.

    No method of a model, so that evaluated code cannot call it.

    :param vals_list: values of stored columns, the same ones for each record
    :return: the records
    """
    if not vals_list:
        return model.browse()
    model.env.flush_all()
    names = list(vals_list[0])
    missing = [
        field
        for name, field in model._fields.items()
        if field.store
        and field.column_type
        and name not in (*names, *models.MAGIC_COLUMNS)
    ]
    defaults = model.default_get([field.name for field in missing])
    now, uid = model.env.cr.now(), model.env.uid
    constants = {
        "create_uid": uid,
        "write_uid": uid,
        "create_date": now,
        "write_date": now,
        **{
            name: model._fields[name].convert_to_column_insert(value, model)
            for name, value in defaults.items()
        },
    }
    ids = model.env.execute_query(
        SQL(
            "INSERT INTO %s (%s, %s) SELECT %s, %s FROM UNNEST(%s) AS new(%s)"
            " RETURNING id",
            SQL.identifier(model._table),
            _get_names(names),
            _get_names(constants),
            _get_names(names, "new"),
            SQL(", ").join(SQL("%s", value) for value in constants.values()),
            get_columns(
                model, {name: [vals[name] for vals in vals_list] for name in names}
            ),
            _get_names(names),
        )
    )
    records = model.browse(record_id for (record_id,) in ids)
    for field in missing:
        if field.compute and field.name not in defaults:
            model.env.add_to_compute(field, records)
    # What was given is not computed again, as after ``create``.
    with model.env.protecting([model._fields[name] for name in names], records):
        records.modified(names, create=True)
    for name in names:
        for inverse in model.pool.field_inverses[model._fields[name]]:
            model.env[inverse.model_name].invalidate_model([inverse.name])
    return records


def get_columns(model, columns):
    """Return ``{field name: values}`` as arrays to unnest, in that order.

    :raise TypeError: as :func:`get_column`
    """
    return SQL(", ").join(
        get_column(model._fields[name], values) for name, values in columns.items()
    )


def get_column(field, values):
    """Return values of ``field`` as an array of the type of its column.

    :raise TypeError: for a type of field whose values are not known to be written so
    """
    if field.type in ("char", "selection", "text", "many2one", "date", "datetime"):
        values = [value or None for value in values]
    elif field.type not in ("boolean", "integer", "float", "monetary"):
        raise TypeError(f"{field}: no array of type {field.type}")
    return SQL("%s::%s[]", values, SQL(field.column_type[0]))


def _get_names(names, table=None):
    identifiers = [SQL.identifier(*filter(None, (table, name))) for name in names]
    return SQL(", ").join(identifiers)
