from odoo import fields, models

EQUIPMENT_STATES = [
    ("in_stock", "In Stock"),
    ("in_use", "In Use"),
    ("in_repair", "Sent Out for Repair"),
    ("missing", "Missing"),
    ("retired", "Retired"),
]


class ItsmEquipmentHistory(models.Model):
    """One change of owner, place or state of equipment. Append-only.

    The server writes it down whatever route the change takes: a ticket, a hand-over
    slip, a repair, or somebody who edits the equipment.

    ======  ===============================  ==========================
    Right   Who                              Restriction
    ======  ===============================  ==========================
    read    technicians                      of the company
    read    managers of equipment            of the company
    change  nobody
    ======  ===============================  ==========================
    """

    _name = "itsm.equipment.history"
    _inherit = ["itsm.log.mixin"]
    _description = "Change of Equipment"
    _order = "id desc"
    _rec_name = "equipment_id"

    equipment_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", readonly=True, index="btree_not_null"
    )
    at = fields.Datetime(string="Changed on", required=True, readonly=True)
    user_id = fields.Many2one(
        comodel_name="res.users", string="Changed by", readonly=True
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    reason = fields.Char(readonly=True)
    old_employee_id = fields.Many2one(
        comodel_name="hr.employee", string="Holder Before", readonly=True
    )
    new_employee_id = fields.Many2one(
        comodel_name="hr.employee", string="Holder", readonly=True
    )
    old_department_id = fields.Many2one(
        comodel_name="hr.department", string="Department Before", readonly=True
    )
    new_department_id = fields.Many2one(
        comodel_name="hr.department", string="Department", readonly=True
    )
    old_place = fields.Char(string="Place Before", readonly=True)
    new_place = fields.Char(string="Place", readonly=True)
    old_state = fields.Selection(
        selection=EQUIPMENT_STATES, string="State Before", readonly=True
    )
    new_state = fields.Selection(
        selection=EQUIPMENT_STATES, string="State", readonly=True
    )
    what_changed = fields.Char(string="What Changed", compute="_compute_what_changed")

    def _compute_what_changed(self):
        states = dict(self._fields["new_state"]._description_selection(self.env))
        for row in self:
            # sudo: names of owners and departments on equipment that the reader sees
            found = row.sudo()
            parts = []
            for base in ("employee_id", "department_id", "place", "state"):
                old, new = found[f"old_{base}"], found[f"new_{base}"]
                if old == new:
                    continue
                if base.endswith("_id"):
                    old, new = old.display_name, new.display_name
                elif base == "state":
                    old, new = states.get(old), states.get(new)
                label = self._fields[f"new_{base}"]._description_string(self.env)
                parts.append(f"{label}: {old or '-'} \u2192 {new or '-'}")
            row.what_changed = "; ".join(parts)
