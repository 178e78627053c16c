from odoo import fields, models


class ItsmTicket(models.Model):
    """What the form shows beside the ticket itself."""

    _inherit = "itsm.ticket"

    partner_ticket_count = fields.Integer(compute="_compute_partner_ticket_count")
    follow_up_count = fields.Integer(compute="_compute_follow_up_count")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    def _compute_partner_ticket_count(self):
        counts = dict(
            self._read_group(
                [("partner_id", "in", self.partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.partner_ticket_count = counts.get(ticket.partner_id, 0)

    def _compute_follow_up_count(self):
        counts = dict(
            self._read_group(
                [("parent_id", "in", self.ids)], ["parent_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.follow_up_count = counts.get(ticket._origin, 0)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_partner_tickets(self):
        """Open what the same person asked before."""
        self.ensure_one()
        return self._get_tickets_action([("partner_id", "=", self.partner_id.id)])

    def action_view_follow_ups(self):
        """Open the tickets that take up this one."""
        self.ensure_one()
        return self._get_tickets_action([("parent_id", "=", self.id)])

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_tickets_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_ticket_action"
        )
        return {**action, "domain": domain, "context": {}}
