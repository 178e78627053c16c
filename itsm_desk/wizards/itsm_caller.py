from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..models.base.selections import OPEN_STATES
from ..tools.one_record import check_one
from ..tools.phone_digits import (
    cut_extension,
    get_digits,
    get_ends,
    get_tail,
    is_number,
    is_same,
)

MOST_FOUND = 20
MOST_LOOKED_AT = 200
MOST_NAMED = 5
MOST_SOLUTIONS = 5
MOST_OPEN = 20


def get_numbers_domain(digits):
    """Return the domain of what may have a number: its end, or an extension of it.

    Several numbers of one person are stored with blanks between them.
    """
    domain = Domain("itsm_phone_digits", "like", get_tail(digits))
    for end in get_ends(digits):
        for pattern in (end, f"{end} %", f"% {end}", f"% {end} %"):
            domain |= Domain("itsm_phone_digits", "=like", pattern)
    return domain


def find_callers(env, text):
    """Return the contacts who may be calling, in the acting user's environment.

    :param str text: a number, formatted or not and with or without its beginning, or
        a name
    """
    partners = env["res.partner"]
    if not (text or "").strip():
        return partners
    if not is_number(text):
        found = partners.search([("name", "ilike", text.strip())], limit=MOST_FOUND)
        return found
    digits = get_digits(text)
    return _find_by_digits(env, digits) or _find_by_digits(
        env, get_digits(cut_extension(text))
    )


def _find_by_digits(env, digits):
    partners = env["res.partner"]
    tail = get_numbers_domain(digits)
    # sudo: technicians read no employee files; only the contact is taken from them
    employees = env["hr.employee"].sudo()
    employees = employees.search_fetch(
        tail & Domain("company_id", "in", env.companies.ids),
        ["itsm_phone_digits", "user_id", "work_contact_id"],
        limit=MOST_LOOKED_AT,
    ).filtered(lambda one: is_same(digits, one.itsm_phone_digits))
    known = (
        employees.user_id.partner_id
        | employees.filtered(lambda one: not one.user_id).work_contact_id
    )
    others = partners.search_fetch(
        tail, ["itsm_phone_digits"], limit=MOST_LOOKED_AT
    ).filtered(lambda one: is_same(digits, one.itsm_phone_digits))
    found = partners.browse(known.ids) | others
    # Whom the user may not read calls another company.
    return found._filtered_access("read")[:MOST_FOUND]


class ItsmCaller(models.TransientModel):
    """Who is on the phone, or at the counter, and what is known of that person.

    Nothing is saved by looking. From here a ticket is filed, or what was said is
    added to an open one.
    """

    _name = "itsm.caller"
    _description = "Caller"

    text = fields.Char(
        string="Number or Name",
        help="Any of the caller's numbers, with or without blanks and its beginning.",
    )
    channel = fields.Selection(
        selection=[("phone", "Phone"), ("walk_in", "Walk-in")],
        required=True,
        default="phone",
    )
    found_ids = fields.Many2many(comodel_name="res.partner", compute="_compute_found")
    found_note = fields.Char(compute="_compute_found")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Caller",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        domain="found_ids and [('id', 'in', found_ids)] or []",
    )

    # What is known
    department_id = fields.Many2one(
        comodel_name="hr.department", compute="_compute_known"
    )
    phones = fields.Char(compute="_compute_known")
    equipment_ids = fields.Many2many(
        comodel_name="maintenance.equipment",
        relation="itsm_caller_equipment_rel",
        string="Equipment",
        compute="_compute_known",
    )
    open_ticket_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        relation="itsm_caller_open_rel",
        string="Open Tickets",
        compute="_compute_known",
    )
    solution_ids = fields.Many2many(
        comodel_name="itsm.ticket",
        relation="itsm_caller_solution_rel",
        string="Last Solutions",
        compute="_compute_known",
    )

    # What is said
    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        string="About",
        domain="[('id', 'in', open_ticket_ids)]",
        help="Empty: something new.",
    )
    subject = fields.Char()
    service_id = fields.Many2one(comodel_name="itsm.service")
    chosen_equipment_ids = fields.Many2many(
        comodel_name="maintenance.equipment",
        relation="itsm_caller_chosen_rel",
        string="About Equipment",
        domain="[('id', 'in', equipment_ids)]",
    )
    note = fields.Text(string="What Is Said")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("text")
    def _compute_found(self):
        for window in self:
            found = find_callers(self.env, window.text)
            window.found_ids = found
            window.found_note = False
            if len(found) > 1:
                window.found_note = self.env._(
                    "Several people may be calling. Choose one: %s.",
                    ", ".join(found[:MOST_NAMED].mapped("name")),
                )
            elif window.text and not found:
                window.found_note = self.env._(
                    "Nobody has this number or name. Choose the caller, or make a "
                    "contact."
                )

    @api.depends("text")
    def _compute_partner_id(self):
        for window in self:
            if window.text:
                found = window.found_ids._origin
                window.partner_id = found if len(found) == 1 else False

    @api.depends("partner_id")
    def _compute_known(self):
        tickets = self.env["itsm.ticket"]
        for window in self:
            partner = window.partner_id._origin
            # sudo: technicians read no employee files; department and work numbers
            # are taken from them
            employees = self.env["hr.employee"].sudo()
            employees = employees.search(
                Domain("company_id", "in", self.env.companies.ids)
                & (
                    Domain("work_contact_id", "=", partner.id)
                    | Domain("user_id.partner_id", "=", partner.id)
                )
                if partner
                else Domain.FALSE
            )
            employee = employees[:1]
            numbers = (partner.phone, employee.work_phone, employee.mobile_phone)
            window.phones = ", ".join(dict.fromkeys(filter(None, numbers)))
            window.department_id = employee.department_id
            own = Domain("partner_id", "=", partner.id) if partner else Domain.FALSE
            window.equipment_ids = self.env["maintenance.equipment"].search(
                (
                    Domain("owner_user_id.partner_id", "=", partner.id)
                    | Domain("employee_id", "in", employees.ids)
                )
                if partner
                else Domain.FALSE,
                limit=MOST_OPEN,
            )
            window.open_ticket_ids = tickets.search(
                own & Domain("state", "in", (*OPEN_STATES, "solved")),
                order="id desc",
                limit=MOST_OPEN,
            )
            window.solution_ids = tickets.search(
                own & Domain("solved_at", "!=", False),
                order="solved_at desc, id desc",
                limit=MOST_SOLUTIONS,
            )

    # ------------------------------------------------------------
    # ONCHANGE METHODS
    # ------------------------------------------------------------

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Forget what was about somebody else."""
        self.ticket_id = False
        self.chosen_equipment_ids = False

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_file(self):
        """File a ticket for the caller; who may is judged there."""
        check_one(self)
        self._check_filled({"partner_id", "subject"})
        ticket = self.env["itsm.ticket"].create(
            {
                "partner_id": self.partner_id.id,
                "channel": self.channel,
                "subject": self.subject,
                "service_id": self.service_id.id,
                "description": plaintext2html(self.note) if self.note else False,
                "equipment_ids": [fields.Command.set(self.chosen_equipment_ids.ids)],
            }
        )
        return self._open(ticket)

    def action_add(self):
        """Add what is said to an open ticket; who may is judged there."""
        check_one(self)
        self._check_filled({"ticket_id", "note"})
        if self.ticket_id.partner_id != self.partner_id:
            raise UserError(
                self.env._(
                    "%s is no ticket of the caller. Choose one of the list.",
                    self.ticket_id.display_name,
                )
            )
        self.ticket_id.action_log_call(self.note)
        return self._open(self.ticket_id)

    def _check_filled(self, names):
        """Name all at once what is still to be filled in."""
        labels = [
            self._fields[name]._description_string(self.env)
            for name in ("partner_id", "ticket_id", "subject", "note")
            if name in names and not self[name]
        ]
        if labels:
            raise UserError(
                self.env._(
                    "Fill in first: %s.", ", ".join(f'"{label}"' for label in labels)
                )
            )

    def _open(self, ticket):
        return {
            "type": "ir.actions.act_window",
            "res_model": ticket._name,
            "res_id": ticket.id,
            "views": [(False, "form")],
            "target": "current",
        }
