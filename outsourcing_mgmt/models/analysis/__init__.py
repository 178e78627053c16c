"""Figures over many tenders and contracts, for pivots, graphs and the dashboard.

The rows are written by jobs every night and by nobody else.

- How are shares and amounts of many rows put together, and which rows are counted
  again? ``outsourcing_fact_mixin``
- How long does each step take, what was saved, how many vendors bid, and what was
  awarded directly? ``outsourcing_procurement_fact``; from which records:
  ``procurement_counting``
- How many people work for a department, outsourced and own? ``outsourcing_head_fact``
- What does a head cost a month, year by year? ``outsourcing_price_fact``
"""

from . import outsourcing_fact_mixin
from . import outsourcing_procurement_fact
from . import outsourcing_head_fact
from . import outsourcing_price_fact
