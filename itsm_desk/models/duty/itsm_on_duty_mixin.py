from contextlib import contextmanager

from odoo import fields, models

from .duty_calls import DUTY, call_for
from .on_duty import get_on_duty

MOVING = frozenset({"category_id", "service_id", "support_level", "team_id"})
"""Columns whose change may move a ticket to another team or level."""


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

    @contextmanager
    def _calling_moved(self, vals):
        """Call whoever is on duty where the block, which writes ``vals``, moves it.

        What goes to another team or level calls nobody any more where it was.
        """
        if MOVING.isdisjoint(vals):
            yield
            return
        # sudo: whoever writes need not read who is called
        free = self.sudo()._filter_free()
        before = {ticket: (ticket.team_id, ticket.support_level) for ticket in free}
        yield
        moved = free.filtered(
            lambda ticket: before[ticket] != (ticket.team_id, ticket.support_level)
        )
        if moved:
            moved._end_duty_calls()
            moved._call_on_duty()

    def _call_on_duty(self):
        """Give whoever is on duty something to do with tickets that nobody owns."""
        call_for(self._filter_free())

    def _filter_free(self):
        """Return the tickets that wait for their first technician."""
        return self.filtered(
            lambda ticket: (
                ticket.team_id and not ticket.user_id and ticket.state == "new"
            )
        )

    def _end_duty_calls(self):
        """Somebody owns the tickets: call nobody who is on duty any more."""
        self.activity_unlink([DUTY])
