"""From the ranking to the order.

``outsourcing_award``
    The decision which bid wins and why: reviews, notice, standstill, annulment, and
    the values of the contract that follows.
``outsourcing_award_line``
    One awarded service with its price, frozen.
``outsourcing_objection``
    A bidder's objection to an award and its decision.
``reference_share``
    Which part of the reference price answers the services of an award.
``purchase_order``
    Orders and lines of a tender: who may confirm them and when, what stays frozen,
    and the functions with which the procedure makes, confirms and cancels them.
"""

from . import outsourcing_award
from . import outsourcing_award_line
from . import outsourcing_objection
from . import purchase_order
