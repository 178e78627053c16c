from odoo import api, fields, models

from ...tools.one_record import check_one
from .itsm_equipment_change import apply_changes

MOST_COUNTED = 100
"""Tickets of the same equipment; a button need not tell how many more there are."""


class ItsmEquippedMixin(models.AbstractModel):
    """A ticket that changes owner, place or state of equipment when it is solved.

    Shows how often the same equipment was asked about.
    """

    _name = "itsm.equipped.mixin"
    _description = "Changes Equipment"

    equipment_change_ids = fields.One2many(
        comodel_name="itsm.equipment.change",
        inverse_name="ticket_id",
        string="Changes of Equipment",
        copy=False,
        groups="itsm_desk.group_itsm_technician,itsm_desk.group_itsm_quality",
    )

    equipment_ticket_count = fields.Integer(
        string="Tickets of the Equipment", compute="_compute_equipment_ticket_count"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("equipment_ids")
    def _compute_equipment_ticket_count(self):
        shared = self._search([("equipment_ids", "in", self.equipment_ids._origin.ids)])
        # sudo: groups by equipment, which who reads the ticket need not read; the
        # tickets are those that the user reads
        rows = self.sudo()._read_group(
            [("id", "in", shared)], ["equipment_ids"], ["id:array_agg"]
        )
        tickets = {equipment.id: set(ids) for equipment, ids in rows}
        for ticket in self:
            found = set().union(
                *(tickets.get(one, ()) for one in ticket.equipment_ids._origin.ids)
            )
            others = found.difference(ticket._origin.ids)
            ticket.equipment_ticket_count = min(len(others), MOST_COUNTED)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_equipment_tickets(self):
        """Open the other tickets about the same equipment."""
        check_one(self)
        self.check_access("read")
        return self._get_tickets_action(self._get_equipment_ticket_domain())

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_equipment_ticket_domain(self):
        return [
            ("equipment_ids", "in", self.equipment_ids._origin.ids),
            ("id", "not in", self._origin.ids),
        ]

    def _is_imac(self):
        """Whether service or request says that equipment is installed, moved etc."""
        self.ensure_one()
        asked = self.ticket_type == "request" and self.imac_kind
        # sudo: whoever works on it need not read the service
        return bool(asked or self.sudo().service_id.imac_kind)

    def _find_missing_changes(self):
        """Solving an IMAC request needs the change of equipment that it makes.

        One that was applied by an attempt before counts: it was done.
        """
        tickets = self.sudo()  # sudo: what is planned does not depend on who looks
        if any(
            ticket._is_imac() and not ticket.equipment_change_ids for ticket in tickets
        ):
            return [self._equipment_change_label()]
        return []

    def _equipment_change_label(self):
        return self.env._(
            "a planned change of equipment (tab Equipment), as this is a request to "
            "install, move, upgrade or replace"
        )

    def _apply_equipment_changes(self):
        """Do to the equipment what was planned; called by the step that solves."""
        apply_changes(self)
