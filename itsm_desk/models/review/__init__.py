"""The monthly discussion of handled incidents, and what comes of it.

``itsm_review``       who meets when, minutes, actions, the event in the calendars
``itsm_review_case``  a ticket that is discussed: why, its timeline, the better way
``review_queries``    which tickets of a month are worth it
"""

from . import itsm_review
from . import itsm_review_case
