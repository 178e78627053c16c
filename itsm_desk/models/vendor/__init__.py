"""Work that people of a vendor do on a ticket, whose owner stays of the desk.

``itsm_vendor_job``     one hand-over to a vendor and back; what its people may do
``itsm_vendor_mixin``   a ticket that is sent to a vendor, and whose its time was
``vendor_partner``      hours and time limit of a vendor, and its people

People of a vendor have no access rights on tickets. The pages of the portal
(``controllers/portal_vendor``) show and take what is named here, after they asked
:func:`find_jobs`.
"""

from . import itsm_vendor_job
from . import itsm_vendor_mixin
from . import vendor_partner
