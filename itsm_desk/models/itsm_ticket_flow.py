from odoo import models


class ItsmTicket(models.Model):
    """The declared flow of a ticket and who may take each step."""

    _inherit = "itsm.ticket"

    _flow_transitions = {
        "new": {"waiting_approval", "assigned", "cancelled"},
        "waiting_approval": {"new", "assigned", "refused", "cancelled"},
        "assigned": {"in_progress", "pending", "solved", "cancelled"},
        "in_progress": {"pending", "solved", "cancelled", "assigned"},
        "pending": {"in_progress", "solved", "cancelled", "assigned"},
        "solved": {"closed", "in_progress"},
        "closed": set(),
        "refused": set(),
        "cancelled": set(),
    }
    _flow_system_fields = frozenset(
        {
            "name",
            "user_id",
            "support_level",
            "first_responder_id",
            "first_response_at",
            "approver_id",
            "approved_by_id",
            "approved_at",
            "department_id",
            "partner_email",
            "priority",
            "pending_reason_id",
            "stop_reason",
            "parent_id",
            "solved_by_id",
            "solver_partner_id",
            "solved_at",
            "closed_at",
            "reopen_count",
            "is_first_contact_fix",
            "sign_off_deadline",
            "signed_off_by_id",
            "signed_off_at",
            "sign_off_method",
            "signature",
            "rating_value",
            "rating_comment",
            "is_satisfaction_counted",
        }
    )
