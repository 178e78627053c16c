from . import test_sla_access
from . import test_sla_calendar
from . import test_sla_clock_replay
from . import test_sla_job
from . import test_sla_policy
from . import test_sla_ticket
from . import test_work_timeline
from . import test_working_time
