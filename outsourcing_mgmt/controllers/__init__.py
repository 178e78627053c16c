from . import mail
from . import tender_portal
from . import bid_portal
from . import expert_portal
from . import contract_portal
