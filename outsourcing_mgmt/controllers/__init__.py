from . import tender_portal
from . import bid_portal
