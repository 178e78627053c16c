from collections import defaultdict

from odoo import fields, models

PLACE = frozenset({"parent_id", "is_company", "company_type"})


class ResPartner(models.Model):
    """Shows the tickets of which a contact is the requester.

    A contact that is moved to another company reads no more what the former colleagues
    asked: record rules keep the company of a user until their cache is emptied.
    """

    _inherit = "res.partner"

    itsm_ticket_count = fields.Integer(
        string="Service Tickets",
        compute="_compute_itsm_ticket_count",
        groups="itsm_desk.group_itsm_technician",
    )

    def write(self, vals):
        result = super().write(vals)
        if PLACE.intersection(vals):
            # sudo: whoever moves contacts need not read their users.
            users = self.env["res.users"].sudo()
            moved = [("share", "=", True), ("partner_id", "child_of", self.ids)]
            if users.search_count(moved, limit=1):
                self.env.registry.clear_cache()
        return result

    def _compute_itsm_ticket_count(self):
        counts = dict(
            self.env["itsm.ticket"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.itsm_ticket_count = counts.get(partner._origin, 0)

    def action_view_itsm_tickets(self):
        """Open the tickets of this contact."""
        self.ensure_one()
        self.check_access("read")
        return self.env["itsm.ticket"]._get_tickets_action(
            [("partner_id", "=", self.id)]
        )

    def signup_get_auth_param(self):
        """Make no sign-up for a link that does not carry it.

        It would be written to the contact with every mail about a ticket.
        """
        if self.env.context.get("itsm_own_link"):
            return defaultdict(dict)
        return super().signup_get_auth_param()
