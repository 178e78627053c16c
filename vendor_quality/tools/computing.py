"""What core computes and books: told apart from what people write.

When people correct the tax below the lines, core assigns the new amounts outside of a
recomputation, which arrives at ``write`` like a value that somebody typed. So does the
entry that core books for the difference of two exchange rates, when a reconciliation
names it.

No attributes of a model, for evaluated code could set one.
"""

from contextvars import ContextVar

computing = ContextVar("vendor_quality_computing", default=frozenset())
"""Ids of the moves whose amounts core computes, and writes, now."""

differences = ContextVar("vendor_quality_differences", default=None)
"""Ids of the entries that core booked for the reconciliation that runs, or None."""
