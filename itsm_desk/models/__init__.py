from . import (
    itsm_category,
    itsm_escalation,
    itsm_flow_mixin,
    itsm_pending_reason,
    itsm_priority_matrix,
    itsm_resolution_code,
    itsm_service,
    itsm_team,
    itsm_ticket,
    itsm_ticket_filing,
    itsm_ticket_flow,
    itsm_ticket_sign_off,
)
