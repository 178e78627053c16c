"""How tickets are worked on: attempts to solve them, and the work in each.

``itsm_handling``        one attempt: cause, action, solution, solver; frozen when told
``itsm_work_line``       who worked when, where, how long and with which parts
``itsm_handled_mixin``   the columns of a ticket that are those of its newest attempt
``itsm_handled_line_mixin``   lines that handlers write: consumables, equipment
``itsm_second_repair``   equipment that was worked on again soon after it was repaired
"""

from . import itsm_handled_line_mixin
from . import itsm_handling
from . import itsm_work_line
from . import itsm_handled_mixin
from . import itsm_second_repair
