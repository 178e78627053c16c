"""An act on one record says so in a sentence when it is asked for several, or for none.

Core's "Expected singleton" is an error of a program, and no answer to a person.
"""

from odoo.exceptions import UserError

OWN_NAMES = ("itsm.", "outsourcing.", "vendor.quality.")
"""Beginnings of the names of the models that answer in a sentence."""


def guard_one(model_class):
    """Extend ``ensure_one`` on the class of a model of the suite.

    Not by a method of ``base``, as every model of Odoo would pay for it.

    :param model_class: of the registry, when it is set up, which may be several times
    """
    if not model_class._name.startswith(OWN_NAMES) or "ensure_one" in vars(model_class):
        return

    def ensure_one(self):
        check_one(self)
        return self

    model_class.ensure_one = ensure_one


def check_one(records):
    """Refuse an act on one record that is asked for several, or for none.

    For acts of ours on models of Odoo, too.

    :raise UserError: saying how many were given
    """
    check_chosen(records)
    if len(records._ids) > 1:
        raise UserError(
            records.env._(
                "%(kind)s: this is done for one record at a time, and %(count)s were "
                "given. Open one of them.",
                kind=_get_kind(records),
                count=len(records._ids),
            )
        )


def check_chosen(records):
    """Refuse an act that is asked for no record.

    :raise UserError: naming the kind of records
    """
    if not records._ids:
        raise UserError(
            records.env._(
                "%s: nothing is chosen. Choose a record first.", _get_kind(records)
            )
        )


def _get_kind(records):
    return records.env["ir.model"]._get(records._name).name or records._name
