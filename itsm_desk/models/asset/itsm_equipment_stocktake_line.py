from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.grants import is_server_act, server_create, server_unlink, server_write
from ..base.uninstall import guards_deletion
from ..event.recording import get_moment

RESULTS = [
    ("open", "To Find"),
    ("found", "Found"),
    ("elsewhere", "Registered Elsewhere"),
    ("unknown", "Unknown"),
    ("missing", "Missing"),
]


class ItsmEquipmentStocktakeLine(models.Model):
    """One piece on a stock-take: expected by the register, or found without it.

    Only a remark is written by hand. What the register said is kept as it was when the
    count began, or when the piece was found.

    ======  ==========================  =================================
    Right   Who                         Restriction
    ======  ==========================  =================================
    read    readers of the stock-take   of the company
    remark  technicians                 while it is counted
    here    technicians                 what carries no readable code
    undo    technicians                 while it is counted
    create  the server                  by start and scan
    ======  ==========================  =================================
    """

    _name = "itsm.equipment.stocktake.line"
    _description = "Counted Equipment"
    _order = "stocktake_id desc, result, id"
    _rec_name = "code"
    _check_company_auto = True

    stocktake_id = fields.Many2one(
        comodel_name="itsm.equipment.stocktake",
        string="Stock-take",
        required=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    equipment_id = fields.Many2one(
        comodel_name="maintenance.equipment",
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: nothing in the register carries the code.",
    )
    code = fields.Char(
        string="Scanned Code",
        readonly=True,
        help="As it was read, or as it is registered.",
    )
    result = fields.Selection(
        selection=RESULTS, required=True, readonly=True, default="open", index=True
    )
    expected_employee_id = fields.Many2one(
        comodel_name="hr.employee", string="Registered Owner", readonly=True
    )
    expected_department_id = fields.Many2one(
        comodel_name="hr.department", string="Registered Department", readonly=True
    )
    expected_place = fields.Char(string="Registered Place", readonly=True)
    was_missing = fields.Boolean(
        string="Was Missing",
        readonly=True,
        help="The register said so when the count began.",
    )
    counted_at = fields.Datetime(string="Seen on", readonly=True)
    counted_by_id = fields.Many2one(
        comodel_name="res.users", string="Counted by", readonly=True
    )
    is_by_hand = fields.Boolean(
        string="Without Scanning",
        readonly=True,
        help="Somebody saw it and no code could be read.",
    )
    note = fields.Char(string="Remark", help="Damage, or what an unknown thing is.")
    is_counting = fields.Boolean(compute="_compute_is_counting")

    _equipment_uniq = models.UniqueIndex(
        "(stocktake_id, equipment_id) WHERE equipment_id IS NOT NULL",
        "This piece is on the list already. Scan it again.",
    )
    _unknown_uniq = models.UniqueIndex(
        "(stocktake_id, lower(code)) WHERE equipment_id IS NULL",
        "This code is on the list already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("stocktake_id.state")
    def _compute_is_counting(self):
        for line in self:
            line.is_counting = line.stocktake_id.state == "counting"

    @api.depends("equipment_id", "code")
    def _compute_display_name(self):
        for line in self:
            # sudo: readers of the count need not read the register
            line.display_name = line.sudo().equipment_id.display_name or line.code

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not is_server_act(self.browse()):
            raise self._server_only_error()
        return super().create(vals_list)

    def write(self, vals):
        if not is_server_act(self):
            if set(vals) - {"note"}:
                raise self._server_only_error()
            self._check_counting()
        return super().write(vals)

    @guards_deletion
    def _unlink_except_by_server(self):
        if not is_server_act(self):
            raise self._server_only_error()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_here(self):
        """Say that it is here, without a code that could be read."""
        self._check_may_count()
        for line in self:
            if line.result != "open":
                raise UserError(
                    self.env._("%s was counted already.", line.display_name)
                )
            line._stamp("found", line.code, is_by_hand=True)
        return True

    def action_undo(self):
        """Take back what was scanned by mistake."""
        self._check_may_count()
        server_write(
            self.filtered(lambda line: line.result == "found"),
            {
                "result": "open",
                "counted_at": False,
                "counted_by_id": False,
                "is_by_hand": False,
            },
        )
        found = self.filtered(lambda line: line.result in ("elsewhere", "unknown"))
        # sudo: nobody deletes lines; these were found by a scan that is taken back
        server_unlink(found.sudo())
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _server_only_error(self):
        return AccessError(
            self.env._(
                "The lines of a stock-take follow from its list and from what is "
                "scanned. By hand only remarks are written."
            )
        )

    def _check_counting(self):
        if any(not line.is_counting for line in self):
            raise UserError(
                self.env._(
                    "%s is not being counted: what was found stays as it is.",
                    self.stocktake_id._flow_names(),
                )
            )

    def _check_may_count(self):
        self.check_access("read")
        self.stocktake_id._flow_check_can("scan")
        self._check_counting()
        server_write(self.stocktake_id, {"last_scan_at": get_moment()})

    def _filter_own(self):
        """Return the pieces that are registered as those of the acting user."""
        user = self.env.user
        return self.filtered(
            # sudo: whose equipment it is does not depend on who reads employees
            lambda line: line.sudo().expected_employee_id.user_id == user
        )

    def _stamp(self, result, code, is_by_hand=False):
        """Write down that it was counted now, by the acting user.

        :raise UserError: where the acting user is who is said to have it
        """
        if mine := self._filter_own():
            raise UserError(
                self.env._(
                    "%s is registered as yours: another technician counts it, with "
                    'the scanner or with "It Is Here".',
                    ", ".join(mine.mapped("display_name")),
                )
            )
        server_write(
            self,
            {
                "result": result,
                "code": code,
                "counted_at": get_moment(),
                "counted_by_id": self.env.uid,
                "is_by_hand": is_by_hand,
            },
        )

    @api.model
    def _prepare_line(self, stocktake, equipment, code):
        # sudo: only what the register says of the piece is copied, whoever counts
        found = equipment.sudo()
        return {
            "stocktake_id": stocktake.id,
            "company_id": stocktake.company_id.id,
            "equipment_id": equipment.id,
            "code": code or found.itsm_barcode or found.serial_no,
            "expected_employee_id": found.employee_id.id,
            "expected_department_id": found.department_id.id,
            "expected_place": found.itsm_place,
            "was_missing": found.itsm_state == "missing",
        }

    @api.model
    def _expect(self, stocktake, equipment):
        """Write down the pieces that the register says are there."""
        # sudo: nobody creates lines; these follow from a step that was judged
        server_create(
            self.sudo(),
            [self._prepare_line(stocktake, one, False) for one in equipment],
        )

    @api.model
    def _add(self, stocktake, equipment, code):
        """Write down what was found and is not on the list."""
        values = self._prepare_line(stocktake, equipment, code)
        values["result"] = "elsewhere" if equipment else "unknown"
        # sudo: nobody creates lines; this follows from a scan that was judged
        line = server_create(self.sudo(), values).sudo(False)
        line._stamp(line.result, code)
        return line

    def _prepare_change(self):
        """Return what the register should say of it instead; empty where it is right.

        The other fields of the change are those of ``itsm.equipment.change``.
        """
        self.ensure_one()
        name = self.stocktake_id.name
        if self.result == "missing" and not self.was_missing:
            note = self.env._("Not found in the stock-take %s", name)
            return {"kind": "move", "new_state": "missing", "note": note}
        if self.result == "found" and self.was_missing:
            owned = self.expected_employee_id or self.expected_department_id
            note = self.env._("Found again in the stock-take %s", name)
            state = "in_use" if owned else "in_stock"
            return {"kind": "move", "new_state": state, "note": note}
        if self.result == "elsewhere":
            return self._prepare_move()
        return {}

    def _prepare_move(self):
        """Return the change of what is registered elsewhere: it belongs here now."""
        count = self.stocktake_id
        values = {
            "new_place": count.place,
            "new_department_id": count.department_id.id,
            "new_employee_id": count.employee_id.id,
        }
        if not any(values.values()):
            return {}
        note = self.env._("Found in the stock-take %s", count.name)
        return {
            "kind": "move",
            **values,
            "new_state": "in_use" if self.was_missing else False,
            "note": note,
        }
