from odoo import fields, models


class ResPartner(models.Model):
    """A person at a vendor, who is told what it is in charge of.

    It decides whom mails reach, and gives no right: who acts for a vendor follows from
    its users and bids.
    """

    _inherit = "res.partner"

    outsourcing_vendor_duty = fields.Selection(
        selection=[
            ("tender", "Tenders"),
            ("contract", "Contracts and deliveries"),
            ("quality", "Service quality"),
        ],
        string="In Charge Of",
        help="What this person at a vendor is told about; empty: everything. Mails of "
        "a kind for which nobody is in charge reach those who are told everything.",
    )
    outsourcing_category_ids = fields.Many2many(
        comodel_name="outsourcing.category",
        relation="outsourcing_category_partner_rel",
        column1="partner_id",
        column2="category_id",
        string="Supplies",
        # Core copies a contact with all that is copied, whoever may read it.
        copy=False,
        groups="outsourcing_mgmt.group_outsourcing_officer,"
        "outsourcing_mgmt.group_outsourcing_procurement",
        help="Categories of services that the vendor offers: it is proposed when "
        "vendors are invited.",
    )
    outsourcing_tender_count = fields.Integer(
        string="Tenders",
        compute="_compute_outsourcing_counts",
        groups="outsourcing_mgmt.group_outsourcing_user",
        help="Tenders to which the vendor is invited, or in which it bids.",
    )
    outsourcing_bid_count = fields.Integer(
        string="Bids",
        compute="_compute_outsourcing_counts",
        groups="outsourcing_mgmt.group_outsourcing_user",
    )
    outsourcing_contract_count = fields.Integer(
        string="Contracts",
        compute="_compute_outsourcing_counts",
        groups="outsourcing_mgmt.group_outsourcing_user",
    )
    outsourcing_blacklist_note = fields.Char(
        string="Vendor Blacklist",
        compute="_compute_outsourcing_blacklist_note",
        groups="outsourcing_mgmt.group_outsourcing_user",
        help="Until when the vendor gets no invitation, award or contract.",
    )


def filter_in_charge(people, duty):
    """Return those in charge of ``duty``, else of everything, else all of them.

    :param people: persons at a vendor (res.partner)
    :param str duty: value of ``outsourcing_vendor_duty`` of a contact
    """
    in_charge = people.filtered(lambda person: person.outsourcing_vendor_duty == duty)
    general = people.filtered(lambda person: not person.outsourcing_vendor_duty)
    return in_charge or general or people
