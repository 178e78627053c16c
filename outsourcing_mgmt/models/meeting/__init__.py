"""Meetings of a tender: before the bids, at the site, at the opening, to evaluate.

``outsourcing_tender_meeting``
    The meeting, its entry in the calendar, who came; what vendors are told.
``calendar_event``
    Entries of meetings follow the meeting, not the other way round.
"""

from . import outsourcing_tender_meeting
from . import calendar_event
