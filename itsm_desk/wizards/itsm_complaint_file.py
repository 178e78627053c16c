from odoo import api, fields, models

from ..models.quality.complaint_filing import file_complaint
from ..tools.one_record import check_one


class ItsmComplaintFile(models.TransientModel):
    """Asks what somebody complains about; from a ticket, or what was told by phone."""

    _name = "itsm.complaint.file"
    _description = "File a Complaint"

    ticket_id = fields.Many2one(comodel_name="itsm.ticket", ondelete="cascade")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Complainant",
        required=True,
        default=lambda self: self.env.user.partner_id,
    )
    is_own = fields.Boolean(compute="_compute_is_own")
    channel = fields.Selection(
        selection=[
            ("phone", "Phone"),
            ("mail", "Mail"),
            ("walk_in", "In person"),
            ("ticket", "From the ticket"),
        ],
        required=True,
        default="phone",
    )
    service_id = fields.Many2one(comodel_name="itsm.service")
    subject = fields.Char(required=True)
    description = fields.Text(string="What Happened", required=True)
    is_anonymous = fields.Boolean(
        string="Anonymous to the Technician",
        default=True,
        help="Whom it is about is told the cause and the outcome, but neither who "
        "complained nor which ticket it is about. In a small team that person may "
        "guess it all the same.",
    )

    # ------------------------------------------------------------
    # DEFAULTS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        ticket = self.env["itsm.ticket"]._browse_argument(
            "itsm.ticket",
            self.env.context.get("active_model") == "itsm.ticket"
            and self.env.context.get("active_id"),
        )
        if ticket:
            values.update(
                ticket_id=ticket.id,
                partner_id=ticket.partner_id.id,
                service_id=ticket.service_id.id,
                subject=ticket.subject,
            )
            if ticket.partner_id == self.env.user.partner_id:
                values["channel"] = "ticket"
        return values

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("partner_id")
    @api.depends_context("uid")
    def _compute_is_own(self):
        for window in self:
            window.is_own = window.partner_id == self.env.user.partner_id

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """File it; whether the user may is judged by the filing."""
        check_one(self)
        complaint = file_complaint(
            self.env,
            {
                "ticket_id": self.ticket_id.id,
                "partner_id": self.partner_id.id,
                "channel": self.channel,
                "service_id": self.service_id.id,
                "subject": self.subject,
                "description": self.description,
                "is_anonymous": self.is_anonymous,
            },
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%s was filed. Quality looks at it and answers.",
                    # sudo: the number, for who writes down what somebody else told
                    complaint.sudo().name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
