from odoo import api, fields, models
from odoo.fields import Domain


class MaintenanceEquipment(models.Model):
    """Shows the tickets about a piece of equipment."""

    _inherit = "maintenance.equipment"

    # Not stored: the ticket owns the relation and judges who changes it.
    itsm_ticket_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        string="Service Desk Tickets",
        compute="_compute_itsm_ticket_ids",
        search="_search_itsm_ticket_ids",
    )
    itsm_ticket_count = fields.Integer(
        string="Tickets", compute="_compute_itsm_ticket_count"
    )

    @api.depends_context("uid")
    def _compute_itsm_ticket_ids(self):
        groups = dict(
            self.env["itsm.ticket"]._read_group(
                [("equipment_ids", "in", self.ids)],
                ["equipment_ids"],
                ["id:recordset"],
            )
        )
        for equipment in self:
            equipment.itsm_ticket_ids = groups.get(equipment._origin, False)

    @api.model
    def _search_itsm_ticket_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        Ticket = self.env["itsm.ticket"]
        if operator == "any":
            tickets = Ticket.search(value)
        else:
            tickets = Ticket.search([("id", "in", [item for item in value if item])])
        found = Domain("id", "in", tickets.equipment_ids.ids)
        if operator == "in" and False in value:
            linked = Ticket.search([("equipment_ids", "!=", False)]).equipment_ids
            found |= Domain("id", "not in", linked.ids)
        return found

    def _compute_itsm_ticket_count(self):
        counts = dict(
            self.env["itsm.ticket"]._read_group(
                [("equipment_ids", "in", self.ids)], ["equipment_ids"], ["__count"]
            )
        )
        for equipment in self:
            equipment.itsm_ticket_count = counts.get(equipment._origin, 0)

    def action_view_itsm_tickets(self):
        """Open the tickets about this equipment."""
        self.ensure_one()
        self.check_access("read")
        return self.env["itsm.ticket"]._get_tickets_action(
            [("equipment_ids", "in", self.ids)]
        )
