from odoo import fields, models

from ..tools.one_record import check_one


class ItsmTicketPend(models.TransientModel):
    """Asks why the work on a ticket pauses."""

    _name = "itsm.ticket.pend"
    _description = "Pause a Ticket"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    reason_id = fields.Many2one(
        comodel_name="itsm.pending.reason",
        required=True,
        domain="[('company_id', 'in', [False, company_id])]",
    )

    needs_question = fields.Boolean(related="reason_id.needs_question")
    question = fields.Text(
        string="Question to the Requester",
        help="Sent to the requester, whose answer goes on with the work.",
    )

    def action_confirm(self):
        """Pause; whether the user may is judged by the ticket."""
        check_one(self)
        self.ticket_id.action_pend(self.reason_id.id, self.question)
        return {"type": "ir.actions.act_window_close"}
