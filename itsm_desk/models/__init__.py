from . import base
from . import catalogue
from . import ticket
from . import sla
