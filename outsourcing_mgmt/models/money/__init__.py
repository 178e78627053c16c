"""Amounts of documents in several currencies.

``outsourcing_dated_amount_mixin``
    At which rate a document counts in sums: that of its own day, kept with it.
"""

from . import outsourcing_dated_amount_mixin
