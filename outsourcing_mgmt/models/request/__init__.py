"""What is to be bought, for whom, and what it may cost.

- What is a kind of service, and what does it start with (procedure, service product,
  award criteria)? ``outsourcing_category``
- What does HR plan for a year, and what of it was requested, contracted and billed?
  ``outsourcing_plan``, with its lines
- Who asks for a service, who approves it, which tender and contract came of it?
  ``outsourcing_request``, its steps in ``outsourcing_request_flow``, its lines in
  ``outsourcing_request_line``; is it one purchase in parts, or hired labour?
  ``request_checks``
- What may it cost, on what evidence, who may read the amount before the prices are
  opened, and how is it proved afterwards? ``outsourcing_reference_price``, with its
  sources and its secret
- Who joined finance later and may not read earlier amounts yet?
  ``outsourcing_price_reader``; ``res_groups``, and ``res_users`` of the bids, tell it
"""

from . import outsourcing_category
from . import outsourcing_plan
from . import outsourcing_request
from . import outsourcing_request_flow
from . import outsourcing_request_line
from . import outsourcing_reference_price
from . import outsourcing_price_reader
from . import res_groups
