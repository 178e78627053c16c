from odoo import fields, models

from ..base.grants import server_create
from ..base.working_days import get_day


def tell_person_concerned(complaints):
    """Let those whom closed complaints are about know cause, action and outcome.

    :param complaints: in sudo; whoever wants it so stays unnamed
    """
    rows = []
    for complaint in complaints.filtered("technician_id"):
        is_open = not complaint.is_anonymous
        day = get_day(complaint.company_id, complaint.closed_at)
        rows.append(
            {
                "user_id": complaint.technician_id.id,
                "company_id": complaint.company_id.id,
                "month": day.replace(day=1),
                "cause_id": complaint.cause_id.id,
                "action_taken": complaint.action_taken,
                "outcome": complaint.outcome,
                "partner_name": is_open and complaint.partner_id.name,
                "ticket_id": is_open and complaint.ticket_id.id,
                "description": is_open and complaint.description,
            }
        )
    if rows:
        server_create(complaints.env["itsm.complaint.notice"], rows)


class ItsmComplaintNotice(models.Model):
    """What the person whom a complaint is about is told of it. Append-only.

    Cause, action and outcome; who complained about which ticket only where the
    complainant allowed it. The month, not the day, and neither who wrote the row (who
    accepted the answer) nor when: nothing leads back to the complaint.

    ======  ==================================  ==========================
    Right   Who                                 Restriction
    ======  ==================================  ==========================
    read    whom it is about                    own
    create  the server, when a complaint ends
    ======  ==================================  ==========================
    """

    _name = "itsm.complaint.notice"
    _inherit = "itsm.log.mixin"
    _description = "Outcome of a Complaint"
    _log_access = False
    _order = "month desc, id desc"
    _rec_name = "cause_id"
    _log_redactable = frozenset({"action_taken", "description", "partner_name"})

    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person Concerned",
        required=True,
        readonly=True,
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True
    )
    month = fields.Date(readonly=True, required=True)
    cause_id = fields.Many2one(
        comodel_name="itsm.complaint.cause", string="Cause", readonly=True
    )
    action_taken = fields.Text(string="Action", readonly=True)
    outcome = fields.Selection(
        selection=[
            ("upheld", "Upheld"),
            ("partly", "Partly Upheld"),
            ("rejected", "Not Upheld"),
        ],
        readonly=True,
    )
    partner_name = fields.Char(
        string="Complainant",
        readonly=True,
        help="Empty where the complainant stays unnamed.",
    )
    ticket_id = fields.Many2one(comodel_name="itsm.ticket", readonly=True)
    description = fields.Text(readonly=True)
