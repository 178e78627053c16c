"""One click that comes twice, also at the same moment, does its work once."""

import hashlib
from contextlib import contextmanager

import psycopg2

from odoo.exceptions import ConcurrencyError


def get_click_key(*said):
    """Return the key of a click: of who clicked, in which form, and what it said."""
    text = "\0".join(str(part or "") for part in said)
    return hashlib.sha256(text.encode(errors="ignore")).hexdigest()


@contextmanager
def once(cr, constraint):
    """Create a record that only one click may create.

    :param str constraint: name of the unique index that says so
    :raise ConcurrencyError: where another transaction has just made it, which this one
        cannot see; the server repeats the request, and then it is found
    """
    try:
        with cr.savepoint():
            yield
    except psycopg2.errors.UniqueViolation as error:
        if error.diag.constraint_name != constraint:
            raise
        raise ConcurrencyError(error.diag.message_primary) from error
