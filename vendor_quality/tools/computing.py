"""Core computes amounts of moves: told apart from writing them.

When people correct the tax below the lines, core assigns the new amounts outside of a
recomputation, which arrives at ``write`` like a value that somebody typed.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_computing = ContextVar("vendor_quality_computing", default=frozenset())


@contextmanager
def computing(move_ids):
    """Let core write the amounts it computes on these moves inside the block.

    A function, for evaluated code could begin a block of a method.
    """
    token = _computing.set(frozenset(move_ids))
    try:
        yield
    finally:
        _computing.reset(token)


def get_computing():
    """Return the ids of the moves whose amounts core computes now."""
    return _computing.get()
