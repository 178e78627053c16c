"""An act on one record says so in a sentence when it is asked for several, or for none.

Core's "Expected singleton" is an error of a program, and no answer to a person.
"""

from odoo.exceptions import UserError


def check_one(records):
    """Refuse an act on one record that is asked for several, or for none.

    Acts ask this, on our models and on Odoo's; what they call asks ``ensure_one``.

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
