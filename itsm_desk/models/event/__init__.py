"""What happened to tickets, entry by entry: the base of all that is measured.

``itsm_ticket_event``         an entry, what it says and how it is read
``itsm_event_source_mixin``   the one place where changes of a ticket are recorded
``recording``                 functions that record, for changes and for other facts
``ticket_measures``           backlog, time per owner, reopenings, silence, by SQL
``ticket_proof``              whether the columns of tickets follow from their entries

The arithmetic is in ``tools/ticket_history.py`` (tickets) and ``tools/sla_clock.py``
(their clocks), without ORM.
"""

from . import itsm_ticket_event
from . import itsm_event_source_mixin
