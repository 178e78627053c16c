from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import escape_psql, plaintext2html

from ...tools.one_record import check_one
from ..base.grants import server_create, server_write
from ..base.itsm_flow_mixin import check_entering
from ..event.recording import get_moment

TECHNICIAN = "itsm_desk.group_itsm_technician"
SCOPE = ("place", "department_id", "employee_id", "category_id")
"""What a list may be made for; equipment has to fit all that is given."""
CODE_LENGTH = 100


class ItsmEquipmentStocktake(models.Model):
    """A list of equipment that somebody goes through with a barcode scanner.

    States: draft -> counting -> done; what is not done may be cancelled. Starting
    writes down what the register expects, scanning says what is there, finishing says
    what is missing and files a ticket that proposes the changes of the register. They
    are made, and written into the history, when somebody else solves that ticket.

    =======  ====================================  ===================================
    Step     Who                                   Restriction
    =======  ====================================  ===================================
    write    technicians                           as a draft
    start    technicians                           with a place, department, owner or
                                                   category
    scan     technicians                           while it is counted; not what one
                                                   owns
    finish   technicians                           once; not whoever owns a piece that
                                                   is counted
    cancel   technicians                           before it is done
    read     technicians, quality, managers of     of the company
             equipment
    =======  ====================================  ===================================
    """

    _name = "itsm.equipment.stocktake"
    _description = "Stock-take of Equipment"
    _inherit = ["itsm.flow.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    _flow_transitions = {
        "draft": {"counting", "cancelled"},
        "counting": {"done", "cancelled"},
        "done": set(),
        "cancelled": set(),
    }
    _flow_verbs = {"counting": "start", "done": "finish", "cancelled": "cancel"}
    _flow_groups = {
        "start": (TECHNICIAN,),
        "scan": (TECHNICIAN,),
        "finish": (TECHNICIAN,),
        "cancel": (TECHNICIAN,),
    }
    _flow_system_fields = frozenset(
        {
            "started_at",
            "last_scan_at",
            "finished_at",
            "finished_by_id",
            "ticket_id",
        }
    )
    _flow_content_fields = frozenset({"name", "user_id", "company_id", *SCOPE})
    _flow_content_states = frozenset({"draft"})

    name = fields.Char(required=True, help="For example the place and the year.")
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    place = fields.Char(
        help="Equipment whose place of use contains these words.",
    )
    department_id = fields.Many2one(
        comodel_name="hr.department",
        check_company=True,
        index="btree_not_null",
        help="Equipment of the department, and of its people.",
    )
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Owner of the Equipment",
        check_company=True,
        index="btree_not_null",
    )
    category_id = fields.Many2one(
        comodel_name="maintenance.equipment.category",
        string="Category of Equipment",
        check_company=True,
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Counted by",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("counting", "Being Counted"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    line_ids = fields.One2many(
        comodel_name="itsm.equipment.stocktake.line",
        inverse_name="stocktake_id",
        string="Equipment",
        readonly=True,
        copy=False,
    )
    started_at = fields.Datetime(string="Started on", copy=False, readonly=True)
    last_scan_at = fields.Datetime(string="Last Scan on", copy=False, readonly=True)
    finished_at = fields.Datetime(string="Finished on", copy=False, readonly=True)
    finished_by_id = fields.Many2one(
        comodel_name="res.users", string="Finished by", copy=False, readonly=True
    )
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="Ticket of the Changes",
        copy=False,
        readonly=True,
        check_company=True,
        index="btree_not_null",
        help="Proposes what the register should say. It is changed when the ticket is "
        "solved.",
    )
    expected_count = fields.Integer(string="Items Expected", compute="_compute_counts")
    found_count = fields.Integer(string="Items Found", compute="_compute_counts")
    elsewhere_count = fields.Integer(
        string="Registered Elsewhere", compute="_compute_counts"
    )
    unknown_count = fields.Integer(string="Unknown", compute="_compute_counts")
    missing_count = fields.Integer(string="Items Missing", compute="_compute_counts")
    can_start = fields.Boolean(compute="_compute_flow_can")
    can_scan = fields.Boolean(compute="_compute_flow_can")
    can_finish = fields.Boolean(compute="_compute_flow_can")
    can_cancel = fields.Boolean(compute="_compute_flow_can")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("line_ids.result")
    def _compute_counts(self):
        rows = self.env["itsm.equipment.stocktake.line"]._read_group(
            [("stocktake_id", "in", self.ids)], ["stocktake_id", "result"], ["__count"]
        )
        counts = {(stocktake.id, result): count for stocktake, result, count in rows}
        for one in self:
            of = {
                result: counts.get((one._origin.id, result), 0)
                for result in ("open", "found", "elsewhere", "unknown", "missing")
            }
            one.expected_count = of["open"] + of["found"] + of["missing"]
            one.found_count = of["found"]
            one.elsewhere_count = of["elsewhere"]
            one.unknown_count = of["unknown"]
            one.missing_count = of["missing"]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_start(self):
        """Write down what the register expects, and begin to count."""
        return self._take_step("counting")

    def action_scan(self, code):
        """Say that something is there, by the code on it.

        :param str code: barcode of the label, or serial number
        :return: dict of what to show: ``result``, ``name`` of the equipment, the
            ``code`` as it was read, ``is_again`` where it was counted before, and how
            many are ``left`` to be found
        """
        check_one(self)
        self.check_access("read")
        code = self._flow_clean_reason(self.env._("Scanned Code"), code)[:CODE_LENGTH]
        if self.state != "counting":
            raise UserError(
                self.env._(
                    '%s is not being counted. Press "Start" first, or make a new list.',
                    self._flow_names(),
                )
            )
        self._flow_check_can("scan")
        line, is_again = self._count(code)
        # Finishing and scanning write the same row: one of both is tried again.
        server_write(self, {"last_scan_at": get_moment()})
        return {
            "result": line.result,
            "name": line.equipment_id.display_name or "",
            "code": code,
            "is_again": is_again,
            "left": self.line_ids.search_count(
                [("stocktake_id", "=", self.id), ("result", "=", "open")]
            ),
        }

    def action_finish(self):
        """End the count: what was not found is missing, and changes are proposed."""
        return self._take_step("done")

    def action_cancel(self):
        """Give the count up; the register stays as it is."""
        return self._take_step("cancelled")

    def action_view_ticket(self):
        """Open the ticket that proposes the changes."""
        check_one(self)
        self.check_access("read")
        return self.ticket_id._get_records_action()

    # ------------------------------------------------------------
    # WHAT FOLLOWS FROM A STEP
    # ------------------------------------------------------------

    def _on_enter_counting(self, origins):
        check_entering(self, "counting")
        server_write(self, {"started_at": get_moment()})
        for one in self:
            equipment = self.env["maintenance.equipment"].search(one._get_domain())
            one.line_ids._expect(one, equipment)

    def _on_enter_done(self, origins):
        check_entering(self, "done")
        server_write(
            self, {"finished_at": get_moment(), "finished_by_id": self.env.uid}
        )
        for one in self:
            open_lines = one.line_ids.filtered(lambda line: line.result == "open")
            server_write(open_lines, {"result": "missing"})
            if proposals := one._prepare_changes():
                one._propose(proposals)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_cannot_start_reason(self):
        reasons = {}
        for one in self:
            if not any(one[name] for name in SCOPE):
                reasons[one.id] = self.env._(
                    "say first what is counted: a place, a department, an owner or a "
                    "category."
                )
            # The rights of whoever starts it: technicians read the register.
            elif not self.env["maintenance.equipment"].search_count(
                one._get_domain(), limit=1
            ):
                reasons[one.id] = self.env._(
                    "no equipment in the register fits. Change the place, department, "
                    "owner or category."
                )
        return reasons

    def _get_cannot_finish_reason(self):
        reasons = {}
        # sudo: whose equipment it is does not depend on who reads employees
        for one in self.sudo():
            mine = one.line_ids._filter_own()
            if mine or one.employee_id.user_id == self.env.user:
                reasons[one.id] = self.env._(
                    "somebody else than the owner of the equipment ends it. Yours: %s.",
                    ", ".join(mine.mapped("display_name")) or one.employee_id.name,
                )
        return reasons

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_domain(self):
        """Return which equipment the register says is there."""
        self.ensure_one()
        domain = Domain("company_id", "in", [False, self.company_id.id])
        domain &= Domain("itsm_state", "!=", "retired")
        if self.place:
            domain &= Domain("itsm_place", "ilike", escape_psql(self.place))
        if self.department_id:
            domain &= Domain("department_id", "child_of", self.department_id.id) | (
                Domain("employee_id.department_id", "child_of", self.department_id.id)
            )
        if self.employee_id:
            domain &= Domain("employee_id", "=", self.employee_id.id)
        if self.category_id:
            domain &= Domain("category_id", "=", self.category_id.id)
        return domain

    def _find_equipment(self, code):
        """Return the equipment that carries ``code``, in the register."""
        text = escape_psql(code)
        equipment = self.env["maintenance.equipment"].with_context(active_test=False)
        found = equipment.search(
            Domain("company_id", "in", [False, self.company_id.id])
            & (
                Domain("itsm_barcode", "=ilike", text)
                | Domain("serial_no", "=ilike", text)
            )
        )
        labelled = found.filtered(
            lambda one: (one.itsm_barcode or "").casefold() == code.casefold()
        )
        found = labelled or found
        if len(found) > 1:
            raise UserError(
                self.env._(
                    "Several pieces carry %(code)s: %(names)s. Look for the right one "
                    'in the list, and press "It Is Here" there.',
                    code=code,
                    names=", ".join(found.mapped("display_name")),
                )
            )
        return found

    def _count(self, code):
        """Count what carries ``code``.

        :return: its line, and whether it was counted before
        """
        lines = self.line_ids
        equipment = self._find_equipment(code)
        line = lines.filtered(
            lambda one: (
                one.equipment_id == equipment
                if equipment
                else one.result == "unknown" and one.code.casefold() == code.casefold()
            )
        )[:1]
        if line:
            is_again = line.result != "open"
            if not is_again:
                line._stamp("found", code)
            return line, is_again
        return lines._add(self, equipment, code), False

    def _prepare_changes(self):
        """Return the values of the changes that the count proposes."""
        self.ensure_one()
        rows = []
        for line in self.line_ids:
            values = line._prepare_change()
            if values:
                rows.append({"equipment_id": line.equipment_id.id, **values})
        return rows

    def _propose(self, rows):
        """File the ticket whose solution changes the register.

        It has no kind of IMAC: all proposals may be wrong, and a request to move
        something cannot be solved without a change.
        """
        self.ensure_one()
        category = self.env.ref(
            "itsm_desk.itsm_category_hardware", raise_if_not_found=False
        )
        ticket = self.env["itsm.ticket"].create(
            {
                "subject": self.env._("Stock-take: %s", self.name),
                "description": plaintext2html(
                    self.env._(
                        "The register and what was found differ. Look at the planned "
                        "changes, take out what is wrong, and solve the ticket: the "
                        "register changes then."
                    )
                ),
                "partner_id": self.env.user.partner_id.id,
                "channel": "portal",
                "ticket_type": "request",
                "category_id": category.id if category else False,
                "company_id": self.company_id.id,
                "equipment_ids": [row["equipment_id"] for row in rows],
            }
        )
        # sudo: whoever counts need not be of the team that gets the ticket
        changes = self.env["itsm.equipment.change"].sudo()
        server_create(changes, [{"ticket_id": ticket.id, **row} for row in rows])
        server_write(self, {"ticket_id": ticket.id})
