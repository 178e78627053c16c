from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.grants import server_write
from ..base.selections import IMAC_KINDS
from ..base.working_days import get_day
from ..event.recording import get_moment
from .itsm_equipment_history import EQUIPMENT_STATES
from .registering import note_event, registering

CONTENT = frozenset(
    {
        "equipment_id",
        "kind",
        "new_employee_id",
        "new_department_id",
        "new_place",
        "new_state",
        "note",
        "replaced_by_id",
    }
)
KINDS = [*IMAC_KINDS, ("return", "Return")]


def apply_changes(tickets):
    """Change the equipment as the tickets planned; each change once.

    A function, as evaluated code can call methods of records.

    :param tickets: in sudo, whoever solves them was judged by the caller
    """
    changes = tickets.equipment_change_ids.filtered(lambda one: not one.applied_at)
    for change in changes.sorted("id"):
        label = dict(change._fields["kind"]._description_selection(change.env))
        with registering(change.ticket_id, change.note or label[change.kind]):
            _apply(change)
        stamp = {"applied_at": get_moment(), "applied_by_id": change.env.uid}
        server_write(change, stamp)


def _apply(change):
    old, new = change.equipment_id, change.replaced_by_id
    wanted = _get_assignment(change)
    if change.kind == "return":
        old.write({**_unassigned(), "itsm_state": change.new_state or "in_stock"})
    elif change.kind == "replace":
        # The new one takes the place of the old one, where nothing else is said.
        before = {
            "employee_id": old.employee_id.id,
            "department_id": old.department_id.id,
            "equipment_assign_to": old.equipment_assign_to,
            "itsm_place": old.itsm_place,
        }
        new.write({**before, **wanted, "itsm_state": "in_use"})
        old.write({**_unassigned(), "itsm_state": change.new_state or "in_stock"})
    else:
        state = change.new_state or ("in_use" if change.kind == "install" else False)
        old.write({**wanted, **({"itsm_state": state} if state else {})})
        if change.kind == "upgrade":
            note_event(old)


def _get_assignment(change):
    """Return the values of the equipment that the change names."""
    values = {}
    employee, department = change.new_employee_id, change.new_department_id
    if employee or department:
        kind = "other" if employee and department else "employee"
        values = {
            "equipment_assign_to": kind if employee else "department",
            "employee_id": employee.id,
            "department_id": department.id,
            "assign_date": get_day(change.company_id, get_moment()),
        }
    if change.new_place:
        values["itsm_place"] = change.new_place
    return values


def _unassigned():
    return {"employee_id": False, "department_id": False, "itsm_place": False}


class ItsmEquipmentChange(models.Model):
    """What a ticket is going to change of a piece of equipment, or has changed.

    It is planned while the ticket is worked on and applied, once, when the ticket is
    solved. A solution that is refused undoes nothing: the next attempt plans the next
    change.

    =======  ==================================  ==========================
    Right    Who                                 Restriction
    =======  ==================================  ==========================
    read     technicians, managers, quality      of tickets that they read
    write    owner, collaborators, lead          open ticket, not applied
    delete   owner, collaborators, lead          open ticket, not applied
    apply    the server, when it is solved       once
    =======  ==================================  ==========================
    """

    _name = "itsm.equipment.change"
    _inherit = "itsm.handled.line.mixin"
    _description = "Planned Change of Equipment"
    _order = "id desc"
    _check_company_auto = True
    _handled_content = CONTENT
    _handled_stamps = ("applied_at", "applied_by_id")

    kind = fields.Selection(
        selection=KINDS,
        required=True,
        default=lambda self: self._default_kind(),
        help="Replace: another piece takes the owner and place of this one.",
    )
    equipment_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
    )
    new_employee_id = fields.Many2one(
        comodel_name="hr.employee", string="New Holder", check_company=True
    )
    new_department_id = fields.Many2one(
        comodel_name="hr.department", string="New Department", check_company=True
    )
    new_place = fields.Char(string="New Place")
    new_state = fields.Selection(
        selection=EQUIPMENT_STATES,
        string="State Afterwards",
        help="Empty: in use, and in stock what is replaced or given back.",
    )
    replaced_by_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        string="Replaced by",
        check_company=True,
        ondelete="restrict",
    )
    note = fields.Char(string="What Is Done")
    applied_at = fields.Datetime(string="Applied on", readonly=True, copy=False)
    applied_by_id = fields.Many2one(
        comodel_name="res.users", string="Applied by", readonly=True, copy=False
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    def _default_kind(self):
        ticket_id = self.env.context.get("default_ticket_id")
        ticket = self.env["itsm.ticket"].browse(ticket_id or [])
        return ticket.imac_kind or "move"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("equipment_id")
    def _compute_display_name(self):
        for change in self:
            # sudo: who reads the ticket need not read the register
            change.display_name = change.sudo().equipment_id.display_name

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains(
        *("kind", "equipment_id", "replaced_by_id", "new_place", "note"),
        *("new_employee_id", "new_department_id", "new_state"),
    )
    def _check_change(self):
        for change in self:
            # sudo: the name of the equipment, whoever reads it
            name = change.sudo().equipment_id.display_name
            wanted = (
                change.new_employee_id
                or change.new_department_id
                or change.new_place
                or change.new_state
            )
            if change.kind == "replace" and (
                not change.replaced_by_id
                or change.replaced_by_id == change.equipment_id
            ):
                raise UserError(
                    self.env._("%s: choose the other piece that replaces it.", name)
                )
            if change.kind in ("install", "move") and not wanted:
                raise UserError(
                    self.env._(
                        "%s: say who or which department gets it, or the place.", name
                    )
                )
            if change.kind == "upgrade" and not (wanted or change.note):
                raise UserError(self.env._("%s: say what is done.", name))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _is_carried_out(self):
        return bool(self.applied_at)

    def _carried_out_error(self):
        return AccessError(
            self.env._(
                "A change of equipment is applied by solving its ticket, and is kept "
                "then. Plan another change for what is still to do."
            )
        )
