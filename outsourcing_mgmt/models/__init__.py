from . import base
from . import approval
from . import request
from . import tender
from . import bid
from . import award
from . import contract
from . import conduct
