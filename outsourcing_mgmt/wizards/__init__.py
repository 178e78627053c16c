from . import outsourcing_reason_wizard
from . import outsourcing_tender_invite
