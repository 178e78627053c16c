"""People of a vendor who work on tickets: those who are on site under its contract.

``res_partner``           who of a vendor may get a ticket
``outsourcing_worker``    what becomes of tickets of somebody who leaves
"""

from . import res_partner
from . import outsourcing_worker
