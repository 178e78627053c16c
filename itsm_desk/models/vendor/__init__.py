"""Work that people of a vendor do on a ticket, whose owner stays of the desk.

``itsm_vendor_job``     one hand-over to a vendor and back; what its people may do
``itsm_told_late_mixin`` who is told, once, that a level or a vendor is late
``itsm_level_stay``     how long a support level had a ticket, against its target
``moved_people``        who came to a vendor after it got its work, and reads none of it
``itsm_vendor_mixin``   a ticket that is sent to a vendor, and whose its time was

Hours and time limit of a vendor stand on its contact (``ticket/res_partner``).
People of a vendor have no access rights on tickets. The pages of the portal
(``controllers/portal_vendor``) show and take what is named here, after they asked
:func:`find_jobs`.
"""

from . import itsm_told_late_mixin
from . import itsm_vendor_job
from . import itsm_level_stay
from . import itsm_vendor_mixin
from . import moved_people
