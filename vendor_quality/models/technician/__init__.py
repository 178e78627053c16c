"""People of a vendor who work on tickets: those who are on site under its contract.

``res_partner``           who of a vendor may get a ticket
``outsourcing_worker``    tickets of somebody who leaves
``outsourcing_contract``  tickets of the people of a contract that ends
``gone``                  who is told that a ticket is with nobody any more
"""

from . import res_partner
from . import outsourcing_worker
from . import outsourcing_contract
