"""Service levels: how fast tickets have to be answered and solved.

``itsm_sla_policy``              the targets, and which ticket they hold for
``itsm_ticket_sla``              what the clocks of a ticket should do, and its columns
``itsm_sla_clock``               a clock and the engine that writes it with its events
``itsm_sla_clock_job``           scheduled job: what is due, warnings, breaches
``clock_move``                   moves many clocks to changed hours at once
``itsm_sla_clock_explanation``   why a clock has its figures, and whether they are right
``itsm_work_timeline``           working time of a calendar as slots, in versions
``itsm_makeup_day``              a weekend day that is worked like a weekday
``resource_calendar``            works on make-up days; ends the versions of working
                                 time when calendars or time off change

The arithmetic is in ``tools/sla_clock.py`` and ``tools/working_time.py``, without ORM.
"""

from . import itsm_sla_policy
from . import itsm_work_timeline
from . import itsm_sla_clock
from . import itsm_sla_clock_job
from . import itsm_sla_clock_explanation
from . import itsm_ticket_sla
from . import itsm_makeup_day
from . import resource_calendar
