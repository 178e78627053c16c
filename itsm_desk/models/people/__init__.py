"""People of the desk: the supervisor's round of each morning.

``itsm_daily_check``   a morning of a team: who signs, until when, to whom it climbs
``itsm_daily_finding`` what queries proved, with the remark and the act of the lead
``morning_findings``   the queries
"""

from . import itsm_daily_check
from . import itsm_daily_finding
