"""Tickets and articles of another system, taken over once.

``itsm_import_key`` which line of another system became which record, so that a file
                    that is imported again makes nothing twice
``itsm_taken_over_mixin``  a ticket that was closed in another system
``taking_over``     what a line becomes, and whether lines are taken over now: functions
``neighbour_tables``  tickets and pages of OCA's modules in the same database
``mail_thread``     that nobody is told of what is only tried

The window is ``wizards/itsm_import``, the layout ``tools/import_layout``.
"""

from . import itsm_import_key
from . import itsm_taken_over_mixin
from . import mail_thread
