from odoo import fields, models


class ResPartner(models.Model):
    """A person at a vendor, who is told what it is in charge of.

    It decides whom mails reach, and gives no right: who acts for a vendor follows from
    its users and bids.
    """

    _inherit = "res.partner"

    outsourcing_vendor_duty = fields.Selection(
        selection=[
            ("contract", "Contracts and deliveries"),
            ("quality", "Service quality"),
        ],
        string="In Charge Of",
        help="What this person at a vendor is told about; empty: everything. Mails of "
        "a kind for which nobody is in charge reach those who are told everything.",
    )
    outsourcing_blacklist_note = fields.Char(
        string="Vendor Blacklist",
        compute="_compute_outsourcing_blacklist_note",
        groups="outsourcing_mgmt.group_outsourcing_user",
        help="Until when the vendor gets no invitation, award or contract.",
    )
