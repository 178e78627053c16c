from odoo import fields, models

from ..tools.one_record import check_one


class ItsmTicketRedact(models.TransientModel):
    """Asks what of a ticket shall be blanked, and why."""

    _name = "itsm.ticket.redact"
    _description = "Ask to Blank a Text"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    reason = fields.Text(
        required=True, help="Why. Do not repeat what shall go: the reason is kept."
    )
    with_subject = fields.Boolean(string="Subject")
    with_description = fields.Boolean(string="Description")
    message_id = fields.Many2one(
        comodel_name="mail.message",
        string="Message",
        domain="[('model', '=', 'itsm.ticket'), ('res_id', '=', ticket_id)]",
    )
    file_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="itsm_ticket_redact_file_rel",
        column1="wizard_id",
        column2="attachment_id",
        string="Files",
        domain="[('res_model', '=', 'itsm.ticket'), ('res_id', '=', ticket_id)]",
    )

    def action_confirm(self):
        """Ask; whether the user may is judged by the ticket."""
        check_one(self)
        return self.ticket_id.action_redact(
            self.reason,
            message_id=self.message_id.id,
            attachment_ids=self.file_ids.ids,
            with_description=self.with_description,
            with_subject=self.with_subject,
        )
