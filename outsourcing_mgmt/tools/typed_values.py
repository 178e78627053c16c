"""What number fields keep of the values that anybody sends."""

from math import isfinite

from odoo.exceptions import UserError

MOST = 10**15
MOST_WHOLE = 2**31 - 1
"""The largest whole number that the database keeps."""
NUMBERS = ("float", "monetary", "integer")


def is_number(value, is_whole=False):
    """Whether a number field keeps ``value``, which anybody may have sent.

    :param bool is_whole: whether it is a whole number, as for an integer
    """
    if not value:
        return True
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return isfinite(number) and abs(number) <= (MOST_WHOLE if is_whole else MOST)


def drop_odd_numbers(records, defaults):
    """Return default values without those of number fields that are no numbers.

    Everybody may keep defaults for any field, or name them in the context of a call.
    """
    known = records._fields
    return {
        name: value
        for name, value in defaults.items()
        if (field := known.get(name)) is None
        or field.type not in NUMBERS
        or is_number(value, field.type == "integer")
    }


def check_numbers(records, vals_list):
    """Refuse values of number fields that are no numbers.

    :raise UserError: naming the field and the value
    """
    known = records._fields
    for vals in vals_list:
        for name, value in vals.items():
            field = known.get(name)
            if not field or field.type not in NUMBERS:
                continue
            if not is_number(value, field.type == "integer"):
                raise UserError(
                    records.env._(
                        "%(document)s, %(field)s: %(value)s is no number that can be "
                        "kept. Type a number in digits, with 15 of them at most.",
                        document=records._description,
                        field=field._description_string(records.env),
                        value=str(value)[:40],
                    )
                )
