from odoo import fields, models

from ..tools.one_record import check_one


class OutsourcingCompliancePerson(models.TransientModel):
    """Asks who is responsible for a breach of which the rule names nobody."""

    _name = "outsourcing.compliance.person"
    _description = "Name the Person Responsible"

    event_id = fields.Many2one(
        comodel_name="outsourcing.compliance.event", required=True, readonly=True
    )
    company_id = fields.Many2one(related="event_id.company_id")
    note = fields.Text(related="event_id.note", string="What Happened")
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Person Responsible",
        required=True,
        domain="[('company_id', '=', company_id)]",
    )
    reason = fields.Text(string="Why This Person", required=True)

    def action_confirm(self):
        """Name the person; the rule of the event decides who may."""
        check_one(self)
        self.event_id.action_name_person(self.employee_id.id, self.reason)
        return {"type": "ir.actions.act_window_close"}
