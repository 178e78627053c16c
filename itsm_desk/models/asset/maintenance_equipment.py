from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.one_record import check_one
from ..base.uninstall import guards_deletion
from .giving_back import follow_owner
from .itsm_equipment_history import EQUIPMENT_STATES
from .registering import get_facts, note_changes


class MaintenanceEquipment(models.Model):
    """Shows its tickets; knows its state and place, and keeps their history."""

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

    itsm_state = fields.Selection(
        selection=EQUIPMENT_STATES,
        string="State of the Equipment",
        compute="_compute_itsm_state",
        store=True,
        readonly=False,
        index=True,
        tracking=True,
        help="In use while somebody owns it; sent out, retired or in stock else.",
    )
    itsm_place = fields.Char(string="Place of Use", tracking=True)
    itsm_barcode = fields.Char(
        string="Barcode of the Label",
        copy=False,
        tracking=True,
        help="What is read from the label of the company, for example its number as an "
        "asset. Without one the serial number is scanned.",
    )
    itsm_history_ids = fields.One2many(
        comodel_name="itsm.equipment.history",
        inverse_name="equipment_id",
        string="History",
        readonly=True,
        copy=False,
        groups="itsm_desk.group_itsm_technician,maintenance.group_equipment_manager",
    )
    itsm_repair_ids = fields.One2many(
        comodel_name="itsm.equipment.repair",
        inverse_name="equipment_id",
        string="Repairs",
        copy=False,
        groups="itsm_desk.group_itsm_technician",
    )
    itsm_handover_ids = fields.One2many(
        comodel_name="itsm.equipment.handover",
        inverse_name="equipment_id",
        string="Hand-over Slips",
        copy=False,
        groups="itsm_desk.group_itsm_technician,maintenance.group_equipment_manager",
    )

    _itsm_barcode_uniq = models.UniqueIndex(
        "(lower(itsm_barcode), COALESCE(company_id, 0)) WHERE itsm_barcode <> ''",
        "Another piece of equipment carries this barcode. Each label is used once.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

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

    @api.depends("employee_id", "department_id", "scrap_date")
    def _compute_itsm_state(self):
        for equipment in self:
            if equipment.scrap_date:
                equipment.itsm_state = "retired"
            elif equipment.itsm_state == "in_repair":
                equipment.itsm_state = "in_repair"
            elif equipment.employee_id or equipment.department_id:
                equipment.itsm_state = "in_use"
            else:
                equipment.itsm_state = "in_stock"

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    def write(self, vals):
        # sudo: whoever writes the equipment need not read its owner
        found = self.sudo()
        before = get_facts(found)
        result = super().write(vals)
        follow_owner(found, before)
        note_changes(found, before)
        return result

    @guards_deletion
    def _unlink_except_with_history(self):
        # sudo: whether it has a history does not depend on the reader
        kept = self.sudo().filtered("itsm_history_ids")
        if kept:
            raise UserError(
                self.env._(
                    "%s: its history is kept. Archive it instead.",
                    ", ".join(kept.mapped("display_name")),
                )
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_view_itsm_tickets(self):
        """Open the tickets about this equipment."""
        check_one(self)
        self.check_access("read")
        return self.env["itsm.ticket"]._get_tickets_action(
            [("equipment_ids", "in", self.ids)]
        )

    def action_itsm_hand_over(self):
        """Begin a slip on which somebody takes the equipment over."""
        check_one(self)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "itsm_desk.itsm_equipment_handover_action"
        )
        context = {"default_equipment_id": self.id}
        return {**action, "views": [(False, "form")], "context": context}
