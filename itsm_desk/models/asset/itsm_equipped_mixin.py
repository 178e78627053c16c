from odoo import fields, models

from .itsm_equipment_change import apply_changes


class ItsmEquippedMixin(models.AbstractModel):
    """A ticket that changes owner, place or state of equipment when it is solved."""

    _name = "itsm.equipped.mixin"
    _description = "Changes Equipment"

    equipment_change_ids = fields.One2many(
        comodel_name="itsm.equipment.change",
        inverse_name="ticket_id",
        string="Changes of Equipment",
        copy=False,
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )

    def _apply_equipment_changes(self):
        """Do to the equipment what was planned; called by the step that solves."""
        apply_changes(self)
