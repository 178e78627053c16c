from odoo import api, fields, models

from ..tools.one_record import check_one


class ItsmTicketSendVendor(models.TransientModel):
    """Asks which vendor shall work on a ticket, and what it shall do."""

    _name = "itsm.ticket.send.vendor"
    _description = "Send a Ticket to a Vendor"

    ticket_id = fields.Many2one(
        comodel_name="itsm.ticket",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    allowed_partner_ids = fields.Many2many(
        comodel_name="res.partner", compute="_compute_allowed_partner_ids"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        required=True,
        domain="[('id', 'in', allowed_partner_ids)]",
        help="Vendors whose people work on tickets in the portal.",
    )
    allowed_person_ids = fields.Many2many(
        comodel_name="res.partner",
        relation="itsm_ticket_send_vendor_person_rel",
        compute="_compute_allowed_person_ids",
    )
    person_id = fields.Many2one(
        comodel_name="res.partner",
        string="Technician of the Vendor",
        domain="[('id', 'in', allowed_person_ids)]",
        help="Leave empty for everybody of the vendor who works on tickets.",
    )
    reason = fields.Text(
        string="Task",
        required=True,
        help="What the vendor shall do. Its people also read subject, description and "
        "what was said to the requester, and no mail addresses or phones.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("ticket_id")
    def _compute_allowed_partner_ids(self):
        # sudo: technicians read neither groups nor portal users
        group = self.env.ref("itsm_desk.group_itsm_vendor").sudo()
        vendors = group.all_user_ids.filtered("share").commercial_partner_id
        for wizard in self:
            # sudo: whoever sends read the ticket; only its company is asked
            company = wizard.sudo().ticket_id.company_id
            people = vendors._itsm_get_vendor_users(company)
            wizard.allowed_partner_ids = wizard.env["res.partner"].browse(
                people.commercial_partner_id.ids
            )

    @api.depends("partner_id")
    def _compute_allowed_person_ids(self):
        for wizard in self:
            # sudo: as above
            company = wizard.sudo().ticket_id.company_id
            people = wizard.partner_id._itsm_get_vendor_users(company).partner_id
            wizard.allowed_person_ids = wizard.env["res.partner"].browse(people.ids)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_confirm(self):
        """Send it; whether the user may is judged by the ticket."""
        check_one(self)
        # sudo: technicians read no portal users; the ticket judges who it is
        user = self.person_id.sudo().user_ids[:1]
        self.ticket_id.action_send_to_vendor(
            self.partner_id.id, self.reason, user_id=user.id
        )
        return {"type": "ir.actions.act_window_close"}
