from odoo import fields, models


class MaintenanceEquipment(models.Model):
    """Shows the tickets about a piece of equipment."""

    _inherit = "maintenance.equipment"

    itsm_ticket_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        relation="itsm_ticket_equipment_rel",
        column1="equipment_id",
        column2="ticket_id",
        string="Service Desk Tickets",
    )
    itsm_ticket_count = fields.Integer(
        string="Tickets", compute="_compute_itsm_ticket_count"
    )

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
