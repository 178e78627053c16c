from odoo import api, fields, models

from ..models.base.selections import SUPPORT_LEVELS
from ..models.ticket.itsm_escalation import ESCALATION_KINDS
from ..tools.one_record import check_one


class ItsmTicketEscalate(models.TransientModel):
    """Asks who shall take over a ticket, and why."""

    _name = "itsm.ticket.escalate"
    _description = "Escalate a Ticket"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    company_id = fields.Many2one(related="ticket_id.company_id")
    kind = fields.Selection(
        selection=ESCALATION_KINDS,
        required=True,
        default="functional",
        help="Functional: to people who know more. Hierarchical: to people who "
        "decide more.",
    )
    support_level = fields.Selection(
        selection=SUPPORT_LEVELS, required=True, default="l2"
    )
    team_id = fields.Many2one(
        comodel_name="itsm.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Escalate To",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Leave empty to call the whole team.",
    )
    reason = fields.Text(required=True)

    @api.depends("support_level", "ticket_id")
    def _compute_team_id(self):
        for wizard in self:
            # sudo: the target team may be one that the owner does not belong to
            ticket = wizard.ticket_id.sudo()
            wizard.team_id = ticket and ticket._get_escalation_team(
                wizard.support_level
            )

    def action_confirm(self):
        """Escalate; whether the user may is judged by the ticket."""
        check_one(self)
        self.ticket_id.action_escalate(
            self.support_level,
            self.reason,
            team_id=self.team_id.id,
            user_id=self.user_id.id,
            kind=self.kind,
        )
        return {"type": "ir.actions.act_window_close"}
