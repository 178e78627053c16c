from odoo import fields, models


class ResPartner(models.Model):
    """Shows the tickets of which a contact is the requester."""

    _inherit = "res.partner"

    itsm_ticket_count = fields.Integer(
        string="Service Tickets",
        compute="_compute_itsm_ticket_count",
        groups="itsm_desk.group_itsm_technician",
    )

    def _compute_itsm_ticket_count(self):
        counts = dict(
            self.env["itsm.ticket"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.itsm_ticket_count = counts.get(partner._origin, 0)

    def action_view_itsm_tickets(self):
        """Open the tickets of this contact."""
        self.ensure_one()
        self.check_access("read")
        return self.env["itsm.ticket"]._get_tickets_action(
            [("partner_id", "=", self.id)]
        )
