"""Content that nobody reads before its opening, and the functions that may.

The functions are module-level: code that people type into the database (mail
template, server action, report) reaches methods of records, never these. They
refuse as well while such code runs, because it may call a method of the suite that
calls them. The right that they hold is a grant for one operation on one model; it
is in force around the one call of the ORM and is spent before hooks, automations
and computed fields run.
"""

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from .outsourcing_grant import (
    granting,
    is_evaluating,
    is_granted,
    server_create,
    server_unlink,
    server_write,
    spend,
)


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
        self._check_unsealed("create", frozenset().union(*vals_list))
        spend(self, "create")
        records = super().create(vals_list)
        records.invalidate_recordset()
        return records

    def write(self, vals):
        self._check_unsealed("write", vals)
        spend(self)
        result = super().write(vals)
        self.invalidate_recordset()
        return result

    def unlink(self):
        self._check_unsealed("unlink")
        spend(self, "unlink")
        return super().unlink()

    @api.model
    def _search(self, domain, *args, **kwargs):
        self._check_unsealed("read")
        return super()._search(domain, *args, **kwargs)

    def _fetch_query(self, query, fields):
        self._check_unsealed("read", {field.name for field in fields})
        return super()._fetch_query(query, fields)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _check_unsealed(self, operation, names=None):
        """Raise unless a function of this file asks for the operation."""
        if not is_granted(self, operation, names):
            raise AccessError(_get_refusal(self.env))


class IrModelFields(models.Model):
    """Sealed models take no custom field: its formula could copy what is inside."""

    _inherit = "ir.model.fields"

    @api.constrains("model_id", "state")
    def _check_outsourcing_sealed(self):
        sealed = self.pool["outsourcing.sealed.mixin"]
        for field in self.filtered(lambda item: item.state == "manual"):
            if issubclass(self.pool[field.model], sealed):
                raise ValidationError(
                    self.env._(
                        "%s is sealed and takes no custom fields.",
                        field.model_id.name,
                    )
                )


# ------------------------------------------------------------
# CROSSING THE SEAL
# ------------------------------------------------------------


def sealed_read(model, domain, names=()):
    """Return the values of the rows in ``domain`` and keep nothing in the cache.

    :param model: an empty recordset of a sealed model
    :param domain: which rows
    :param names: fields; the id is always returned
    :return: list of ``{"id": ..., name: value}`` in the order of the model
    """
    _check_not_evaluating(model.env)
    # Computed fields are written before the right is held, not by the search.
    model.flush_model()
    # sudo: no group has rights on sealed models; the caller checked who asks.
    model = model.sudo().with_context(bin_size=False)
    with granting(model, *names, operations=("read",)):
        rows = model.search_fetch(domain, names)
    values = [{"id": row.id, **{name: row[name] for name in names}} for row in rows]
    rows.invalidate_recordset()
    return values


def sealed_create(model, vals_list):
    """Create rows of a sealed model.

    :param model: an empty recordset of a sealed model
    """
    _check_not_evaluating(model.env)
    # sudo: no group has rights on sealed models; the caller checked who asks.
    server_create(model.sudo(), vals_list)


def sealed_write(model, row_id, vals):
    """Change one row of a sealed model.

    :param model: an empty recordset of a sealed model
    :param int row_id: id of the row, from :func:`sealed_read`
    """
    _check_not_evaluating(model.env)
    # sudo: no group has rights on sealed models; the caller checked who asks.
    server_write(model.sudo().browse(row_id), vals)


def sealed_unlink(model, row_ids):
    """Delete rows of a sealed model.

    :param model: an empty recordset of a sealed model
    :param row_ids: ids of the rows, from :func:`sealed_read`
    """
    _check_not_evaluating(model.env)
    # sudo: no group has rights on sealed models; the caller checked who asks.
    server_unlink(model.sudo().browse(row_ids))


def _check_not_evaluating(env):
    if is_evaluating():
        raise AccessError(_get_refusal(env))


def _get_refusal(env):
    return env._(
        "Bids are sealed: nobody reads or changes what is inside before the opening, "
        "and then only the opening itself does."
    )
