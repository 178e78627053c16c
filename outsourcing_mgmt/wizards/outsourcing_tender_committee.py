from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_list

from ..tools.one_record import check_one


class OutsourcingTenderCommittee(models.TransientModel):
    """Chooses several members of a committee at once, and appoints them.

    It opens with the employees of the last committee for the same category, without
    those who asked for the service or set its price.
    """

    _name = "outsourcing.tender.committee"
    _description = "Add Committee Members"

    tender_id = fields.Many2one(
        comodel_name="outsourcing.tender", required=True, readonly=True
    )
    company_id = fields.Many2one(related="tender_id.company_id")
    employee_ids = fields.Many2many(
        comodel_name="hr.employee.public",
        string="Employees",
        compute="_compute_employee_ids",
        store=True,
        readonly=False,
        precompute=True,
        help="At first those of the last committee for the same category.",
    )
    expert_ids = fields.Many2many(
        comodel_name="res.partner",
        string="Outside Experts",
        help="They get a page in the portal to declare, read and score.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("tender_id")
    def _compute_employee_ids(self):
        for wizard in self:
            employees = self.env["hr.employee.public"]
            if wizard.tender_id and not wizard.tender_id.committee_ids:
                employees = wizard._get_last_committee()
            wizard.employee_ids = [Command.set(employees.ids)]

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_appoint(self):
        """Add the chosen people and appoint them where the user may.

        An officer proposes them; procurement or the manager appoints them. Whoever
        stays proposed is named, with what is missing.
        """
        check_one(self)
        tender = self.tender_id
        # Those who left the committee may come back, and are members anew.
        present = tender.committee_ids.filtered(lambda item: item.state != "recused")
        rows = [
            {"tender_id": tender.id, "employee_id": employee.id}
            for employee in self.employee_ids
            if employee.id not in present.employee_id.ids
        ]
        rows += [
            {"tender_id": tender.id, "partner_id": expert.id, "role": "expert"}
            for expert in self.expert_ids - present.partner_id
        ]
        if not rows:
            raise UserError(
                self.env._("Choose at least one person who is no member yet.")
            )
        members = self.env["outsourcing.committee.member"].create(rows)
        members.filtered("can_appoint").action_appoint()
        proposed = members.filtered(lambda member: member.state == "proposed")
        return self._tell_proposed(proposed)

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _tell_proposed(self, members):
        """Close the dialog, and say who of the members is not appointed, and why."""
        close = {"type": "ir.actions.act_window_close"}
        if not members:
            return close
        reasons = members._flow_get_reasons("appoint")
        people = format_list(
            self.env,
            [
                f"{member.display_name} ({reasons[member.id].rstrip('.')})"
                if reasons.get(member.id)
                else member.display_name
                for member in members
            ],
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "Only proposed, and not appointed yet: %(people)s. Procurement or "
                    "the manager appoints them in the list of the committee.",
                    people=people,
                ),
                "next": close,
            },
        }

    def _get_last_committee(self):
        """Return the employees who judged for the category last and may again."""
        self.ensure_one()
        tender = self.tender_id
        last = self.env["outsourcing.tender"].search(
            [
                ("category_id", "=", tender.category_id.id),
                ("company_id", "=", tender.company_id.id),
                ("id", "!=", tender.id),
                ("committee_ids.state", "=", "appointed"),
            ],
            order="publish_date desc nulls last, id desc",
            limit=1,
        )
        excluded = tender._get_committee_excluded_partners()
        members = last.committee_ids.filtered(
            lambda member: (
                member.state == "appointed" and member.partner_id not in excluded
            )
        )
        # Those who left the company are archived, and not found.
        return self.env["hr.employee.public"].search(
            [("id", "in", members.employee_id.ids)]
        )
