from . import outsourcing_reason_wizard
from . import outsourcing_tender_invite
from . import outsourcing_contract_sign
from . import outsourcing_contract_file
from . import outsourcing_finding_verify
from . import outsourcing_worker_replace
from . import outsourcing_incentive_export
from . import outsourcing_incentive_limits
