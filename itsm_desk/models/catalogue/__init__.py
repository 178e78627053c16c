from . import itsm_team
from . import itsm_category
from . import itsm_service
from . import itsm_priority_matrix
from . import itsm_pending_reason
from . import itsm_resolution_code
