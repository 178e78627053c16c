from . import outsourcing_compliance_rule
from . import outsourcing_compliance_event
from . import outsourcing_compliance_finders
from . import outsourcing_finding
from . import outsourcing_finding_reward
from . import outsourcing_incentive
from . import outsourcing_incentive_flow
