from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.grants import server_write
from ..base.itsm_flow_mixin import check_entering
from ..base.working_days import get_day
from ..event.recording import get_moment
from .registering import registering


class ItsmEquipmentRepair(models.Model):
    """Equipment that is sent out for repair: to whom, out, back, cost, warranty.

    States: sent -> back; what was not sent after all is cancelled. The equipment is
    "Sent Out for Repair" in between.

    =============  ============  ==============================
    Step           Who           Restriction
    =============  ============  ==============================
    write          technicians   until it is back
    back, cancel   technicians
    read           technicians   of the company
    delete         nobody
    =============  ============  ==============================
    """

    _name = "itsm.equipment.repair"
    _description = "Repair of Equipment Sent Out"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "equipment_id"
    _check_company_auto = True

    _flow_transitions = {
        "sent": {"back", "cancelled"},
        "back": set(),
        "cancelled": set(),
    }
    _flow_verbs = {"back": "back", "cancelled": "cancel"}
    _flow_required = {"back": ("result",)}
    _flow_system_fields = frozenset({"back_at", "back_by_id"})
    _flow_content_fields = frozenset(
        {
            "company_id",
            "equipment_id",
            "ticket_id",
            "partner_id",
            "fault",
            "sent_date",
            "due_date",
            "cost",
            "is_warranty",
            "result",
            "reference",
        }
    )
    _flow_content_states = frozenset({"sent"})
    _flow_deletable_states = frozenset()

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    equipment_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        check_company=True,
        index="btree_not_null",
        help="The ticket that it is repaired for.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Repaired by",
        required=True,
        check_company=True,
        index=True,
        tracking=True,
    )
    reference = fields.Char(string="Their Reference")
    fault = fields.Text(required=True, help="What does not work.")
    sent_date = fields.Date(
        string="Sent out on",
        required=True,
        default=lambda self: get_day(self.env.company, get_moment()),
    )
    due_date = fields.Date(string="Expected Back on")
    is_warranty = fields.Boolean(string="Under Warranty")
    cost = fields.Monetary(string="Cost of the Repair", aggregator="sum")
    result = fields.Text(string="What Was Repaired")
    state = fields.Selection(
        selection=[("sent", "Sent Out"), ("back", "Back"), ("cancelled", "Cancelled")],
        required=True,
        default="sent",
        copy=False,
        index=True,
        tracking=True,
    )
    back_at = fields.Datetime(string="Back on", copy=False, readonly=True)
    back_by_id = fields.Many2one(
        comodel_name="res.users", string="Taken in by", copy=False, readonly=True
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    can_back = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    _open_uniq = models.UniqueIndex(
        "(equipment_id) WHERE state = 'sent'",
        "This equipment is out for repair already. Take it in first.",
    )
    _cost_positive = models.Constraint("CHECK (cost >= 0)", "A cost is not negative.")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("state", "due_date")
    def _compute_is_overdue(self):
        for repair in self:
            due = repair.state == "sent" and repair.due_date
            today = get_day(repair.company_id, get_moment())
            repair.is_overdue = bool(due) and due < today

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = self.search([("state", "=", "sent"), ("due_date", "!=", False)])
        return [("id", "in", late.filtered("is_overdue").ids)]

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        repairs = super().create(vals_list)
        for repair in repairs:
            repair._set_equipment_state("in_repair")
        return repairs

    def write(self, vals):
        if "equipment_id" in vals and any(
            repair.equipment_id.id != vals["equipment_id"] for repair in self
        ):
            raise UserError(
                self.env._(
                    "A repair stays with its equipment. Cancel it and send the other "
                    "piece out."
                )
            )
        return super().write(vals)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_back(self):
        """Take the equipment in again; say first what was repaired."""
        return self._take_step("back")

    def action_cancel(self):
        """It was not sent out after all."""
        return self._take_step("cancelled")

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _on_enter_back(self, origins):
        check_entering(self, "back")
        server_write(self, {"back_at": get_moment(), "back_by_id": self.env.uid})
        self._release_equipment()

    def _on_enter_cancelled(self, origins):
        check_entering(self, "cancelled")
        self._release_equipment()

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _release_equipment(self):
        for repair in self:
            # sudo: whether somebody owns it does not depend on the reader
            found = repair.sudo().equipment_id
            if found.itsm_state == "in_repair":
                owned = found.employee_id or found.department_id
                repair._set_equipment_state("in_use" if owned else "in_stock")

    def _set_equipment_state(self, state):
        self.ensure_one()
        label = self.env._("Repair: %s", self.partner_id.name)
        with registering(self.ticket_id, label):
            # sudo: technicians do not write the register; only its state follows
            self.sudo().equipment_id.write({"itsm_state": state})
