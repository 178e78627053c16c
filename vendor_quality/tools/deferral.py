"""Payments made in one act are judged together, when the act is complete.

Core starts and matches the payments of one wizard one by one. Inside a block of
``judging_at_end`` (models/gate) the gate notes what is paid and judges it
at the end of the outermost block.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_running = ContextVar("vendor_quality_deferral", default=None)


class Deferral:
    """What one act pays, as ids, until it is judged."""

    def __init__(self):
        self.bill_ids = set()
        self.counterpart_ids = set()
        self.created_ids = set()
        """Payments that the act made; what they name is judged with it."""
        self.payment_ids = set()
        self.rooms = {}
        """``{bill id: what may be paid on it}`` in the currency of the bill."""

    def add_paid(self, bills, counterparts):
        """Note ``bills`` as paid by the entries ``counterparts``."""
        self.bill_ids.update(bills.ids)
        self.counterpart_ids.update(counterparts.ids)

    def add_payments(self, payments):
        """Note ``payments`` as started or changed."""
        self.payment_ids.update(payments.ids)


def get_deferral():
    """Return the deferral of the running act, or None."""
    return _running.get()


@contextmanager
def deferring():
    """Collect what is paid inside the block; yield the new deferral."""
    token = _running.set(Deferral())
    try:
        yield _running.get()
    finally:
        _running.reset(token)
