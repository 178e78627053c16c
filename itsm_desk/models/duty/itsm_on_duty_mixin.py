from odoo import fields, models

from .on_duty import get_on_duty

DUTY = "itsm_desk.mail_activity_type_on_duty"


class ItsmOnDutyMixin(models.AbstractModel):
    """A ticket that nobody owns calls whoever is on duty for its team."""

    _name = "itsm.on.duty.mixin"
    _description = "Calls Whoever Is on Duty"

    on_duty_ids = fields.Many2many(
        comodel_name="res.users",
        string="On Duty Now",
        compute="_compute_on_duty_ids",
        groups="itsm_desk.group_itsm_technician",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_on_duty_ids(self):
        for (team, level), tickets in self.grouped(
            lambda ticket: (ticket.team_id, ticket.support_level)
        ).items():
            users = get_on_duty(team, level) if team else self.env["res.users"]
            tickets.on_duty_ids = [fields.Command.set(users.ids)]

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _call_on_duty(self):
        """Give whoever is on duty something to do with tickets that nobody owns."""
        free = self.filtered(
            lambda ticket: (
                ticket.team_id and not ticket.user_id and ticket.state == "new"
            )
        )
        for (team, level), tickets in free.grouped(
            lambda ticket: (ticket.team_id, ticket.support_level)
        ).items():
            for user in get_on_duty(team, level):
                called = tickets.filtered(
                    lambda ticket, user=user: ticket._may_take_over(user)
                )
                for ticket in called:
                    ticket.activity_schedule(
                        DUTY,
                        user_id=user.id,
                        summary=ticket.env._("On duty: %s", ticket.subject),
                    )

    def _end_duty_calls(self):
        """Somebody owns the tickets: call nobody who is on duty any more."""
        self.activity_unlink([DUTY])
