from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import email_normalize

from ...tools.one_record import check_one
from ...tools.phone_digits import join_digits
from ..base.selections import OPEN_STATES
from ..vendor.moved_people import get_companies, get_moved_users, note_moved

PLACE = frozenset({"parent_id", "is_company", "company_type"})


class ResPartner(models.Model):
    """Shows the tickets of which a contact is the requester, and how a vendor works.

    A contact that is moved to another company reads no more what the former colleagues
    asked: record rules keep the company of a user until their cache is emptied.
    """

    _inherit = "res.partner"

    itsm_ticket_count = fields.Integer(
        string="Service Tickets",
        compute="_compute_itsm_ticket_count",
        groups="itsm_desk.group_itsm_technician",
    )

    itsm_phone_digits = fields.Char(
        string="Digits of the Phone",
        compute="_compute_itsm_phone_digits",
        store=True,
        index="trigram",
        groups="itsm_desk.group_itsm_technician",
        export_string_translation=False,
        prefetch=False,
    )

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

    def write(self, vals):
        former = {}
        if "email" in vals:
            # sudo: whoever keeps contacts need not read their addresses' tickets
            former = {one: one.email for one in self.sudo()}
        moved = PLACE.intersection(vals)
        companies = get_companies(get_moved_users(self)) if moved else {}
        result = super().write(vals)
        if companies:
            note_moved(companies)
        for partner, email in former.items():
            if email_normalize(partner.email or "") != email_normalize(email or ""):
                partner._itsm_note_other_address(email)
        if companies:
            self.env.registry.clear_cache()
        return result

    def _message_reset_bounce(self, email):
        """Write nothing where none came back; core does for each mail."""
        return super()._message_reset_bounce(email) if self else None

    def _itsm_note_other_address(self, former):
        """Note on tickets that are not signed yet that their requester's mails go on.

        Links that sign off are mailed to the address of filing only.

        :param str former: the address before
        """
        # sudo: as above
        tickets = self.env["itsm.ticket"].sudo()
        for ticket in tickets.search(
            [("partner_id", "in", self.ids), ("state", "in", (*OPEN_STATES, "solved"))]
        ):
            ticket._message_log(
                body=self.env._(
                    "%(user)s changed the mail address of %(requester)s from "
                    "%(former)s to %(address)s. Links to sign off are mailed to the "
                    "address with which the ticket was filed only; from another one "
                    "%(requester)s signs logged in.",
                    user=self.env.user.name,
                    requester=self.name,
                    former=former or "-",
                    address=self.email or "-",
                )
            )

    @api.depends("phone")
    def _compute_itsm_phone_digits(self):
        for partner in self:
            partner.itsm_phone_digits = join_digits(partner.phone) or False

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
        check_one(self)
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

    def _itsm_get_vendor_users(self, company):
        """Return the people of vendors who may work on tickets in the portal.

        :param company: of the tickets; a module that knows who works under a contract
            leaves others out
        """
        # sudo: technicians read neither groups nor portal users
        group = self.env.ref("itsm_desk.group_itsm_vendor").sudo()
        return group.all_user_ids.filtered(
            lambda user: (
                user.active
                and user.share
                and user.commercial_partner_id in self.commercial_partner_id
            )
        )

    def _itsm_get_no_people_text(self):
        """Say whom to choose, where nobody of a vendor may get a ticket."""
        return self.env._(
            "Choose a vendor, and people of it who work on tickets in the portal: an "
            'administrator gives them "Service Desk: technician of a vendor".'
        )
