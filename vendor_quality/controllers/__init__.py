from . import portal
from . import portal_quality
from . import statistics
