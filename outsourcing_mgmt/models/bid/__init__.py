"""Bids of vendors, from the draft to the result.

``outsourcing_bid``
    The record of a bid and its prices (lines): facts, flow, rules of each step,
    what follows from sealing, withdrawing and disqualifying.
``outsourcing_bid_envelope``
    What a bid says before the opening: the two sealed models, and the functions
    that seal, check and open. The only file that reads and writes sealed rows.
``outsourcing_bid_guarantee``
    The guarantee of a bid: received with its paper, given back, claimed.
``outsourcing_bid_person``
    Who may act for a bidder, fixed when its bid begins; how a changed or new person
    is confirmed. ``res_users``, ``res_partner`` and ``base_partner_merge`` tell it of
    changes.
``committee_accounts``
    Members of a committee whose account somebody else changed: functions.
``bid_points``
    What a bidder is told of its own bid with the result: functions.
``bid_refusals``
    What a vendor is told of a price, a list or a file that is not taken: functions.
``one_click``
    A click that comes twice does its work once.
``vendor``
    What a vendor does in the portal, as functions: find, start, write and replace
    its bid, confirm it, answer an invitation, ask, object, read the result.
    ``vendor_tasks`` says what waits for it.
"""

from . import outsourcing_bid
from . import outsourcing_bid_envelope
from . import outsourcing_bid_guarantee
from . import outsourcing_bid_person
from . import base_partner_merge
from . import res_partner
from . import res_users
from . import vendor
from . import vendor_tasks
