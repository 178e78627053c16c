from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .itsm_flow_mixin import FLOW_KEY

DESK_CHANNELS = ("phone", "walk_in", "chat")


class ItsmTicket(models.Model):
    """Filing a ticket: defaults of the service, snapshots of the requester, number.

    Everything here works on batches: a mail, a phone call and an import of
    thousands take the same few queries.
    """

    _inherit = "itsm.ticket"

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("service_id")
    def _compute_service_defaults(self):
        for ticket in self:
            service = ticket.service_id
            ticket.ticket_type = service.ticket_type or ticket.ticket_type or "incident"
            ticket.imac_kind = service.imac_kind or ticket.imac_kind
            ticket.category_id = service.category_id or ticket.category_id
            ticket.impact = service.impact or ticket.impact or "1"
            ticket.urgency = service.urgency or ticket.urgency or "2"

    @api.depends("impact", "urgency")
    def _compute_priority(self):
        priorities = self.env["itsm.priority.matrix"]._get_priorities(self.company_id)
        for ticket in self:
            key = ticket.company_id.id, ticket.impact, ticket.urgency
            ticket.priority = priorities.get(key, "1")

    @api.depends("service_id", "category_id", "company_id")
    def _compute_team_id(self):
        first_teams = {}
        for ticket in self:
            if ticket.user_id and ticket.team_id:
                # Work that has an owner moves by escalation only.
                continue
            company = ticket.company_id
            candidates = (
                ticket.service_id.team_id,
                ticket.category_id.team_id,
                ticket.team_id,
            )
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
        for vals in vals_list:
            self._flow_check_system_fields(vals)
        clean = self._flow_without_defaults()
        vals_list = [dict(vals) for vals in vals_list]
        clean._set_numbers(vals_list)
        tickets = super(ItsmTicket, clean.with_context(itsm_flow_key=FLOW_KEY)).create(
            vals_list
        )
        return tickets.with_env(self.env)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

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
        # sudo: requesters take a number without reading sequences
        sequences = self.env["ir.sequence"].sudo().with_company(company_id)
        return [
            sequences.next_by_code(f"itsm.ticket.{kind}") or "/" for _i in range(count)
        ]

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
