"""What can be asked of the desk, and how it is sorted.

``itsm_team``              teams: members, lead, mail address, working hours
``itsm_category``          tree of software and hardware categories
``itsm_service``           services with the defaults of a new ticket
``itsm_priority_matrix``   impact and urgency give the priority
``itsm_reason``            why work pauses (``itsm.pending.reason``) and how it ended
                           (``itsm.resolution.code``)
``ir_sequence``            remembers how tickets are numbered
``team_wall``              the numbers of a team's wall board
"""

from . import itsm_team
from . import itsm_category
from . import itsm_service
from . import itsm_priority_matrix
from . import itsm_reason
from . import ir_sequence
