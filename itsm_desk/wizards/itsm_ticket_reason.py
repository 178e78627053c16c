from odoo import fields, models

from ..tools.one_record import check_one


class ItsmTicketReason(models.TransientModel):
    """Asks for the text that a step of a ticket records."""

    _name = "itsm.ticket.reason"
    _description = "Reason for a Step of a Ticket"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    verb = fields.Selection(
        selection=[
            ("refuse", "Refuse"),
            ("cancel", "Cancel"),
            ("reopen", "Reopen"),
            ("refuse_solution", "Not solved"),
            ("log_call", "Log a call"),
            ("decline", "Decline the escalation"),
            ("take_back", "Take back from the vendor"),
        ],
        required=True,
    )
    reason = fields.Text(required=True)

    def action_confirm(self):
        """Take the step; whether the user may is judged by the ticket."""
        check_one(self)
        ticket = self.ticket_id
        steps = {
            "refuse": ticket.action_refuse,
            "cancel": ticket.action_cancel,
            "reopen": ticket.action_reopen,
            "refuse_solution": ticket.action_refuse_solution,
            "log_call": ticket.action_log_call,
            "decline": ticket.action_decline,
            "take_back": ticket.action_take_back,
        }
        result = steps[self.verb](self.reason)
        if isinstance(result, dict):
            return result
        return {"type": "ir.actions.act_window_close"}
