from odoo import fields, models


class ResPartner(models.Model):
    """A vendor that handles tickets: when it works, and how long it may take."""

    _inherit = "res.partner"

    itsm_calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours of the Vendor",
        domain="[('flexible_hours', '=', False)]",
        index="btree_not_null",
        groups="base.group_user",
        help="Time at the vendor is counted in these hours. Empty: in those of the "
        "team that sent the ticket.",
    )
    itsm_target_hours = fields.Float(
        string="Hours of the Vendor",
        groups="base.group_user",
        help="Working hours within which the vendor hands a ticket back. 0: no limit.",
    )

    def _itsm_get_vendor_users(self):
        """Return the people of vendors who may work on tickets in the portal."""
        # sudo: technicians read neither groups nor portal users
        group = self.env.ref("itsm_desk.group_itsm_vendor").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active
                and user.share
                and user.commercial_partner_id in self.commercial_partner_id
            )
        )
