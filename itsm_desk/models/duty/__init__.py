"""Who is on duty, and what becomes of the work of whoever is absent.

``itsm_rota``            who is on duty for a team and level, when
``on_duty``              who is on duty now and not absent; who is away
``duty_calls``           whoever is on duty is told of what waits, once each
``itsm_on_duty_mixin``   a ticket that nobody owns calls whoever is on duty
``itsm_absence``         the list of tickets of an absent technician, for the lead
``mail_activity``        activities on tickets never wait for somebody who has left
``res_groups``           what follows when a group loses people, or what it implies
``res_users``            what follows when a user changes the company, or leaves

Absence is read from the leaves of the resource calendar, which the time off app writes
where it is installed, and anybody enters by hand where it is not.
"""

from . import itsm_rota
from . import itsm_on_duty_mixin
from . import itsm_absence
from . import mail_activity
from . import res_groups
from . import res_users
