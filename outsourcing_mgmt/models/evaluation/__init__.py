"""What belongs to the evaluation of bids beside the tender itself.

``moderation``
    Points far from those of the other members are explained or given again.
``hint_search``
    Compares opened bids: when, what of, and who is told of what they have in common.
``outsourcing_bid_hint``
    A hint at bids that were made together, the hearing of its vendors, its decision.
"""

from . import outsourcing_bid_hint
