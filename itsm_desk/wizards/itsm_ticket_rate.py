from odoo import fields, models

from ..tools.one_record import check_one


class ItsmTicketRate(models.TransientModel):
    """Signs off and rates a ticket: by the requester, or at the desk with a code."""

    _name = "itsm.ticket.rate"
    _description = "Sign Off a Ticket"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    is_desk = fields.Boolean(related="ticket_id.can_sign_off_at_desk")
    code = fields.Char(
        string="Sign-off Code",
        help="The requester reads it out from the mail with the code.",
    )
    rating = fields.Selection(
        selection=[
            ("1", "1 - Bad"),
            ("2", "2 - Poor"),
            ("3", "3 - Fair"),
            ("4", "4 - Good"),
            ("5", "5 - Excellent"),
        ],
        required=True,
    )
    comment = fields.Text()
    signature = fields.Binary()
    signed_name = fields.Char(
        string="Name of the Signer",
        help="Typed by the requester instead of a signature.",
    )

    def action_confirm(self):
        """Sign off; whether the user may is judged by the ticket."""
        check_one(self)
        signature = self.signature and self.signature.decode()
        if self.is_desk:
            self.ticket_id.action_sign_off_at_desk(
                self.code, self.rating, self.comment, signature, self.signed_name
            )
        else:
            self.ticket_id.action_sign_off(
                self.rating, self.comment, signature, self.signed_name
            )
        return {"type": "ir.actions.act_window_close"}

    def action_send_code(self):
        """Mail a new code and keep the window open."""
        check_one(self)
        self.ticket_id.action_send_sign_off_code()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign off at the desk"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
