from . import base
from . import template
from . import inspection
from . import collect
from . import form
from . import gate
from . import consequence
from . import insight
