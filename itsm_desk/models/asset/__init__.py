"""Equipment: what tickets change of it, its history, hand-over slips, repairs.

``itsm_equipment_change``    what a ticket is going to change of a piece of equipment
``itsm_equipped_mixin``      a ticket with planned changes, applied when it is solved
``itsm_equipment_history``   every change of owner, place and state, append-only
``maintenance_equipment``    its tickets, state and place; writes down each change
``registering``              for which ticket, and why, something changes now
``itsm_equipment_handover``  the slip that a receiver signs, until it is given back
``giving_back``              what is asked for, and what ends, where owners change
``hr_employee``              who leaves gives back what was handed over
``itsm_equipment_repair``    equipment sent out: to whom, out, back, cost, warranty
``itsm_equipment_stocktake`` a list that is counted, and what a scanned code means
``itsm_equipment_stocktake_line``  one piece that is expected, or was found
"""

from . import itsm_equipment_history
from . import maintenance_equipment
from . import itsm_equipment_change
from . import itsm_equipped_mixin
from . import itsm_equipment_handover
from . import itsm_equipment_repair
from . import itsm_equipment_stocktake
from . import itsm_equipment_stocktake_line
from . import hr_employee
