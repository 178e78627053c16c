"""What was agreed with a vendor, and what is delivered under it.

- What does a contract say, and where does it come from (award, orders, requests)?
  ``outsourcing_contract``: all fields, computed values, creation
- What does it rest on, and who reviews a contract without tender or a renewal beyond
  what was foreseen? ``outsourcing_contract_origin``
- Who may take which step, and what follows (signature, filing with HR)?
  ``outsourcing_contract_flow``
- What do its dates do (activation, expiry, renewal, reminders)?
  ``outsourcing_contract_calendar``
- What do its buttons and its printed sheet show? ``outsourcing_contract_chain``;
  what every employee may know of it: ``outsourcing_contract_card``
- Its parts: deliveries ``outsourcing_contract_milestone``, changes
  ``outsourcing_contract_amendment`` with the order lines that they change in
  ``outsourcing_contract_amendment_line``, and ``runner_up``: would the vendor have won
  at the new price; guarantees ``outsourcing_contract_guarantee``,
  people on site ``outsourcing_worker`` and their days ``outsourcing_roster_day``
  (``people``: when the contract begins or ends), the handover at the end
  ``outsourcing_contract_exit``
- Which files does it keep, in which version? ``outsourcing_contract_document``; heads,
  retention: ``outsourcing_contract_people``; ``contract_ties``: awards and parts
- What may a vendor do in the portal? ``vendor_acts``
"""

from . import outsourcing_contract
from . import outsourcing_contract_origin
from . import outsourcing_contract_flow
from . import outsourcing_contract_calendar
from . import outsourcing_contract_chain
from . import outsourcing_contract_people
from . import outsourcing_contract_document
from . import outsourcing_contract_milestone
from . import outsourcing_contract_amendment
from . import outsourcing_contract_amendment_line
from . import outsourcing_contract_guarantee
from . import outsourcing_contract_exit
from . import outsourcing_contract_card
from . import outsourcing_worker
from . import outsourcing_roster_day
