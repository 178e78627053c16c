"""Bids of vendors, from the draft to the result.

``outsourcing_bid``
    The record of a bid and its prices (lines): facts, flow, rules of each step,
    what follows from sealing, withdrawing and disqualifying.
``outsourcing_bid_envelope``
    What a bid says before the opening: the two sealed models, and the functions
    that seal, check and open. The only file that reads and writes sealed rows.
``vendor``
    What a vendor does in the portal, as functions: find, start, write and replace
    its bid, confirm it, answer an invitation, ask, object, read the result.
"""

from . import outsourcing_bid
from . import outsourcing_bid_envelope
from . import vendor
