"""Content that nobody reads before its opening, and the functions that may.

The functions are module-level: code that people type into the database (mail
template, server action, report) reaches methods of records, never these. They
refuse as well while such code runs, because it may call a method of the suite that
calls them. The right that they hold names one operation, one model, its rows and
fields; it is in force around the one call of the ORM and is spent before hooks,
automations and computed fields run.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from .grants import is_evaluated_code_running


class Opening(NamedTuple):
    """The right to one operation on rows of one sealed model."""

    operation: str
    """``read``, ``create``, ``write`` or ``unlink``."""
    model: str
    ids: frozenset
    """Rows that it covers; empty for ``read`` and ``create``."""
    names: frozenset
    """Fields that it covers; empty for ``unlink``."""


_opening = ContextVar("outsourcing_sealed_opening", default=None)


class OutsourcingSealedMixin(models.AbstractModel):
    """Content that nobody may read, whatever access rights the user has.

    No group has access rights on a model that inherits this, and ``sudo()`` does
    not help either: rows are read, created, changed and deleted only by the
    functions of this file. A cached value is not checked again, so every value is
    dropped from the cache of the transaction as soon as it was used.
    """

    _name = "outsourcing.sealed.mixin"
    _description = "Sealed Content"
    _allow_sudo_commands = False

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self.browse()._check_opening("create", frozenset().union(*vals_list))
        _opening.set(None)
        records = super().create(vals_list)
        records.invalidate_recordset()
        return records

    def write(self, vals):
        self._check_opening("write", vals)
        _opening.set(None)
        result = super().write(vals)
        self.invalidate_recordset()
        return result

    def unlink(self):
        self._check_opening("unlink")
        _opening.set(None)
        return super().unlink()

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._check_opening("read")
        return super()._search(domain, *args, **kwargs)

    def _fetch_query(self, query, fields):
        self._check_opening("read", [field.name for field in fields])
        _opening.set(None)
        return super()._fetch_query(query, fields)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_opening(self, operation, names=()):
        """Raise unless a function of this file asks for the operation."""
        opening = _opening.get()
        if (
            opening is None
            or opening.operation != operation
            or opening.model != self._name
            or not opening.ids.issuperset(self._ids)
            or not opening.names.issuperset(names)
        ):
            raise AccessError(_get_refusal(self.env))


class IrModelFields(models.Model):
    """Sealed models take no custom field: its formula could copy what is inside."""

    _inherit = "ir.model.fields"

    @api.constrains("model_id", "state")
    def _check_outsourcing_sealed(self):
        sealed = self.pool["outsourcing.sealed.mixin"]
        for field in self.filtered(lambda item: item.state == "manual"):
            # The model of a new custom model is not loaded yet.
            if issubclass(self.pool.get(field.model, object), sealed):
                raise ValidationError(
                    self.env._(
                        "%s is sealed and takes no custom fields.",
                        field.model_id.name,
                    )
                )


# ------------------------------------------------------------
# READING AND WRITING SEALED ROWS
# ------------------------------------------------------------


def sealed_read(model, domain, names=()):
    """Return the values of the rows in ``domain`` and keep nothing in the cache.

    :param model: an empty recordset of a sealed model
    :param domain: which rows
    :param names: fields; the id is always returned
    :return: list of ``{"id": ..., name: value}`` in the order of the model
    """
    _refuse_evaluated_code(model.env)
    return _read(model, domain, names)


def sealed_read_parts(model, domain, names, limit):
    """Yield lists of rows, see :func:`sealed_read`, so large as memory allows.

    :param model: an empty recordset of a sealed model with a field ``size`` (bytes)
    :param int limit: bytes in memory at once, unless one row is larger
    """
    _refuse_evaluated_code(model.env)
    batch, size = [], 0
    for row in _read(model, domain, ("size",)):
        if batch and size + row["size"] > limit:
            yield _read(model, [("id", "in", batch)], names)
            batch, size = [], 0
        batch.append(row["id"])
        size += row["size"]
    if batch:
        yield _read(model, [("id", "in", batch)], names)


def _read(model, domain, names):
    # Computed fields are written before the right is held, not by the search.
    model.flush_model()
    # sudo: no group has rights on sealed models; the caller checked who asks.
    model = model.sudo().with_context(bin_size=False)
    with _holding("read", model, names):
        rows = model.search_fetch(domain, names)
    values = [{"id": row.id, **{name: row[name] for name in names}} for row in rows]
    rows.invalidate_recordset()
    return values


def sealed_create(model, vals):
    """Create a row of a sealed model.

    :param model: an empty recordset of a sealed model
    """
    _refuse_evaluated_code(model.env)
    # sudo: no group has rights on sealed models; the caller checked who asks.
    model = model.sudo()
    with _holding("create", model, vals):
        model.create(vals)


def sealed_write(model, values):
    """Change rows of a sealed model, each in its way.

    :param model: an empty recordset of a sealed model
    :param dict values: ``{id of the row, from sealed_read: its values}``
    """
    _refuse_evaluated_code(model.env)
    for row_id, vals in values.items():
        # sudo: no group has rights on sealed models; the caller checked who asks.
        row = model.sudo().browse(row_id)
        with _holding("write", row, vals):
            row.write(vals)


def sealed_unlink(model, row_ids):
    """Delete rows of a sealed model.

    :param model: an empty recordset of a sealed model
    :param row_ids: ids of the rows, from :func:`sealed_read`
    """
    _refuse_evaluated_code(model.env)
    # sudo: no group has rights on sealed models; the caller checked who asks.
    rows = model.sudo().browse(row_ids)
    with _holding("unlink", rows):
        rows.unlink()


@contextmanager
def _holding(operation, records, names=()):
    """Hold the right to one operation on ``records`` inside the block."""
    token = _opening.set(
        Opening(operation, records._name, frozenset(records._ids), frozenset(names))
    )
    try:
        yield
    finally:
        _opening.reset(token)


def _refuse_evaluated_code(env):
    """Raise where code that people typed calls the function that asks."""
    if is_evaluated_code_running():
        raise AccessError(_get_refusal(env))


def _get_refusal(env):
    return env._(
        "Bids are sealed: nobody reads or changes what is inside before the opening, "
        "and then only the opening itself does."
    )
