"""One click that comes twice, also at the same moment, does its work once."""

from contextlib import contextmanager

import psycopg2

from odoo.exceptions import ConcurrencyError


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
