"""Core computes amounts of moves: told apart from writing them.

When people correct the tax below the lines, core assigns the new amounts outside of a
recomputation, which arrives at ``write`` like a value that somebody typed.
"""

from contextvars import ContextVar

computing = ContextVar("vendor_quality_computing", default=frozenset())
"""Ids of the moves whose amounts core computes, and writes, now.

No attribute of a model, for evaluated code could set one.
"""
