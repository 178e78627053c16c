from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.one_record import check_one

FORM = ("cause", "action_taken", "minutes_spent", "resolution_code_id")
"""What of the handling form is the same for all tickets."""


class ItsmTicketBulk(models.TransientModel):
    """Takes one step with several tickets of a list: all of them, or none."""

    _name = "itsm.ticket.bulk"
    _description = "Step of Several Tickets"

    ticket_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        string="Tickets",
        default=lambda self: self.env.context.get("active_ids"),
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    verb = fields.Selection(
        selection=[
            ("take", "Take them"),
            ("reassign", "Give them to somebody else"),
            ("solve", "Solve them"),
            ("cancel", "Cancel them"),
            ("merge", "Merge them into another ticket"),
        ],
        string="Step",
        required=True,
        default="take",
    )
    person_id = fields.Many2one(
        comodel_name="res.users",
        string="New Owner",
        domain="[('share', '=', False)]",
    )
    into_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="Into",
        domain="[('id', 'not in', ticket_ids), ('state', 'in', "
        "('new', 'waiting_approval', 'assigned', 'in_progress', 'pending'))]",
        help="The ticket in which the work goes on. Those of the list are ended and "
        "linked; who asked for them follows it.",
    )
    reason = fields.Text(help="Of a cancelled ticket its requester reads it.")

    # One solution for all of them, as after an outage
    cause = fields.Text()
    action_taken = fields.Text(string="Action Taken")
    minutes_spent = fields.Integer(
        string="Minutes Each", help="Added to those that have none written down yet."
    )
    resolution_code_id = fields.Many2one(
        comodel_name="itsm.resolution.code", string="Resolution"
    )

    @api.depends("ticket_ids")
    def _compute_ticket_count(self):
        for window in self:
            window.ticket_count = len(window.ticket_ids)

    def action_confirm(self):
        """Take the step; whether the user may is judged by the tickets."""
        check_one(self)
        tickets = self.ticket_ids
        if not tickets:
            raise UserError(self.env._("Choose tickets in the list first."))
        steps = {
            "take": tickets.action_take,
            "reassign": lambda: tickets.action_reassign(self.person_id.id, self.reason),
            "solve": self._solve,
            "cancel": lambda: tickets.action_cancel(self.reason),
            "merge": lambda: tickets.action_merge(self.into_id.id),
        }
        steps[self.verb]()
        return {"type": "ir.actions.act_window_close"}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _solve(self):
        """Fill in what each handling form still lacks, and tell the solutions."""
        for ticket in self.ticket_ids:
            values = {name: self[name] for name in FORM if not ticket[name]}
            ticket.write(ticket._convert_to_write(values))
        self.ticket_ids.action_solve()
