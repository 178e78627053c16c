"""What people think of the desk, and what they need.

``itsm_survey_campaign``    a survey of satisfaction: fields, rights, flow, figures
``campaign_audience``       whom a campaign asks: functions that find and draw people
``campaign_sending``        its mails, reminders and end: the scheduled job
``itsm_survey_invitation``  who was asked and by which answer; read by nobody
``survey_survey``           native surveys, and who reads their answers
``itsm_need``               what users need, who sees to it and what came of it

Figures are made by ``tools/survey_figures``.
"""

from . import itsm_survey_campaign
from . import campaign_sending
from . import itsm_survey_invitation
from . import survey_survey
from . import itsm_need
