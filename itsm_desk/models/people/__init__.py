"""People of the desk: the supervisor's round of each morning, talks with technicians.

``itsm_daily_check``   a morning of a team: who signs, until when, to whom it climbs
``itsm_daily_finding`` what queries proved, with the remark and the act of the lead
``morning_findings``   the queries
``itsm_agreed_mixin``  an agreed action: who, until when; it is an activity, too
``itsm_meeting``       a one-to-one: figures, agenda, minutes, actions
``itsm_meeting_due``   whom a lead meets next, those off-site first
``itsm_assessment``    how a technician worked: flow, answer, appeal, proposal
``assessment_appeal``  who decides an appeal, and who is called in place of that one
``itsm_assessment_line`` its figures and the tickets that are left out
``assessment_counting`` what the figures are counted from
"""

from . import itsm_agreed_mixin
from . import itsm_daily_check
from . import itsm_daily_finding
from . import itsm_meeting
from . import itsm_meeting_due
from . import itsm_assessment
from . import assessment_appeal
from . import itsm_assessment_line
