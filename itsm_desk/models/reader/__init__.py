"""Who reads a ticket, declared once.

``itsm_ticket_reader``    the table of readers, which all record rules look at
``itsm_readable_mixin``   keeps the readers of a ticket in step with its people
``res_users``             the teams whose tickets somebody reads
"""

from . import itsm_ticket_reader
from . import itsm_readable_mixin
from . import res_users
