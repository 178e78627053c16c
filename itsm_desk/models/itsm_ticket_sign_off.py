from odoo import api, models

COUNTED_METHODS = ("portal", "mail", "backend")


class ItsmTicket(models.Model):
    """Solving, signing off and rating."""

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("solved_by_id", "first_responder_id", "reopen_count", "escalation_ids")
    def _compute_is_first_contact_fix(self):
        for ticket in self:
            ticket.is_first_contact_fix = bool(
                ticket.solved_by_id
                and ticket.solved_by_id == ticket.first_responder_id
                and not ticket.reopen_count
                and not ticket.escalation_ids
            )

    @api.depends("sign_off_method", "rating_value")
    def _compute_is_satisfaction_counted(self):
        for ticket in self:
            ticket.is_satisfaction_counted = bool(
                ticket.rating_value and ticket.sign_off_method in COUNTED_METHODS
            )
