from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.itsm_flow_mixin import FLOW_KEY

DESK_CHANNELS = ("phone", "walk_in", "chat")
HANDLING_FIELDS = frozenset(
    {
        "cause",
        "action_taken",
        "minutes_spent",
        "parts_used",
        "resolution_code_id",
        "solution",
    }
)
DESK_FIELDS = HANDLING_FIELDS | {"collaborator_ids", "team_id"}


class ItsmTicket(models.Model):
    """Filing a ticket: defaults of the service, snapshots of the requester, number.

    Everything here works on batches: a mail, a phone call and an import of
    thousands take the same few queries.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    # One method per field: a value given at creation must not be overwritten in
    # the cache from which the priority is then computed.

    @api.depends("service_id")
    def _compute_ticket_type(self):
        self._take_service_default("ticket_type", "incident")

    @api.depends("service_id")
    def _compute_imac_kind(self):
        self._take_service_default("imac_kind")

    @api.depends("service_id")
    def _compute_category_id(self):
        self._take_service_default("category_id")

    @api.depends("service_id")
    def _compute_impact(self):
        self._take_service_default("impact", "1")

    @api.depends("service_id")
    def _compute_urgency(self):
        self._take_service_default("urgency", "2")

    def _take_service_default(self, name, default=False):
        for ticket in self:
            ticket[name] = ticket.service_id[name] or ticket[name] or default

    @api.depends("impact", "urgency")
    def _compute_priority(self):
        priorities = self.env["itsm.priority.matrix"]._get_priorities(self.company_id)
        for ticket in self:
            key = ticket.company_id.id, ticket.impact, ticket.urgency
            ticket.priority = priorities.get(key, "1")

    @api.depends("service_id", "company_id")
    def _compute_team_id(self):
        first_teams = {}
        for ticket in self:
            if ticket.user_id and ticket.team_id:
                # Work that has an owner moves by escalation only.
                continue
            company = ticket.company_id
            candidates = (ticket.service_id.team_id, ticket.team_id)
            team = next((own for own in candidates if own.company_id == company), None)
            if not team:
                if company not in first_teams:
                    first_teams[company] = self._get_first_team(company)
                team = first_teams[company]
            ticket.team_id = team

    @api.depends("team_id")
    def _compute_support_level(self):
        for ticket in self:
            ticket.support_level = ticket.team_id.sudo().support_level or "l1"

    @api.depends("partner_id")
    def _compute_partner_email(self):
        for ticket in self:
            partner = ticket.partner_id
            ticket.partner_email = partner.email_normalized or partner.email

    @api.depends("partner_id")
    def _compute_department_id(self):
        employees = self._get_requester_employees()
        for ticket in self:
            key = ticket.partner_id._origin.id, ticket.company_id.id
            ticket.department_id = (
                employees.get(key, self.env["hr.employee"]).sudo().department_id
            )

    # ------------------------------------------------------------
    # ORM OVERRIDES
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        # “/” stands for the number to come, as in imports and copies.
        vals_list = [
            {key: val for key, val in vals.items() if (key, val) != ("name", "/")}
            for vals in vals_list
        ]
        for vals in vals_list:
            self._flow_check_system_fields(vals)
        self._check_filing(vals_list)
        clean = self._flow_without_defaults()
        clean._set_numbers(vals_list)
        tickets = super(ItsmTicket, clean.with_context(itsm_flow_key=FLOW_KEY)).create(
            vals_list
        )
        return tickets.with_env(self.env)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _check_filing(self, vals_list):
        """Who only asks, says what he needs and leaves the rest to the desk."""
        if self.env.su or self.env.user.has_group("itsm_desk.group_itsm_technician"):
            return
        for vals in vals_list:
            forbidden = DESK_FIELDS.intersection(
                name for name, value in vals.items() if value
            )
            if forbidden or vals.get("channel", "portal") != "portal":
                raise AccessError(
                    self.env._(
                        "A requester gives the subject, the description and the "
                        "service; “%s” is filled in by the service desk.",
                        ", ".join(
                            self._flow_field_label(name)
                            for name in sorted(forbidden or {"channel"})
                        ),
                    )
                )

    @api.model
    def _set_numbers(self, vals_list):
        """Give each ticket its number, with one query per type."""
        services = self.env["itsm.service"].browse(
            {vals["service_id"] for vals in vals_list if vals.get("service_id")}
        )
        types = {service.id: service.ticket_type for service in services.sudo()}
        by_key = {}
        for vals in vals_list:
            kind = (
                vals.get("ticket_type")
                or self.env.context.get("default_ticket_type")
                or types.get(vals.get("service_id"))
                or "incident"
            )
            company_id = vals.get("company_id") or self.env.company.id
            by_key.setdefault((company_id, kind), []).append(vals)
        for (company_id, kind), group in by_key.items():
            names = self._get_next_numbers(company_id, kind, len(group))
            for vals, name in zip(group, names, strict=True):
                vals["name"] = name

    @api.model
    def _get_next_numbers(self, company_id, kind, count):
        """Draw ``count`` numbers at once where the sequence allows it."""
        code = f"itsm.ticket.{kind}"
        # sudo: requesters take a number without reading sequences
        sequences = self.env["ir.sequence"].sudo().with_company(company_id)
        sequence = sequences.search(
            [("code", "=", code), ("company_id", "in", [company_id, False])],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequences.next_by_code(code) or "/" for _i in range(count)]
        drawn = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for [number] in drawn]

    @api.model
    def _get_first_team(self, company):
        # sudo: whoever files a ticket need not see the teams
        return (
            self.env["itsm.team"]
            .sudo()
            .search([("company_id", "=", company.id)], limit=1)
        )

    def _get_requester_employees(self):
        """Return ``{(partner id, company id): employee}`` of the requesters.

        The employee is found through his user or his work contact; one of the
        ticket's company goes before those of others.
        """
        partners = self.partner_id._origin
        if not partners:
            return {}
        # sudo: neither technicians nor portal users read employee files
        employees = (
            self.env["hr.employee"]
            .sudo()
            .search(
                Domain("company_id", "in", self.company_id.ids)
                & (
                    Domain("user_id.partner_id", "in", partners.ids)
                    | Domain("work_contact_id", "in", partners.ids)
                )
            )
        )
        result = {}
        for employee in employees:
            for partner in employee.work_contact_id | employee.user_id.partner_id:
                result.setdefault((partner.id, employee.company_id.id), employee)
        return result
