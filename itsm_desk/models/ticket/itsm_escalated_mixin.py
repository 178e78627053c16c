from odoo import fields, models


class ItsmEscalatedMixin(models.AbstractModel):
    """A ticket that somebody was called to take over, and who may decline."""

    _name = "itsm.escalated.mixin"
    _description = "Escalated"

    can_decline = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_decline(self, reason):
        """Decline the call to take it over; it goes back to who escalated.

        :param str reason: read by the owner
        """
        self.check_access("read")
        self._flow_check_can("decline")
        for ticket in self:
            # sudo: whoever was called need not read other calls; each judges itself
            ticket.sudo()._get_open_escalation().action_decline(reason)
        return True

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_decline_reason(self):
        reasons = {}
        for ticket in self:
            call = ticket._get_open_escalation()
            reasons[ticket.id] = (
                call._get_cannot_decline_reason()
                if call
                else self.env._("nobody was called to take it over.")
            )
        return reasons
