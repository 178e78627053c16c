"""Consumables that are given out with a ticket, moved by Odoo's own stock.

``itsm_consumable_line``   what was asked for with a ticket, given out, taken back
``consumable_moves``       makes and validates the pickings, for technicians
``itsm_supplied_mixin``    a ticket with consumables
``stock_move``             a move knows the line that it is made for
``stock_picking``          a picking names the technician

Where a team takes from stands on the team (``catalogue``), where it goes on the company
(``base``); both are made on first use. Technicians have no rights on stock: what they
may move is what ``consumable_moves`` does for lines that they may write.
"""

from . import stock_move
from . import stock_picking
from . import itsm_consumable_line
from . import itsm_supplied_mixin
