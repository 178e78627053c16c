"""From evidence to figures: what is counted, and when it is counted again.

- ``vendor_quality_collector``: how each source of a metric is counted, by one query
- ``vendor_quality_recompute``: the list of days whose evidence changed, and the
  nightly job that counts their forms again
- ``itsm_service`` and ``itsm_ticket``: which contract a ticket counts for
- ``itsm_complaint``: which contract a complaint counts for, and its figures
- the other files: which days a deadline, attempt, job of a vendor, milestone,
  guarantee, finding or worker counts in, for the list
"""

from . import vendor_quality_recompute
from . import vendor_quality_collector
from . import itsm_service
from . import itsm_handling
from . import itsm_ticket
from . import itsm_sla_clock
from . import itsm_vendor_job
from . import itsm_complaint
from . import outsourcing_contract_guarantee
from . import outsourcing_contract_milestone
from . import outsourcing_finding
from . import outsourcing_worker
